/**
 * Ends a connection's grant: here first, by a tombstone on the disk, and then at the provider, which may not be
 * reached. Tokens that came and are not wanted any more end the same way.
 */
import type { Account } from '../../../shared/contract/connection.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { BesideTokens } from './besideTokens.js'
import { endsWithOwn } from '../lifecycle/besideWish.js'
import type { ConnectionStore } from './connectionStore.js'
import type { Holdings } from './holdings.js'
import { tombstoneOf } from '../lifecycle/lifecycle.js'
import type { Log } from '../ports.js'
import type { Client, ProvingServer } from '../clientSecret/provingServer.js'
import type { ConnectionDefinition, ConnectionSecrets } from '../record.js'
import { endTokens, notAlone, STILL_WORKS, verified, type Ended, type Verified } from './revocation.js'
import { refuseHopeless } from './simulate.js'
import { STANDING_OK } from '../lifecycle/standing.js'
import { grantOf, type Event, type State } from '../lifecycle/states.js'

export interface GrantEndPorts {
  readonly server: ProvingServer
  readonly log: Log
}

export interface EndingConnection {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  readonly client: Client
  readonly state: State
  readonly beside: BesideTokens
  /** What kept it from new tokens is no matter any more. */
  forgetSetback(): void
  endingWith(account: Account | null): string | undefined
  dispatch(event: Event): void
}

export class GrantEnd {
  readonly #ports: GrantEndPorts
  readonly #connection: EndingConnection
  readonly #holdings: Holdings
  readonly #store: ConnectionStore
  /** Sign-outs under way. */
  #leaving = 0

  constructor(
    ports: GrantEndPorts,
    connection: EndingConnection,
    holdings: Holdings,
    store: ConnectionStore,
  ) {
    this.#ports = ports
    this.#connection = connection
    this.#holdings = holdings
    this.#store = store
  }

  /** Whether nobody wants the grant any more. */
  get underWay(): boolean {
    return this.#leaving > 0
  }

  /**
   * Ends the grant here and then at the provider, and asks there afterwards when that is wanted. When the tombstone
   * cannot be written, nothing changes.
   */
  async signOut(verify: boolean): Promise<Ended & Partial<Verified>> {
    this.#leaving += 1
    try {
      return await this.#signOut(verify)
    } finally {
      this.#leaving -= 1
    }
  }

  async #signOut(verify: boolean): Promise<Ended & Partial<Verified>> {
    const account = grantOf(this.#connection.state)?.facts.account ?? null
    const tokens = await this.#store.take(() => this.#commitTombstone())
    const other = this.#connection.endingWith(account)
    const ended = other === undefined ? await this.#end(tokens) : notAlone(other)
    // Nobody can be asked about a stored secret.
    if (!verify || this.#connection.definition.server === null) return ended
    return verified(this.#ports.server, this.#connection.client, tokens, ended)
  }

  /** Ends what is held at the provider and nowhere else. Throws when there is nothing to end. */
  async revokeThere(): Promise<Ended> {
    const { client, definition, state } = this.#connection
    refuseHopeless(state, definition.name)
    const ended = await endTokens(this.#ports.server, client, [this.#holdings.secrets])
    const grant = grantOf(this.#connection.state)
    if (ended.revoked && grant) {
      this.#connection.dispatch({ kind: 'rejected', generation: grant.facts.generation })
    }
    return ended
  }

  /** Ended at the provider, where that does not end a grant as well that is wanted. `account`: whose they are. */
  async endStray(generation: number, account: Account | null): Promise<void> {
    const stray = this.#holdings.drop(generation)
    if (this.#connection.endingWith(account) !== undefined) return
    const { revoked, left } = await this.#end([stray])
    const connection = this.#connection.definition.name
    this.#ports.log.info({ connection, generation, revoked, left }, 'stray tokens ended')
  }

  async #commitTombstone(): Promise<ConnectionSecrets[]> {
    const generation = tombstoneOf(this.#connection.state)
    const tombstone = { generation, grant: null, standing: STANDING_OK, intent: null, setback: undefined }
    await this.#store.commit(tombstone, this.#holdings.clientOnly)
    this.#holdings.intent = null
    this.#connection.forgetSetback()
    const [own, beside] = [this.#holdings.endGrant(), this.#connection.beside.end()]
    this.#connection.dispatch({ kind: 'signOut', generation })
    return endsWithOwn(this.#connection.profile.downScope) ? own : [...own, ...beside]
  }

  async #end(grants: readonly ConnectionSecrets[]): Promise<Ended> {
    if (this.#connection.definition.server === null) return STILL_WORKS
    return endTokens(this.#ports.server, this.#connection.client, grants)
  }
}
