/** Which lease id names which generation of which connection, so that its holder can report a failure. */
import type { ConnectionName, LeaseId } from '../../../shared/contract/ids.js'
import type { Caller } from '../ports.js'

/** The newest leases are remembered; 20,000 are some megabytes and hours of heavy use. */
const REMEMBERED = 20_000

/** Ids are short, and their numbers are written with as few characters as letters and digits allow. */
const RADIX = 36

/** One of `REMEMBERED` places. What is in it gives way to the lease that comes so many later. */
interface Place {
  number: number
  connection: ConnectionName
  generation: number
  uid: number
  /** Of an access token beside the grant's own. */
  beside: string | undefined
}

/**
 * Places are written over and never removed: at thousands of leases a second, taking the oldest out of a map
 * costs more than all else that a lease takes, and each entry would be one more for the collector to move.
 */
export class Leases {
  readonly #prefix: string
  readonly #places: Place[] = []
  #count = 0

  /** `prefix`: unguessable, so that ids of another run are never taken for ours. */
  constructor(prefix: string) {
    this.#prefix = `${prefix}-`
  }

  give(connection: ConnectionName, generation: number, { uid }: Caller, beside?: string): LeaseId {
    const number = this.#count++
    const place = this.#places[number % REMEMBERED]
    if (place === undefined) {
      this.#places.push({ number, connection, generation, uid, beside })
    } else {
      place.number = number
      place.connection = connection
      place.generation = generation
      place.uid = uid
      place.beside = beside
    }
    return this.#idOf(number)
  }

  /** The generation a lease of this connection handed to this user stands for; undefined when unknown. */
  generationOf(id: LeaseId, connection: ConnectionName, { uid }: Caller): number | undefined {
    const place = this.#placeOf(id)
    if (place === undefined) return undefined
    return place.connection === connection && place.uid === uid ? place.generation : undefined
  }

  /** Which access token beside the grant's own it is for; undefined for the own. */
  besideOf(id: LeaseId): string | undefined {
    return this.#placeOf(id)?.beside
  }

  #placeOf(id: LeaseId): Place | undefined {
    if (!id.startsWith(this.#prefix)) return undefined
    const number = parseInt(id.slice(this.#prefix.length), RADIX)
    const place = this.#places[number % REMEMBERED]
    // Only the exact text that was given is an id, not another spelling of its number.
    return place?.number !== number || this.#idOf(number) !== id ? undefined : place
  }

  #idOf(number: number): LeaseId {
    return `${this.#prefix}${number.toString(RADIX)}` as LeaseId
  }
}
