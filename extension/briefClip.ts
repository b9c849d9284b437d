/**
 * Something secret that is in the clipboard for a while. Invariant: it is kept nowhere here; what the clipboard
 * held is recognised by a digest, and cleared only if it is still there.
 */
import { createHash } from 'node:crypto'

interface Clipboard {
  readText(): Thenable<string>
  writeText(text: string): Thenable<void>
}

/** Does `work` when the while is over, unless what it returns was called before. */
export type Later = (work: () => void) => () => void

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export class BriefClip {
  readonly #clipboard: Clipboard
  readonly #later: Later
  #cancel: () => void = () => undefined
  #copied: string | undefined

  constructor(clipboard: Clipboard, later: Later) {
    this.#clipboard = clipboard
    this.#later = later
  }

  /** The while begins anew with each. */
  async put(secret: string): Promise<void> {
    await this.#clipboard.writeText(secret)
    this.#copied = digestOf(secret)
    this.#cancel()
    this.#cancel = this.#later(() => void this.clear())
  }

  /** At once, if nothing else was copied since. */
  async clear(): Promise<void> {
    this.#cancel()
    const copied = this.#copied
    if (copied === undefined) return
    this.#copied = undefined
    const held = digestOf(await this.#clipboard.readText())
    if (held === copied) await this.#clipboard.writeText('')
  }
}
