/**
 * What the overview knows of the record: read once for each connection, then followed by the daemon's events.
 * No clock, no outside; entries hold no secret.
 */
import type { AuditEntry } from '../../shared/contract/audit.js'

/** Of one connection: a busy day of scripts. */
export const MOST_READ = 5_000

/** Of all; once there are twice as many, the older half goes. */
const MOST_KEPT = 25_000

export class KnownRecord {
  #entries: AuditEntry[] = []
  #since: number | undefined

  /** Not always in the order of their times. */
  get entries(): readonly AuditEntry[] {
    return this.#entries
  }

  /** Before this the record holds more than is known here, epoch milliseconds; undefined when it holds no more. */
  get since(): number | undefined {
    return this.#since
  }

  /** `answers`: one for each connection, each with at most `most` entries, earliest first. */
  wasRead(answers: readonly (readonly AuditEntry[])[], most = MOST_READ): void {
    const cut = answers.filter((entries) => entries.length >= most).map(([first]) => timeOf(first))
    this.#entries = answers.flat().sort((a, b) => (a.time < b.time ? -1 : 1))
    this.#since = cut.length === 0 ? undefined : Math.max(...cut)
  }

  add(entry: AuditEntry, most = MOST_KEPT): void {
    this.#entries.push(entry)
    if (this.#entries.length <= 2 * most) return
    this.#entries = this.#entries.slice(-most)
    this.#since = Math.max(this.#since ?? 0, timeOf(this.#entries[0]))
  }
}

const timeOf = (entry: AuditEntry | undefined): number => (entry ? Date.parse(entry.time) : NaN)
