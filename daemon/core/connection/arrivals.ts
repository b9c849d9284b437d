/**
 * Tokens that came for one connection: kept aside until they are durable, named as the grant they make, and then in
 * use. What stays of the grant before, and what comes from the exchange, is decided in `tokens`.
 */
import type { Account } from '../../../shared/contract/connection.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { BesideTokens } from './besideTokens.js'
import { isByOwn, type Wish } from '../lifecycle/besideWish.js'
import { momentOf, type HeldGrant } from '../lifecycle/freshness.js'
import type { Holdings } from './holdings.js'
import type { Tokens } from '../outcome.js'
import type { Clock } from '../ports.js'
import type { ConnectionDefinition } from '../record.js'
import { grantOf, settledOf, type State } from '../lifecycle/states.js'
import { nextGrant, rotatedBeside, unrenewed, type TokenSource } from '../lifecycle/tokens.js'

/** Whose tokens they are. */
export interface Receiving {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  readonly state: State
  readonly beside: BesideTokens
}

export class Arrivals {
  readonly #clock: Clock
  readonly #connection: Receiving
  readonly #holdings: Holdings
  /** The last that was kept aside, and of which account as far as it was said. */
  #latest: { readonly generation: number; readonly account: Account | null } | undefined
  /** The generation of the latest grant a person gave. */
  #consented: number | undefined

  constructor(clock: Clock, connection: Receiving, holdings: Holdings) {
    this.#clock = clock
    this.#connection = connection
    this.#holdings = holdings
  }

  /** Keeps tokens aside until they are durable and names the grant they make. */
  hold(tokens: Tokens, source: TokenSource): HeldGrant {
    const { definition, state } = this.#connection
    const before = grantOf(state)?.facts
    if (source === 'consent') this.#consented = this.#next
    const kept = keptOf(tokens, definition)
    this.#latest = { generation: this.#next, account: kept.account }
    this.#holdings.hold(this.#next, kept)
    return nextGrant(kept, source, this.#next, before, definition, momentOf(this.#clock))
  }

  /** The same for a refresh that brought nothing for callers. */
  holdUnrenewed(before: HeldGrant, refreshToken: Tokens['refreshToken']): HeldGrant {
    this.#holdings.holdUnrenewed(this.#next, refreshToken)
    return unrenewed(before, this.#next)
  }

  /** The same for tokens whose access token comes beside the grant's own, which stays. */
  holdBeside(tokens: Tokens, wish: Wish): HeldGrant {
    const { definition, state } = this.#connection
    const before = grantOf(state)
    const expiresAt = this.#byOwn ? soonest(tokens.expiresAt, before?.facts.expiresAt) : tokens.expiresAt
    const kept = { ...keptOf(tokens, definition), scopes: tokens.scopes ?? wish, expiresAt }
    const grant = nextGrant(kept, 'refresh', this.#next, before?.facts, definition, momentOf(this.#clock))
    this.#holdings.holdBeside(this.#next, kept, { wish, accessToken: kept.accessToken, grant })
    return before ? rotatedBeside(before, this.#next) : grant
  }

  /**
   * They are durable. Tokens beside a grant go with it when another takes its place. They stay when its own is renewed,
   * but for those that the own was asked for: it may have taken them with it.
   */
  use(generation: number): void {
    const { beside } = this.#connection
    const arrived = this.#holdings.use(generation)
    if (arrived !== undefined) beside.arrived(arrived)
    else if (generation === this.#consented || this.#byOwn) beside.end()
  }

  /** null: nobody said. */
  accountOf(generation: number): Account | null {
    return this.#latest?.generation === generation ? this.#latest.account : null
  }

  get #next(): number {
    return settledOf(this.#connection.state).generation + 1
  }

  get #byOwn(): boolean {
    return isByOwn(this.#connection.profile)
  }
}

/** null: does not expire. */
const soonest = (one: number | null, other: number | null = null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)

/** Client credentials are asked for anew each time, whatever the server gives with them (RFC 6749 §4.4.3). */
const keptOf = (tokens: Tokens, { flow }: ConnectionDefinition): Tokens =>
  flow === 'client-credentials' ? { ...tokens, refreshToken: undefined } : tokens
