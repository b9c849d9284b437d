/** Which lease id names which generation of which connection, so that its holder can report a failure. */
import type { ConnectionName, LeaseId } from '../../shared/contract/ids.js'
import type { Caller } from './ports.js'

/** The newest leases are remembered; 20,000 are some megabytes and hours of heavy use. */
const REMEMBERED = 20_000

interface Leased {
  readonly connection: ConnectionName
  readonly generation: number
  readonly uid: number
}

export class Leases {
  readonly #prefix: string
  readonly #leased = new Map<LeaseId, Leased>()
  #count = 0

  /** `prefix`: unguessable, so that ids of another run are never taken for ours. */
  constructor(prefix: string) {
    this.#prefix = prefix
  }

  give(connection: ConnectionName, generation: number, caller: Caller): LeaseId {
    this.#count += 1
    const id = `${this.#prefix}-${this.#count.toString(36)}` as LeaseId
    this.#leased.set(id, { connection, generation, uid: caller.uid })
    if (this.#leased.size > REMEMBERED) this.#forgetOldest()
    return id
  }

  /** The generation a lease of this connection handed to this user stands for; undefined when unknown. */
  generationOf(id: LeaseId, connection: ConnectionName, caller: Caller): number | undefined {
    const leased = this.#leased.get(id)
    if (leased?.connection !== connection || leased.uid !== caller.uid) return undefined
    return leased.generation
  }

  #forgetOldest(): void {
    const oldest = this.#leased.keys().next()
    if (!oldest.done) this.#leased.delete(oldest.value)
  }
}
