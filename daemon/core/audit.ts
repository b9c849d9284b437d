/** Writes the record: one line for each lease, refresh, refusal, sign-in and sign-out, before its answer. */
import type { AuditCaller, AuditEntry, AuditEvent } from '../../shared/contract/audit.js'
import { Refusal } from '../../shared/contract/errors.js'
import { Instants } from './instants.js'
import type { Audit, Caller, Cancel, Clock, Log } from './ports.js'
import type { Secret } from './secret.js'

export interface Happening {
  readonly event: AuditEvent
  readonly connection?: string
  /** Absent for what the daemon does by itself. */
  readonly caller?: Caller | undefined
  readonly outcome: string
  readonly generation?: number
  readonly accessToken?: Secret | undefined
}

export class Recorder {
  readonly #audit: Audit
  readonly #clock: Clock
  readonly #listeners = new Set<(entry: AuditEntry) => void>()
  readonly #instants = new Instants()
  /** A caller that keeps its connection asks many times. */
  readonly #callers = new WeakMap<Caller, AuditCaller>()

  constructor(audit: Audit, clock: Clock) {
    this.#audit = audit
    this.#clock = clock
  }

  /** Throws `store_unwritable` when the line cannot be written: then nothing may be handed out. */
  record(happening: Happening): void {
    const { caller } = happening
    const entry: AuditEntry = {
      time: this.#instants.text(this.#clock.now()),
      event: happening.event,
      connection: happening.connection ?? '',
      caller: caller ? this.#named(caller) : null,
      outcome: happening.outcome,
      generation: happening.generation ?? 0,
      fingerprint: happening.accessToken ? this.#audit.fingerprint(happening.accessToken) : '',
    }
    this.#audit.record(entry)
    for (const listener of this.#listeners) listener(entry)
  }

  read(limit: number, connection: string | undefined): AuditEntry[] {
    return this.#audit.read(limit, connection)
  }

  subscribe(listener: (entry: AuditEntry) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #named(caller: Caller): AuditCaller {
    const known = this.#callers.get(caller)
    if (known !== undefined) return known
    const named = { uid: caller.uid, pid: caller.pid, executable: caller.executable }
    this.#callers.set(caller, named)
    return named
  }
}

export interface RecordingPorts {
  readonly recorder: Recorder
  readonly log: Log
}

/**
 * After the act: what is done is answered as done, also when it cannot be recorded. Nothing that it brought can
 * be leased until the record can be written again.
 */
export function recordDone({ recorder, log }: RecordingPorts, done: Happening): void {
  try {
    recorder.record(done)
  } catch (error) {
    const { event, connection = '' } = done
    log.error({ connection, reason: Refusal.reasonOf(error) }, `${event} not recorded`)
  }
}
