/**
 * Asking a person: begins attempts and ends them. One attempt per connection and one opened browser at a time. How
 * an attempt goes is the matter of `consentFlows`, its outcome is decided by the lifecycle.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { AttemptId, ConnectionName } from '../../../shared/contract/ids.js'
import type { Answer, Body } from '../../../shared/contract/routes.js'
import type { Connection } from '../connection/connection.js'
import { metBy, newAttempt, type Attempt, type AttemptEnd } from './consentAttempt.js'
import { challengeFor, ConsentFlows, type ConsentFlowsPorts } from './consentFlows.js'
import { flowOf, isFinishing, notRunning, taken, tooLate } from './consentRules.js'
import type { Tokens } from '../outcome.js'
import type { Caller, Random } from '../ports.js'
import { NotBegun } from '../providerPorts.js'
import { endedWithout, setbackOf } from '../setbacks/setbackOf.js'

export interface ConsentPorts extends ConsentFlowsPorts {
  readonly random: Random
}

export class Consents {
  readonly #ports: ConsentPorts
  readonly #flows: ConsentFlows
  readonly #running = new Map<ConnectionName, Attempt>()
  readonly #tell: (connection: Connection, end: AttemptEnd) => void

  /** `tell` hears of attempts that end before the lifecycle knew of them; it tells of the others itself. */
  constructor(ports: ConsentPorts, tell: (connection: Connection, end: AttemptEnd) => void) {
    this.#ports = ports
    this.#flows = new ConsentFlows(ports, (attempt) => this.#runs(attempt))
    this.#tell = tell
  }

  async begin(
    connection: Connection,
    options: Body<'beginConsent'>,
    caller: Caller,
  ): Promise<Answer<'beginConsent'>> {
    const flow = flowOf(connection.definition, options.flow, challengeFor(connection) !== undefined)
    this.#makeRoom(connection, options)
    const attempt = this.#start(connection, caller, options.open)
    try {
      return await this.#flows.begin(attempt, flow, options.open)
    } catch (error) {
      if (error instanceof NotBegun)
        connection.met(setbackOf(error.outcome, metBy(attempt, this.#ports.clock.now())))
      this.#finish(attempt, 'failed', Refusal.reasonOf(error))
      attempt.stop()
      throw error
    }
  }

  /** A secret that a person stores is a grant as well, by a consent that needs no question. */
  async store(connection: Connection, tokens: Tokens, caller: Caller): Promise<void> {
    this.#makeRoom(connection, { open: false, preempt: false })
    const attempt = this.#start(connection, caller, false)
    try {
      await this.#flows.withoutPerson(attempt, async () => ({ kind: 'tokens', tokens }))
    } catch (error) {
      this.#finish(attempt, 'failed', Refusal.reasonOf(error))
      throw error
    }
  }

  /** Ends a running attempt; its late answer will change nothing. */
  cancel(connection: Connection): void {
    const { name } = connection.definition
    const attempt = this.#running.get(name)
    if (attempt === undefined) throw notRunning(name)
    if (isFinishing(connection.state)) throw tooLate(name)
    this.#finish(attempt, 'cancelled', 'cancelled')
  }

  /** Who began this attempt; undefined for one that is over. */
  callerOf(connection: Connection, attempt: AttemptId): Caller | undefined {
    const running = this.#running.get(connection.definition.name)
    return running?.id === attempt ? running.caller : undefined
  }

  /** The lifecycle ended an attempt: let go of port and polling, and tell whoever waits. */
  ended(connection: Connection, end: AttemptEnd): void {
    const { name } = connection.definition
    const attempt = this.#running.get(name)
    if (attempt?.id !== end.attempt) return
    this.#note(attempt, end)
    this.#running.delete(name)
    attempt.stop()
    attempt.end(end)
  }

  /** What the provider did not say itself: a page that refuses sends nobody back. */
  #note(attempt: Attempt, { outcome, message }: AttemptEnd): void {
    const { connection } = attempt
    const met = metBy(attempt, this.#ports.clock.now())
    if (outcome === 'deadline' && !attempt.answered) connection.met(endedWithout('nobodyCame', message, met))
    if (outcome === 'wrongAccount') connection.met(endedWithout('wrongAccount', message, met))
  }

  /** Ends all attempts but those that have their tokens and only save them; for the daemon's own end. */
  cancelAll(): void {
    for (const attempt of this.#running.values()) this.cancelFor(attempt.connection)
  }

  /** Ends the attempt of this connection, if there is one that can still be ended. */
  cancelFor(connection: Connection): void {
    const attempt = this.#running.get(connection.definition.name)
    if (attempt && !isFinishing(connection.state)) this.#finish(attempt, 'cancelled', 'cancelled')
  }

  #runs(attempt: Attempt): boolean {
    return this.#running.get(attempt.connection.definition.name) === attempt
  }

  #finish(attempt: Attempt, outcome: 'failed' | 'cancelled', message: string): void {
    const { connection, id } = attempt
    const end = { attempt: id, outcome, message, fix: `fob sign-in ${connection.definition.name}` }
    connection.dispatch({ kind: 'consentEnded', ...end })
    if (this.#runs(attempt)) this.#tell(connection, end)
  }

  #makeRoom(connection: Connection, options: Body<'beginConsent'>): void {
    const { name } = connection.definition
    const rivals = [...this.#running.values()].filter(
      (attempt) => attempt.connection === connection || (options.open && attempt.usesBrowser),
    )
    const saved = rivals.find((rival) => isFinishing(rival.connection.state))
    if (saved) throw tooLate(saved.connection.definition.name)
    for (const rival of rivals) {
      if (options.preempt) this.#finish(rival, 'cancelled', 'another sign-in took its place')
      else throw taken(rival.connection.definition.name, name)
    }
  }

  #start(connection: Connection, caller: Caller, usesBrowser: boolean): Attempt {
    const id = this.#ports.random.id() as AttemptId
    const attempt = newAttempt({ id, connection, caller, usesBrowser })
    this.#running.set(connection.definition.name, attempt)
    return attempt
  }
}
