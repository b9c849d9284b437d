/** Who asked for the refresh that runs, and the record of its end: one line for each of them, or one of our own. */
import type { ConnectionName } from '../../shared/contract/ids.js'
import type { Recorder } from './audit.js'
import type { Caller } from './ports.js'

export class RefreshAskers {
  readonly #connection: ConnectionName
  readonly #recorder: Recorder
  #callers: Caller[] = []

  constructor(connection: ConnectionName, recorder: Recorder) {
    this.#connection = connection
    this.#recorder = recorder
  }

  get waiting(): boolean {
    return this.#callers.length > 0
  }

  add(caller: Caller): void {
    this.#callers.push(caller)
  }

  /** Nobody waits any more: a later refresh is not theirs. */
  forget(): void {
    this.#callers = []
  }

  /** Throws when a line cannot be written; then none of them may be answered. */
  record(generation: number, outcome: string): void {
    const callers = this.waiting ? this.#callers : [undefined]
    this.#callers = []
    const connection = this.#connection
    for (const caller of callers) {
      this.#recorder.record({ event: 'refresh', connection, caller, generation, outcome })
    }
  }
}
