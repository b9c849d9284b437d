/** Tells listeners what changes. Lease counts come in bundles: they change with every call. */
import type { DaemonEvent } from '../../../shared/contract/events.js'
import type { Connection } from '../connection/connection.js'
import type { Cancel, Clock, Log } from '../ports.js'

/** A count that is a second old is current enough to look at. */
const BUNDLE_MS = 1_000

export class Announcements {
  readonly #clock: Clock
  readonly #log: Log
  readonly #listeners = new Set<(event: DaemonEvent) => void>()
  readonly #leased = new Set<Connection>()

  constructor(clock: Clock, log: Log) {
    this.#clock = clock
    this.#log = log
  }

  subscribe(listener: (event: DaemonEvent) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  tell(event: DaemonEvent): void {
    for (const listener of this.#listeners) {
      try {
        listener(event)
      } catch (error) {
        // What changed has changed, whoever cannot hear of it.
        this.#log.error({ error, event: event.type }, 'a listener broke down')
      }
    }
  }

  changed(connection: Connection): void {
    if (this.#listeners.size > 0) this.tell({ type: 'connection', connection: connection.status() })
  }

  leased(connection: Connection): void {
    if (this.#listeners.size === 0 || this.#leased.has(connection)) return
    this.#leased.add(connection)
    this.#clock.wake(BUNDLE_MS, () => {
      this.#leased.delete(connection)
      this.changed(connection)
    })
  }
}
