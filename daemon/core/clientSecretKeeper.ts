/**
 * The client secret of one connection through its rotations. The new one and the one before are on the disk in one
 * record, so that a crash at any moment leaves one that works.
 */
import type { ClientSecretStatus } from '../../shared/contract/connection.js'
import { secretStatus, type ClientSecret, type HeldSecret } from './clientSecret.js'
import type { ConnectionStore } from './connectionStore.js'
import type { Holdings } from './holdings.js'
import { afterTrial, inOrder, withoutOver } from './overlap.js'
import type { Clock } from './ports.js'
import type { Client } from './provingServer.js'

export class ClientSecretKeeper {
  readonly #clock: Pick<Clock, 'now'>
  readonly #holdings: Holdings
  readonly #store: ConnectionStore
  readonly #changed: () => void

  constructor(clock: Pick<Clock, 'now'>, holdings: Holdings, store: ConnectionStore, changed: () => void) {
    this.#clock = clock
    this.#holdings = holdings
    this.#store = store
    this.#changed = changed
  }

  get held(): HeldSecret | undefined {
    return this.#holdings.clientSecret
  }

  get status(): ClientSecretStatus | null {
    return this.held === undefined ? null : secretStatus(this.held)
  }

  /** What there is to prove the client by, right now. */
  get proof(): Pick<Client, 'secret' | 'other' | 'tried'> {
    if (this.held === undefined) return { secret: undefined }
    const [secret, other] = inOrder(this.held, this.#clock.now())
    return { secret, other, tried: (tried, works) => this.#tried(tried, works) }
  }

  /** Resolves once it is durable; when it cannot be, all stays as it was. */
  async keep(next: HeldSecret): Promise<void> {
    await this.#store.take(async () => {
      const undo = this.#holdings.setClientSecret(next)
      await this.#store.commit().catch((error: unknown) => {
        undo()
        throw error
      })
    })
  }

  /** Ends an overlap whose time is over. */
  look(): void {
    if (this.held !== undefined) this.#follow(withoutOver(this.held, this.#clock.now()))
  }

  #tried(tried: ClientSecret, works: boolean): void {
    if (this.held !== undefined)
      this.#follow(withoutOver(afterTrial(this.held, tried, works), this.#clock.now()))
  }

  /** As best effort: what the disk does not note now, the next exchange finds out again. */
  #follow(next: HeldSecret): void {
    if (next === this.held) return
    this.#holdings.setClientSecret(next)
    void this.#store.take(() => this.#store.commitQuietly())
    this.#changed()
  }
}
