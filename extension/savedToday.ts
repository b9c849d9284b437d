/** Follows the daemon's record: counts what it did today, and knows who used what lately. No entry holds a secret. */
import * as vscode from 'vscode'
import type { AuditEntry } from '../shared/contract/audit.js'
import type { Daemon } from './daemon.js'
import { savingsIn, type Savings } from './wording/savings.js'

/** A busy day's worth; the record itself holds more. */
const MOST_ENTRIES = 5_000

const midnightBefore = (now: number): number => new Date(now).setHours(0, 0, 0, 0)

export class SavedToday implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #listening: vscode.Disposable
  readonly #wasRead = new vscode.EventEmitter<undefined>()
  /** Fires once the record was read anew, which may be long after the picture came. */
  readonly onDidRead = this.#wasRead.event
  #entries: AuditEntry[] = []

  constructor(daemon: Daemon) {
    this.#daemon = daemon
    this.#listening = daemon.onDidHear((event) => {
      if (event.type === 'snapshot') void this.#read()
      else if (event.type === 'audit') this.#add(event.entry)
    })
  }

  /** Latest last, of whatever day. */
  get entries(): readonly AuditEntry[] {
    return this.#entries
  }

  /** `now` in epoch milliseconds. */
  at(now: number): Savings {
    return savingsIn(this.#entries, midnightBefore(now))
  }

  dispose(): void {
    this.#listening.dispose()
    this.#wasRead.dispose()
  }

  async #read(): Promise<void> {
    try {
      const { entries } = await this.#daemon.client.call('audit', { query: { limit: String(MOST_ENTRIES) } })
      this.#keep(entries)
      this.#wasRead.fire(undefined)
    } catch {
      // It is only a count; the picture says what is wrong with the daemon.
    }
  }

  /** A script may cause thousands a minute: only now and then are they looked through. */
  #add(entry: AuditEntry): void {
    this.#entries.push(entry)
    if (this.#entries.length > 2 * MOST_ENTRIES) this.#keep(this.#entries)
  }

  #keep(entries: AuditEntry[]): void {
    this.#entries = entries.slice(-MOST_ENTRIES)
  }
}
