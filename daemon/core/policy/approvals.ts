/**
 * Questions that policy puts to the person, and what they say. Equal questions of one session are one.
 * Invariants: nobody goes on without a Yes that covers connection, action and scopes; silence is a No; an answer
 * counts only from somebody `answering` admits, and when it stays, from when `standingAnswers` has it.
 */
import type {
  ApprovalAnswer,
  ApprovalId,
  PendingApproval,
  StandingApproval,
} from '../../../shared/contract/approvals.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { answeringFault } from './answering.js'
import { recordDone, type Recorder } from '../audit.js'
import type { Caller, Cancel, ProcessFacts } from '../ports.js'
import { keyOf, newId, refused, type Want } from './question.js'
import { Queue } from '../queue.js'
import { StandingAnswers, type StandingAnswersParts } from './standingAnswers.js'
import type { Terminals } from './terminals.js'

/** Somebody waits for an answer. */
export interface Asked {
  /** Rejects with a Refusal when the answer is No or does not come. */
  readonly answered: Promise<void>
  /** Nobody waits any more; the question stays, and a Yes serves who asks next. */
  leave(): void
}

/** Long enough to find the right window and read, shorter than git waits for its helper. */
export const ASK_MS = 45_000
/** A person cannot answer more; who asks beyond is refused. */
const MOST_PENDING = 32
/** Look at the clock again: a suspended machine must not make a question last. */
const LOOK_MS = 10_000

interface Waiter {
  readonly go: () => void
  readonly refuse: (refusal: Refusal) => void
}

interface Pending {
  readonly want: Want
  readonly asker: ProcessFacts | undefined
  readonly shown: PendingApproval
  /** Epoch milliseconds. */
  readonly until: number
  readonly waiters: Set<Waiter>
}

interface Parts extends StandingAnswersParts {
  readonly terminals: Terminals
  readonly recorder: Recorder
}

export class Approvals {
  readonly #parts: Parts
  readonly #pending = new Map<ApprovalId, Pending>()
  readonly #standing: StandingAnswers
  /** A Yes for once that nobody waited for any more, by key: until when it serves who asks next. */
  readonly #spare = new Map<string, number>()
  readonly #answers = new Queue()
  readonly #listeners = new Set<() => void>()
  readonly #loaded: Promise<void>
  #look: Cancel | undefined
  #changes = 0

  constructor(parts: Parts) {
    this.#parts = parts
    this.#standing = new StandingAnswers(parts)
    this.#loaded = this.#standing.load()
  }

  /** Goes up with each answer: what was refused before may be allowed now. */
  get changes(): number {
    return this.#changes
  }

  /** undefined when it was allowed already. Throws `refused_by_policy` when it was said Never. */
  ask(want: Want): Asked | undefined {
    if (!this.#standing.isLoaded) return this.#askLater(want)
    const asker = this.#askerOf(want.caller)
    const said = this.#standing.saidTo(want, asker)
    if (said === true) return undefined
    if (said === false) throw refused(want, 'you said Never to this program')
    if (this.#takeSpare(keyOf(want, asker))) return undefined
    return this.#join(this.#pendingFor(want, asker))
  }

  pending(): PendingApproval[] {
    // A terminal that was just opened is registered a moment later than its first program asks.
    return [...this.#pending.values()].map(({ shown, want }) => ({ ...shown, folder: this.#folderOf(want) }))
  }

  standing(): StandingApproval[] {
    return this.#standing.shown()
  }

  /** `isLink`: the caller is an editor that puts questions to a person. Rejects with a Refusal. */
  answer(id: ApprovalId, answer: ApprovalAnswer, by: Caller, isLink: boolean): Promise<void> {
    return this.#answers.take(() => this.#answer(id, answer, by, isLink))
  }

  async #answer(id: ApprovalId, answer: ApprovalAnswer, by: Caller, isLink: boolean): Promise<void> {
    await this.#loaded
    const pending = this.#pending.get(id)
    const fault = answeringFault({ by, isLink, asker: pending?.asker }, this.#parts.processes)
    if (fault !== undefined) throw new Refusal('refused_by_policy', fault, { fix: 'fob approvals list' })
    if (answer === 'forget') return this.#forget(id, by)
    if (pending === undefined) {
      throw new Refusal('bad_request', 'body.id: nobody waits for this answer any more', { field: 'body.id' })
    }
    await this.#settle(id, pending, answer, by)
  }

  subscribe(listener: () => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Lets everybody go who waits. */
  stop(): void {
    for (const [id, { want }] of this.#pending) this.#refuse(id, refused(want, 'fob is stopping'))
  }

  #askLater(want: Want): Asked {
    let left = false
    let asked: Asked | undefined
    const answered = this.#loaded.then(() => {
      asked = left ? undefined : this.ask(want)
      return asked?.answered
    })
    const leave = (): void => {
      left = true
      asked?.leave()
    }
    return { answered, leave }
  }

  /** The process as it is now; undefined when it is another one, or gone. */
  #askerOf({ pid, startTime }: Caller): ProcessFacts | undefined {
    const facts = this.#parts.processes.of(pid)
    return facts?.startTime === startTime ? facts : undefined
  }

  #takeSpare(key: string): boolean {
    const until = this.#spare.get(key)
    this.#spare.delete(key)
    return until !== undefined && this.#parts.clock.now() < until
  }

  #pendingFor(want: Want, asker: ProcessFacts | undefined): Pending {
    const key = keyOf(want, asker)
    const equal = [...this.#pending.values()].find((each) => keyOf(each.want, each.asker) === key)
    if (equal !== undefined) return equal
    if (this.#pending.size >= MOST_PENDING) throw refused(want, 'too many questions wait for you already')
    const { clock, random } = this.#parts
    const { caller, connection, action, scopes } = want
    const until = clock.now() + ASK_MS
    const shown: PendingApproval = {
      id: newId(random),
      connection,
      action,
      scopes: [...scopes],
      caller: { uid: caller.uid, pid: caller.pid, executable: caller.executable },
      folder: this.#folderOf(want),
      inTerminal: asker !== undefined && asker.tty !== 0,
      until: new Date(until).toISOString(),
    }
    const pending = { want, asker, shown, until, waiters: new Set<Waiter>() }
    this.#pending.set(shown.id, pending)
    this.#look ??= clock.wake(LOOK_MS, () => this.#lookAgain())
    this.#tell()
    return pending
  }

  #folderOf({ caller }: Want): string {
    return this.#parts.terminals.of(caller)?.folder ?? ''
  }

  #join({ waiters }: Pending): Asked {
    let leave = (): void => undefined
    const answered = new Promise<void>((resolve, reject) => {
      const waiter = { go: resolve, refuse: reject }
      waiters.add(waiter)
      leave = () => void waiters.delete(waiter)
    })
    // Who left does not hear of a refusal.
    answered.catch(() => undefined)
    return { answered, leave }
  }

  async #settle(id: ApprovalId, pending: Pending, answer: ApprovalAnswer, by: Caller): Promise<void> {
    const { want, asker, waiters } = pending
    const allowed = answer === 'once' || answer === 'terminal' || answer === 'always'
    const standing = this.#standing.madeOf(answer, want, asker)
    if (standing !== undefined) await this.#standing.add(standing)
    recordDone(this.#parts, { event: 'approval', connection: want.connection, outcome: answer, caller: by })
    this.#changes += 1
    if (!allowed)
      return this.#refuse(id, refused(want, answer === 'never' ? 'you said Never' : 'you said No'))
    if (answer === 'once' && waiters.size === 0) this.#spare.set(keyOf(want, asker), pending.until)
    this.#pending.delete(id)
    for (const { go } of waiters) go()
    this.#tell()
  }

  async #forget(id: ApprovalId, by: Caller): Promise<void> {
    const { connection } = await this.#standing.forget(id)
    recordDone(this.#parts, { event: 'approval', connection, outcome: 'forget', caller: by })
    this.#changes += 1
    this.#tell()
  }

  #refuse(id: ApprovalId, refusal: Refusal): void {
    const waiters = this.#pending.get(id)?.waiters ?? []
    this.#pending.delete(id)
    for (const { refuse } of waiters) refuse(refusal)
    this.#tell()
  }

  #lookAgain(): void {
    this.#look = undefined
    const now = this.#parts.clock.now()
    for (const [id, { want, until }] of this.#pending) {
      if (now >= until) this.#refuse(id, refused(want, 'nobody answered the question'))
    }
    if (this.#pending.size > 0) this.#look = this.#parts.clock.wake(LOOK_MS, () => this.#lookAgain())
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }
}
