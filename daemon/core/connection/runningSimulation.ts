/**
 * A trouble of one connection that is pretended for a while: how long still, what it shows, and what waits until it
 * is over. In memory only: a restart ends it. What it looks like is decided in `simulate`.
 */
import type { Simulation, SimulationKind } from '../../../shared/contract/simulation.js'
import type { Refusal } from '../../../shared/contract/errors.js'
import type { Clock } from '../ports.js'
import type { ConnectionDefinition } from '../record.js'
import {
  holdsBack,
  nothingAsked,
  refuseHopeless,
  shownState,
  simulationOf,
  SLOW_MS,
  type Simulated,
} from './simulate.js'
import { settledOf, type Event, type State } from '../lifecycle/states.js'
import { deadlineInMs, earlier } from '../lifecycle/wakeUps.js'

export interface SimulatedConnection {
  readonly definition: ConnectionDefinition
  /** The real one. */
  readonly state: State
  /** Why there is nothing to hand out. */
  refusal(): Refusal
  /** It begins or ends, so what people see is another. */
  shownAnew(): void
  /** Its time was over, or a new grant took its place. */
  simulationEnded(): void
}

export class RunningSimulation {
  readonly #clock: Clock
  readonly #connection: SimulatedConnection
  #simulated: Simulated | undefined

  constructor(clock: Clock, connection: SimulatedConnection) {
    this.#clock = clock
    this.#connection = connection
  }

  get current(): Simulated | undefined {
    return this.#simulated
  }

  /** As status says it. */
  get told(): Simulation | undefined {
    return this.#simulated && simulationOf(this.#simulated)
  }

  /** The real state, or what is made of it. */
  get shown(): State {
    const { state, definition } = this.#connection
    return this.#simulated ? shownState(state, this.#simulated, definition.name) : state
  }

  /** undefined while nothing is simulated. A consent's deadline is real all the same. */
  wakeInMs(): number | undefined {
    if (this.#simulated === undefined) return undefined
    const now = this.#clock.now()
    return earlier(this.#simulated.until - now, deadlineInMs(this.#connection.state, now))
  }

  /** Pretends it until its time is over, or that it is another when there is one already. */
  begin(kind: SimulationKind, forMs: number): void {
    refuseHopeless(this.#connection.state, this.#connection.definition.name)
    const now = this.#clock.now()
    this.#simulated = { kind, since: now, until: now + forMs }
    this.#connection.shownAnew()
  }

  /** false: there was none. */
  end(): boolean {
    const ended = this.#simulated !== undefined
    this.drop()
    if (ended) this.#connection.shownAnew()
    return ended
  }

  endOfItself(): void {
    if (this.end()) this.#connection.simulationEnded()
  }

  /** Without a word, for a connection that is being closed. */
  drop(): void {
    this.#simulated = undefined
  }

  /** Whether the real lifecycle must not hear of this event now. Ends what has had its time. */
  holdsBack(event: Event): boolean {
    if (this.#simulated === undefined) return false
    if (event.kind !== 'wake') return holdsBack(event)
    const now = this.#clock.now()
    if (now >= this.#simulated.until) this.endOfItself()
    return this.#simulated !== undefined && (deadlineInMs(this.#connection.state, now) ?? Infinity) > 0
  }

  /** Resolves when a provider with this trouble would have answered. */
  async answered({ kind }: Simulated): Promise<void> {
    if (kind === 'slow') await new Promise<void>((resolve) => this.#clock.wake(SLOW_MS, resolve))
  }

  /** Why there is no exchange. */
  unaskedFor(simulated: Simulated): Refusal {
    const { kind } = settledOf(this.shown)
    return kind === 'active' || kind === 'refreshing'
      ? nothingAsked(this.#connection.definition.name, simulated)
      : this.#connection.refusal()
  }
}
