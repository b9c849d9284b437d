/**
 * Notices that this machine's network became another while connections wait for it, so that they try again at
 * once instead of when their patience ends. It looks only while somebody waits: an idle daemon sleeps.
 * A change counts from the moment a connection asked, also when it came while that question was under way.
 */
import type { Connection } from '../connection/connection.js'
import type { Clock, LocalNetwork } from '../ports.js'
import { settledOf, type State } from '../lifecycle/states.js'

export const NETWORK_WATCH = Object.freeze({
  /** Soon for a person who has just joined a network; a look takes microseconds. */
  everyMs: 1_000,
})

export class NetworkWatch {
  readonly #clock: Clock
  readonly #network: LocalNetwork
  /** What the network was when each of them asked. */
  readonly #asked = new Map<Connection, string>()
  #lookedAt = 0

  constructor({ clock, localNetwork }: { readonly clock: Clock; readonly localNetwork: LocalNetwork }) {
    this.#clock = clock
    this.#network = localNetwork
  }

  /** To be called whenever the connection went on. */
  follow(connection: Connection): void {
    const { kind } = settledOf(connection.state)
    if (kind !== 'refreshing' && !awaitsNetwork(connection.state)) this.#asked.delete(connection)
    else if (!this.#asked.has(connection)) this.#asked.set(connection, this.#network.addresses())
  }

  /** Milliseconds until the next look; undefined while nobody waits. */
  dueInMs(): number | undefined {
    for (const { state } of this.#asked.keys()) {
      if (awaitsNetwork(state)) return this.#lookedAt + NETWORK_WATCH.everyMs - this.#clock.monotonic()
    }
    return undefined
  }

  look(): void {
    if ((this.dueInMs() ?? Infinity) > 0) return
    this.#lookedAt = this.#clock.monotonic()
    const addresses = this.#network.addresses()
    for (const [connection, asked] of [...this.#asked]) {
      if (asked === addresses || !awaitsNetwork(connection.state)) continue
      this.#asked.set(connection, addresses)
      connection.dispatch({ kind: 'networkChanged' })
    }
  }
}

function awaitsNetwork(state: State): boolean {
  const settled = settledOf(state)
  return settled.kind === 'retrying' && settled.cause === 'network'
}
