/**
 * Callers of one connection that wait for the exchange they share: those who want an access token, and those
 * who asked for a refresh. The end of an exchange is in the record before any of them hears of it.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { RecordingPorts } from '../audit.js'
import type { Caller } from '../ports.js'
import type { ConnectionDefinition, GrantFacts } from '../record.js'
import type { Secret } from '../secret.js'
import { settledOf, type State } from '../lifecycle/states.js'

/** An access token that may be handed out now. */
export interface Servable {
  readonly accessToken: Secret
  readonly facts: GrantFacts
}

/** What they wait for. */
export interface Awaited {
  readonly definition: ConnectionDefinition
  readonly state: State
  servable(): Servable | undefined
  /** Why there is nothing to hand out. */
  refusal(): Refusal
}

interface Waiter<T> {
  resolve(value: T): void
  reject(refusal: Refusal): void
}

export class Waiters {
  readonly #ports: RecordingPorts
  readonly #connection: Awaited
  #leases: Waiter<Servable>[] = []
  #refreshes: Waiter<GrantFacts>[] = []
  /** Who asked for the refresh that runs. */
  #askers: Caller[] = []

  constructor(ports: RecordingPorts, connection: Awaited) {
    this.#ports = ports
    this.#connection = connection
  }

  get askedToRefresh(): boolean {
    return this.#askers.length > 0
  }

  get wantLease(): boolean {
    return this.#leases.length > 0
  }

  forLease(): Promise<Servable> {
    return new Promise((resolve, reject) => this.#leases.push({ resolve, reject }))
  }

  forRefresh(caller: Caller): Promise<GrantFacts> {
    this.#askers.push(caller)
    return new Promise((resolve, reject) => this.#refreshes.push({ resolve, reject }))
  }

  /** Tells all of them what the state means for them. Only a refresh under way is waited for further. */
  answer(): void {
    const settled = settledOf(this.#connection.state)
    const servable = this.#connection.servable()
    if (servable) for (const waiter of this.#leases.splice(0)) waiter.resolve(servable)
    else this.#refuse(this.#leases.splice(0))
    if (settled.kind === 'active') {
      for (const waiter of this.#refreshes.splice(0)) waiter.resolve(settled.grant.facts)
    } else if (settled.kind !== 'refreshing') this.refuseRefreshes()
  }

  /** Nobody waits for a refresh any more: a later one is not theirs. */
  refuseRefreshes(refusal?: Refusal): void {
    this.#askers = []
    this.#refuse(this.#refreshes.splice(0), refusal)
  }

  #refuse(waiters: readonly Waiter<never>[], refusal?: Refusal): void {
    if (waiters.length === 0) return
    const reason = refusal ?? this.#connection.refusal()
    for (const waiter of waiters) waiter.reject(reason)
  }

  /**
   * The end of a refresh: one line for each who asked for it, or one of our own. Tokens just received count
   * also when that cannot be written; who asked is refused then.
   */
  record(generation: number, outcome: string): void {
    const callers = this.askedToRefresh ? this.#askers : [undefined]
    this.#askers = []
    this.#record(callers, generation, outcome)
  }

  /** The end of an exchange for something else than they asked for: they go on waiting. */
  recordBeside(generation: number, outcome: string): void {
    this.#record([undefined], generation, outcome)
  }

  #record(callers: readonly (Caller | undefined)[], generation: number, outcome: string): void {
    const connection = this.#connection.definition.name
    try {
      for (const caller of callers) {
        this.#ports.recorder.record({ event: 'refresh', connection, caller, generation, outcome })
      }
    } catch (error) {
      this.#ports.log.error({ connection, reason: Refusal.reasonOf(error) }, 'refresh not recorded')
      this.refuseRefreshes(error instanceof Refusal ? error : undefined)
    }
  }
}
