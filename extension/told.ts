/** What this window tells once: a picture, a look or a question comes many times. What fails meanwhile is told too. */
import { tellTrouble } from './trouble.js'

export class Told {
  readonly #told = new Set<string>()

  once(what: string, tell: () => Promise<unknown>): void {
    if (this.#told.has(what)) return
    this.#told.add(what)
    tell().catch((error: unknown) => tellTrouble(error))
  }

  /** It may be told again. */
  forget(isOver: (what: string) => boolean): void {
    for (const what of [...this.#told].filter(isOver)) this.#told.delete(what)
  }
}
