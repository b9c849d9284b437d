/**
 * What callers get of one connection: the access token there is, at once, or what the exchange brings that all of
 * them share. While a trouble is pretended, its answer stands for the provider's.
 */
import type { Refusal } from '../../../shared/contract/errors.js'
import type { BesideTokens } from './besideTokens.js'
import type { Wish } from '../lifecycle/besideWish.js'
import { isServable, momentOf, outlives } from '../lifecycle/freshness.js'
import type { Holdings } from './holdings.js'
import type { Caller, Clock } from '../ports.js'
import type { GrantFacts } from '../record.js'
import type { RunningSimulation } from './runningSimulation.js'
import type { Secret } from '../secret.js'
import type { Simulated } from './simulate.js'
import { grantOf, settledOf, type Event, type State } from '../lifecycle/states.js'
import type { Servable, Waiters } from './waiters.js'

export interface ServedConnection {
  /** The real one. */
  readonly state: State
  /** No exchange starts any more. */
  readonly closing: boolean
  /** Why there is nothing to hand out. */
  refusal(): Refusal
  dispatch(event: Event): void
}

export interface ServingParts {
  readonly clock: Clock
  readonly holdings: Holdings
  readonly waiters: Waiters
  readonly beside: BesideTokens
  readonly simulation: RunningSimulation
}

export class Serving {
  readonly #connection: ServedConnection
  readonly #clock: Clock
  readonly #holdings: Holdings
  readonly #waiters: Waiters
  readonly #beside: BesideTokens
  readonly #simulation: RunningSimulation

  constructor(connection: ServedConnection, parts: ServingParts) {
    this.#connection = connection
    this.#clock = parts.clock
    this.#holdings = parts.holdings
    this.#waiters = parts.waiters
    this.#beside = parts.beside
    this.#simulation = parts.simulation
  }

  /** What may be handed out now, whatever its rest of life. */
  servable(): Servable | undefined {
    return isServable(grantOf(this.#simulation.shown), momentOf(this.#clock)) ? this.#current() : undefined
  }

  /** The rotation that brought the own access token there is; later ones may have left it. */
  get accessGeneration(): number {
    const { state } = this.#connection
    return grantOf(state)?.accessGeneration ?? settledOf(state).generation
  }

  /** The generation this access token was handed out with, when it is still the one in use. */
  generationOf(accessToken: Secret): number | undefined {
    const current = this.#current()
    return current?.accessToken.reveal() === accessToken.reveal() ? current.facts.generation : undefined
  }

  /** At once when the cached access token outlives `minValidityMs`, else after the refresh all waiters share. */
  lease(minValidityMs: number): Servable | Promise<Servable> {
    if (outlives(grantOf(this.#simulation.shown), momentOf(this.#clock), minValidityMs)) {
      const servable = this.#current()
      if (servable) return servable
    }
    const simulated = this.#simulation.current
    if (simulated) return this.#leaseSimulated(simulated, minValidityMs)
    const served = this.#waiters.forLease()
    this.#connection.dispatch({ kind: 'leaseNeeded' })
    return served
  }

  /** The same for an access token beside the grant's own. */
  leaseBeside(wish: Wish, minValidityMs: number): Servable | Promise<Servable> {
    // What works no longer there works nowhere.
    if (this.#simulation.current && grantOf(this.#simulation.shown)?.rejected)
      throw this.#connection.refusal()
    return this.#beside.lease(wish, minValidityMs)
  }

  /** One exchange; resolves once the new generation is durable. */
  async refresh(caller: Caller): Promise<GrantFacts> {
    const simulated = this.#simulation.current
    if (simulated) return this.#refreshSimulated(simulated, caller)
    const refreshed = this.#waiters.forRefresh(caller)
    this.#beside.forgive()
    this.#askRefresh()
    return refreshed
  }

  /** An exchange for something beside is over: who came meanwhile for the grant's own got nothing of theirs. */
  askAgain(): void {
    if (this.#simulation.current) {
      this.#waiters.refuseRefreshes()
      this.#waiters.answer()
      return
    }
    if (this.#waiters.wantLease) this.#connection.dispatch({ kind: 'leaseNeeded' })
    if (this.#waiters.askedToRefresh) this.#askRefresh()
  }

  /** What is wanted beside comes after all else, one exchange after the other. */
  askBeside(): void {
    const wish = this.#beside.next()
    const { kind } = settledOf(this.#connection.state)
    if (wish === undefined || kind === 'refreshing') return
    if (kind === 'active' && !this.#connection.closing) {
      this.#connection.dispatch({ kind: 'besideNeeded', wish })
    }
    if (settledOf(this.#connection.state).kind === 'refreshing') return
    const simulated = this.#simulation.current
    this.#beside.turnAway(simulated ? this.#simulation.unaskedFor(simulated) : this.#connection.refusal())
  }

  #askRefresh(): void {
    this.#connection.dispatch({ kind: 'refreshAsked' })
    const settled = settledOf(this.#connection.state)
    const underWay = settled.kind === 'refreshing' || (settled.kind === 'unsaved' && settled.saving)
    if (!underWay) this.#waiters.refuseRefreshes()
  }

  /** As after an exchange that came to this end: what still works, or why nothing does. */
  async #leaseSimulated(simulated: Simulated, minValidityMs: number): Promise<Servable> {
    await this.#simulation.answered(simulated)
    if (!this.#simulation.current) return this.lease(minValidityMs)
    const servable = this.servable()
    if (servable) return servable
    throw this.#connection.refusal()
  }

  async #refreshSimulated(simulated: Simulated, caller: Caller): Promise<GrantFacts> {
    await this.#simulation.answered(simulated)
    if (!this.#simulation.current) return this.refresh(caller)
    throw this.#simulation.unaskedFor(simulated)
  }

  #current(): Servable | undefined {
    const grant = grantOf(this.#simulation.shown)
    const { accessToken } = this.#holdings.secrets
    return grant && accessToken ? { accessToken, facts: grant.facts } : undefined
  }
}
