/**
 * What the person said for longer: Always, Never, and Yes until a terminal ends.
 * Invariants: what is on the disk is there before it counts; what ends with a terminal is in memory only, and ends
 * with the very process whose terminal it is; an answer for certain scopes is none for others.
 */
import { StandingApproval, type ApprovalAnswer, type ApprovalId } from '../../../shared/contract/approvals.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Clock, Log, ProcessFacts, Processes, Random, StandingApprovals } from '../ports.js'
import { newId, type Want } from './question.js'
import { isSameProcess } from './terminals.js'

/** One that ends with a terminal names the process whose end that is. */
export interface StandingAnswer extends StandingApproval {
  readonly leader?: ProcessFacts
}

export interface StandingAnswersParts {
  readonly clock: Clock
  readonly random: Random
  readonly processes: Processes
  readonly log: Log
  readonly store: StandingApprovals
}

export class StandingAnswers {
  readonly #parts: StandingAnswersParts
  #all: readonly StandingAnswer[] = []
  #isLoaded = false

  constructor(parts: StandingAnswersParts) {
    this.#parts = parts
  }

  get isLoaded(): boolean {
    return this.#isLoaded
  }

  /** Never rejects. */
  async load(): Promise<void> {
    try {
      this.#all = await this.#parts.store.load()
    } catch (error) {
      // Then everything is asked about again, which gives nothing away.
      this.#parts.log.error({ error }, 'what was approved before cannot be read')
    }
    this.#isLoaded = true
  }

  shown(): StandingApproval[] {
    // Which process a terminal's end is stays here.
    return this.#living().map((one) => StandingApproval.parse(one))
  }

  /** A No weighs more than a Yes. undefined when nothing was said. */
  saidTo(want: Want, asker: ProcessFacts | undefined): boolean | undefined {
    const fitting = this.#living().filter((one) => covers(one, want, asker))
    return fitting.length === 0 ? undefined : fitting.every(({ allowed }) => allowed)
  }

  /** What stays of an answer, if anything. Throws `bad_request` for one that cannot be given to this question. */
  madeOf(answer: ApprovalAnswer, want: Want, asker: ProcessFacts | undefined): StandingAnswer | undefined {
    if (answer === 'once' || answer === 'refuse') return undefined
    const { connection, action, scopes, caller } = want
    const { clock, random, processes } = this.#parts
    const since = new Date(clock.now()).toISOString()
    const id = newId(random)
    const common = { id, connection, action, scopes: [...scopes], since, allowed: answer !== 'never' }
    if (answer === 'terminal') {
      const leader = asker && asker.tty !== 0 ? processes.of(asker.session) : undefined
      if (leader === undefined) throw notPossible('it is in no terminal that lives')
      return { ...common, program: '', untilTerminalEnds: true, leader }
    }
    if (caller.executable === '') throw notPossible('its program cannot be named')
    return { ...common, program: caller.executable, untilTerminalEnds: false }
  }

  add(one: StandingAnswer): Promise<void> {
    return this.#keep([...this.#living(), one])
  }

  /** Gives what was forgotten. Rejects with `bad_request` when there is no such answer. */
  async forget(id: ApprovalId): Promise<StandingAnswer> {
    const found = this.#living().find((one) => one.id === id)
    if (found === undefined) {
      throw new Refusal('bad_request', 'body.id: there is no such answer', { field: 'body.id' })
    }
    await this.#keep(this.#all.filter((one) => one !== found))
    return found
  }

  #living(): readonly StandingAnswer[] {
    const { processes } = this.#parts
    this.#all = this.#all.filter(
      ({ leader }) => leader === undefined || isSameProcess(leader, processes.of(leader.pid)),
    )
    return this.#all
  }

  async #keep(all: readonly StandingAnswer[]): Promise<void> {
    const durable = all.filter(({ untilTerminalEnds }) => !untilTerminalEnds)
    const before = this.#all.filter(({ untilTerminalEnds }) => !untilTerminalEnds)
    const isNews = durable.length !== before.length || durable.some((one, at) => one !== before[at])
    if (isNews) await this.#parts.store.save(durable)
    this.#all = all
  }
}

/** One for all scopes covers each. */
function covers(one: StandingAnswer, want: Want, asker: ProcessFacts | undefined): boolean {
  if (one.connection !== want.connection || one.action !== want.action) return false
  const everyScope = one.scopes.length === 0
  const theseScopes = want.scopes.length > 0 && want.scopes.every((scope) => one.scopes.includes(scope))
  if (!everyScope && !theseScopes) return false
  return one.leader === undefined
    ? one.program === want.caller.executable
    : one.leader.session === asker?.session
}

const notPossible = (why: string): Refusal =>
  new Refusal('bad_request', `body.answer: not possible for this caller: ${why}`, { field: 'body.answer' })
