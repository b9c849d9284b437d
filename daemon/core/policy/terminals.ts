/**
 * The terminals an editor told us of: so that a question can say where its caller sits.
 * Invariants: a terminal counts only while the very process that was registered lives; one is of this user or
 * not there at all; what a terminal is called is the editor's word, evidence and never a boundary.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { Caller, ProcessFacts, Processes } from '../ports.js'

export interface Terminal {
  /** Its shell. */
  readonly shell: ProcessFacts
  /** The folder it was opened in; '' when it has none. */
  readonly folder: string
}

/** Nobody has so many open; should an editor register without end, the oldest go. */
const MOST = 512

/** Whether two looks saw one process: numbers are given again, a start time with them is not. */
export const isSameProcess = (one: ProcessFacts, other: ProcessFacts | undefined): boolean =>
  one.pid === other?.pid && one.startTime === other.startTime

export class Terminals {
  readonly #processes: Processes
  readonly #ownerUid: number
  readonly #byPid = new Map<number, Terminal>()

  constructor(processes: Processes, ownerUid: number) {
    this.#processes = processes
    this.#ownerUid = ownerUid
  }

  /** Throws `bad_request` unless `pid` is a living process of this user. */
  register(pid: number, folder: string): Terminal {
    const shell = this.#processes.of(pid)
    if (shell === undefined || shell.uid !== this.#ownerUid) {
      throw new Refusal('bad_request', `body.pid: there is no process ${pid} of yours`, { field: 'body.pid' })
    }
    this.#forgetEnded()
    const terminal = { shell, folder }
    this.#byPid.delete(pid)
    this.#byPid.set(pid, terminal)
    const [oldest] = this.#byPid.keys()
    if (oldest !== undefined && this.#byPid.size > MOST) this.#byPid.delete(oldest)
    return terminal
  }

  /** The terminal whose kernel session the caller belongs to. */
  of({ pid, startTime }: Caller): Terminal | undefined {
    const caller = this.#processes.of(pid)
    if (caller === undefined || caller.startTime !== startTime) return undefined
    this.#forgetEnded()
    return [...this.#byPid.values()].find(({ shell }) => shell.session === caller.session)
  }

  get count(): number {
    this.#forgetEnded()
    return this.#byPid.size
  }

  #forgetEnded(): void {
    for (const [pid, { shell }] of this.#byPid) {
      if (!isSameProcess(shell, this.#processes.of(pid))) this.#byPid.delete(pid)
    }
  }
}
