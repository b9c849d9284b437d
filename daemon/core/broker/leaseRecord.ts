/** What is left behind by whatever is handed out: its line in the record before all else, its count, and the news. */
import type { Announcements } from './announcements.js'
import type { Recorder } from '../audit.js'
import type { Connection } from '../connection/connection.js'
import type { Caller, Metrics } from '../ports.js'
import type { Secret } from '../secret.js'

export interface LeaseRecordPorts {
  readonly recorder: Recorder
  readonly metrics: Metrics
}

interface Handed {
  readonly caller: Caller
  readonly generation: number
  /** Or what came of one and is as good. */
  readonly accessToken: Secret
}

export class LeaseRecord {
  readonly #ports: LeaseRecordPorts
  readonly #announcements: Announcements

  constructor(ports: LeaseRecordPorts, announcements: Announcements) {
    this.#ports = ports
    this.#announcements = announcements
  }

  /** Throws `store_unwritable` when the line cannot be written: then nothing may be handed out. */
  note(connection: Connection, { caller, generation, accessToken }: Handed): void {
    const { name } = connection.definition
    const { recorder, metrics } = this.#ports
    recorder.record({ event: 'lease', connection: name, caller, outcome: 'ok', generation, accessToken })
    connection.leaseCount += 1
    metrics.leased(name)
    this.#announcements.leased(connection)
  }
}
