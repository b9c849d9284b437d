/**
 * Access tokens of one connection beside the grant's own: for fewer scopes, or for other resources of the same grant.
 * In memory only, each with its own end; after a restart they are asked for anew. Callers who wish the same wait for
 * one exchange. Asking is the connection's, one exchange at a time; a wish that failed is not asked again at once.
 */
import type { Refusal } from '../../../shared/contract/errors.js'
import type { ProviderProfile } from '../../providers/profile.js'
import { BACKOFF } from '../lifecycle/backoff.js'
import { besideOver, besideRefusal, besideRejectedAgain, patienceMs } from './besideRefusal.js'
import { isByOwn, keyOf, misfit, type Wish } from '../lifecycle/besideWish.js'
import {
  dueInMs,
  isServable,
  outlives,
  momentOf,
  remainingMs,
  type HeldGrant,
  type Moment,
} from '../lifecycle/freshness.js'
import type { Clock, Random } from '../ports.js'
import type { ConnectionDefinition, ConnectionSecrets } from '../record.js'
import type { Secret } from '../secret.js'
import type { Shortfall } from '../lifecycle/states.js'
import type { Servable } from './waiters.js'

/** Callers name what they like: more different wishes than this are not remembered. */
const REMEMBERED = 64

export interface BesideToken {
  readonly wish: Wish
  readonly accessToken: Secret
  /** Its own times and scopes; the generation is that of the exchange that brought it. */
  readonly grant: HeldGrant
}

/** Whose tokens they are. */
export interface BesideOwner {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  /** There is something to ask for. */
  askBeside(): void
}

interface Waiter {
  resolve(servable: Servable): void
  reject(refusal: Refusal): void
}

interface Entry {
  readonly wish: Wish
  token?: BesideToken
  /** Monotonic time at which a token that had not expired was last to be replaced. */
  forcedAt: number
  /** Exchanges in a row that brought none. */
  failures: number
  /** Until then, monotonic, it is not asked for. */
  withheld?: { readonly until: number; readonly refusal: Refusal }
  wanted: boolean
  waiters: Waiter[]
}

export class BesideTokens {
  readonly #clock: Clock
  readonly #random: Random
  readonly #owner: BesideOwner
  readonly #entries = new Map<string, Entry>()

  constructor(ports: { readonly clock: Clock; readonly random: Random }, owner: BesideOwner) {
    this.#clock = ports.clock
    this.#random = ports.random
    this.#owner = owner
  }

  /** At once when the one there is outlives `minValidityMs`; it is renewed behind, as the grant's own would be. */
  lease(wish: Wish, minValidityMs: number): Servable | Promise<Servable> {
    const entry = this.#entryOf(wish)
    const at = momentOf(this.#clock)
    const { token } = entry
    if (token !== undefined && outlives(token.grant, at, minValidityMs)) {
      if (this.#isDue(token, at) && !isWithheld(entry, at)) this.#want(entry)
      return servableOf(token)
    }
    const notAsked = this.#withoutAsking(entry, at)
    if (notAsked !== undefined) return notAsked
    return new Promise((resolve, reject) => {
      entry.waiters.push({ resolve, reject })
      this.#want(entry)
    })
  }

  /** One that ends with the own would be followed by one that ends then too: it waits for the own to be renewed. */
  #isDue({ grant }: BesideToken, at: Moment): boolean {
    return !isByOwn(this.#owner.profile) && dueInMs(grant, at, false) <= 0
  }

  /** The wish that is asked for next. */
  next(): Wish | undefined {
    for (const { wanted, wish } of this.#entries.values()) if (wanted) return wish
    return undefined
  }

  /** It is durable that the exchange took place: the token may be shown. */
  arrived(token: BesideToken): void {
    const { definition, profile } = this.#owner
    const { wish, grant } = token
    const reason = misfit(wish, grant.facts.scopes, profile.downScope)
    if (reason !== '') {
      this.failed(wish, { kind: 'misconfigured', reason, fix: `fob token ${definition.name}` })
      return
    }
    const entry = this.#entryOf(wish)
    entry.token = token
    entry.failures = 0
    delete entry.withheld
    this.#settle(entry, besideOver(definition.name, wish, this.#clock.now()))
  }

  /** The exchange brought none; what there is serves on. */
  failed(wish: Wish, because: Shortfall): void {
    const entry = this.#entryOf(wish)
    entry.failures += 1
    const waitMs = patienceMs(because, entry.failures, this.#random.fraction())
    const { name } = this.#owner.definition
    const refusal = besideRefusal(name, wish, because, this.#clock.now() + waitMs)
    entry.withheld = { until: this.#clock.monotonic() + waitMs, refusal }
    this.#settle(entry, refusal)
  }

  /** The grant itself cannot be asked now. */
  turnAway(refusal: Refusal): void {
    for (const entry of this.#entries.values()) if (entry.wanted) this.#settle(entry, refusal)
  }

  /** A person wishes to try again. */
  forgive(): void {
    for (const entry of this.#entries.values()) delete entry.withheld
  }

  /** A caller got it refused by the resource: it is not handed out again. Gives the generation there is now. */
  reject(key: string, generation: number): number {
    const entry = this.#entries.get(key)
    if (entry?.token === undefined) return generation
    const { grant } = entry.token
    if (grant.facts.generation === generation) {
      entry.token = { ...entry.token, grant: { ...grant, rejected: true } }
    }
    return grant.facts.generation
  }

  /** The one that is exactly this access token. */
  named(accessToken: Secret): { readonly key: string; readonly generation: number } | undefined {
    for (const [key, { token }] of this.#entries) {
      if (token?.accessToken.reveal() !== accessToken.reveal()) continue
      return { key, generation: token.grant.facts.generation }
    }
    return undefined
  }

  /** Forgets all tokens and gives them up for whoever ends them. Who waits goes on waiting. */
  end(): ConnectionSecrets[] {
    const ended: ConnectionSecrets[] = []
    for (const [key, entry] of this.#entries) {
      if (entry.token !== undefined) ended.push({ accessToken: entry.token.accessToken })
      delete entry.token
      delete entry.withheld
      if (!entry.wanted) this.#entries.delete(key)
    }
    return ended
  }

  /** Where asking would be too soon: what there is, or why there is nothing. undefined: it may be asked for. */
  #withoutAsking(entry: Entry, at: Moment): Servable | undefined {
    const { token, withheld, wish } = entry
    const servable = token !== undefined && isServable(token.grant, at) ? servableOf(token) : undefined
    if (withheld !== undefined && isWithheld(entry, at)) {
      if (servable === undefined) throw withheld.refusal
      return servable
    }
    if (token === undefined || remainingMs(token.grant, at) <= 0) return undefined
    const restMs = entry.forcedAt + BACKOFF.forcedEveryMs - at.monotonic
    if (restMs > 0 && !entry.wanted) {
      if (servable === undefined) {
        throw besideRejectedAgain(this.#owner.definition.name, wish, at.now + restMs)
      }
      return servable
    }
    entry.forcedAt = at.monotonic
    return undefined
  }

  #want(entry: Entry): void {
    entry.wanted = true
    this.#owner.askBeside()
  }

  #settle(entry: Entry, refusal: Refusal): void {
    const { token } = entry
    entry.wanted = false
    const servable = token !== undefined && isServable(token.grant, momentOf(this.#clock)) ? token : undefined
    for (const waiter of entry.waiters.splice(0)) {
      if (servable === undefined) waiter.reject(refusal)
      else waiter.resolve(servableOf(servable))
    }
  }

  #entryOf(wish: Wish): Entry {
    const key = keyOf(wish)
    const known = this.#entries.get(key)
    if (known !== undefined) return known
    for (const [old, { wanted }] of this.#entries) {
      if (this.#entries.size < REMEMBERED) break
      if (!wanted) this.#entries.delete(old)
    }
    const entry: Entry = { wish, forcedAt: -Infinity, failures: 0, wanted: false, waiters: [] }
    this.#entries.set(key, entry)
    return entry
  }
}

const isWithheld = ({ withheld }: Entry, { monotonic }: Moment): boolean =>
  withheld !== undefined && monotonic < withheld.until

const servableOf = ({ accessToken, grant }: BesideToken): Servable => ({ accessToken, facts: grant.facts })
