/**
 * Client secrets that somebody else keeps, fetched when they are needed. What a program printed serves for a minute,
 * so that the polls of one sign-in do not run it each time; a file is read at each use. Invariant: nothing fetched
 * outlives its minute in memory, and none of it reaches the disk.
 */
import type { SecretReference } from '../../../shared/contract/secretReference.js'
import type { Clock, SecretReferences } from '../ports.js'
import type { Secret } from '../secret.js'

/** Long enough for a sign-in by device, which asks every few seconds; a changed secret counts by then. */
const KEPT_MS = 60_000

export class FetchedSecrets {
  readonly #references: SecretReferences
  readonly #clock: Pick<Clock, 'wake'>
  readonly #printed = new Map<SecretReference, Promise<Secret>>()

  constructor(references: SecretReferences, clock: Pick<Clock, 'wake'>) {
    this.#references = references
    this.#clock = clock
  }

  /** Rejects with a Refusal naming what keeps it from being read. */
  get(reference: SecretReference): Promise<Secret> {
    if (reference.kind === 'file') return this.#references.resolve(reference)
    const known = this.#printed.get(reference)
    if (known !== undefined) return known
    const printed = this.#references.resolve(reference)
    this.#printed.set(reference, printed)
    const forget = (): void => this.#forget(reference, printed)
    printed.then(() => this.#clock.wake(KEPT_MS, forget), forget)
    return printed
  }

  /** The one that is kept there now, when it is another than `refused`, which the server did not take. */
  async another(reference: SecretReference, refused: Secret): Promise<Secret | undefined> {
    this.#printed.delete(reference)
    const found = await this.get(reference)
    return found.reveal() === refused.reveal() ? undefined : found
  }

  #forget(reference: SecretReference, printed: Promise<Secret>): void {
    if (this.#printed.get(reference) === printed) this.#printed.delete(reference)
  }
}
