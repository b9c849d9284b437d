/**
 * The client that a connection is to its server: registered for it where that is so, and with a secret that may be
 * under way from one to the next. The new secret and the one before are on the disk in one record, so that a crash at
 * any moment leaves one that works.
 */
import type { ClientSecretStatus } from '../../../shared/contract/connection.js'
import type { ProviderProfile } from '../../providers/profile.js'
import { secretStatus, type ClientSecret, type HeldSecret } from '../clientSecret/clientSecret.js'
import type { ConnectionStore } from './connectionStore.js'
import type { Holdings } from './holdings.js'
import { afterTrial, inOrder, withoutOver } from '../clientSecret/overlap.js'
import type { Clock } from '../ports.js'
import type { Client } from '../clientSecret/provingServer.js'
import type { ConnectionDefinition, RegisteredClient } from '../record.js'
import type { Event } from '../lifecycle/states.js'
import { nobodySignsIn } from '../clientSecret/storedSecret.js'

export interface ClientOwner {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  /** What people see of it is another. */
  changed(): void
  dispatch(event: Event): void
}

export class ConnectionClient {
  readonly #clock: Pick<Clock, 'now'>
  readonly #owner: ClientOwner
  readonly #holdings: Holdings
  readonly #store: ConnectionStore

  constructor(clock: Pick<Clock, 'now'>, owner: ClientOwner, holdings: Holdings, store: ConnectionStore) {
    this.#clock = clock
    this.#owner = owner
    this.#holdings = holdings
    this.#store = store
  }

  /** Throws for a stored secret: there is no server to be a client of. */
  get current(): Client {
    const { definition, profile } = this.#owner
    const { registered } = this.#holdings.secrets
    const { server } = definition
    if (server === null) throw nobodySignsIn(definition)
    return { definition: { ...definition, server }, profile, registered, ...this.#proof }
  }

  /** One that was registered for the connection's life is durable before it asks for anything. */
  async keepRegistered(registered: RegisteredClient | undefined): Promise<void> {
    if (registered?.kept !== true) return
    if (registered.clientId === this.#holdings.secrets.registered?.clientId) return
    await this.#store.take(async () => {
      await this.#store.commit({}, { ...this.#holdings.secrets, registered })
      this.#holdings.keepClient(registered)
    })
  }

  get held(): HeldSecret | undefined {
    return this.#holdings.clientSecret
  }

  get status(): ClientSecretStatus | null {
    return this.held === undefined ? null : secretStatus(this.held)
  }

  /** What there is to prove the client by, right now. */
  get #proof(): Pick<Client, 'secret' | 'other' | 'tried'> {
    if (this.held === undefined) return { secret: undefined }
    const [secret, other] = inOrder(this.held, this.#clock.now())
    return { secret, other, tried: (tried, works) => this.#tried(tried, works) }
  }

  /** Resolves once it is durable; when it cannot be, the one before stays in use. */
  async setSecret(given: Pick<HeldSecret, 'secret' | 'expiresAt'>): Promise<void> {
    await this.#keep({ ...given, before: null })
    this.#owner.dispatch({ kind: 'configChanged' })
  }

  /** The same for a step of a rotation, which tries the new one by itself. */
  async keepSecret(held: HeldSecret): Promise<void> {
    await this.#keep(held)
    this.#owner.changed()
  }

  async #keep(next: HeldSecret): Promise<void> {
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
    this.#owner.changed()
  }
}
