/**
 * Knows who is on the other end of each connection. The kernel is asked once, when the connection arrives,
 * and the answer stays with the socket: what the peer says about itself later counts for nothing.
 * A peer the kernel cannot name is cut; a peer of another user is refused whatever it asks.
 */
import type { Socket } from 'node:net'
import { Refusal } from '../../shared/contract/errors.js'
import { ConnectionName, type Scope } from '../../shared/contract/ids.js'
import type { Action } from '../../shared/contract/route.js'
import type { Approvals, Asked } from '../core/policy/approvals.js'
import { decide, isAsked, type Decision, type Owner, type Rule } from '../core/policy/policy.js'
import type { Caller, PeerCredentials } from '../core/ports.js'
import type { RefusalDesk } from './refusalDesk.js'

export type Admission =
  | { readonly kind: 'admitted'; readonly caller: Caller }
  | { readonly kind: 'refused'; readonly refusal: Refusal }

/** What it decides by beside the user. */
export interface House {
  readonly ownerUid: number
  /** Those in force now. */
  readonly rules: () => readonly Rule[]
  readonly approvals: Approvals
  /** undefined for a connection that is not there: nobody is asked about it. */
  readonly ownerOf: (connection: string) => Owner | undefined
  /** undefined once it is known which connections there are; else resolves when it is, or rejects with a Refusal. */
  readonly opening: () => Promise<void> | undefined
}

export class Gatekeeper {
  readonly #peers: PeerCredentials
  readonly #house: House
  readonly #desk: RefusalDesk
  readonly #admissions = new WeakMap<Socket, Admission>()

  constructor(peers: PeerCredentials, house: House, desk: RefusalDesk) {
    this.#peers = peers
    this.#house = house
    this.#desk = desk
  }

  /** Call it for each new connection, before a byte of it is read. */
  receive(socket: Socket): void {
    const caller = this.#identify(socket)
    if (caller === undefined) {
      this.#desk.record(new Refusal('refused_by_policy', 'the kernel does not say who connected'), {})
      socket.destroy()
      return
    }
    const refusal = this.mayNot(caller, 'read', '')
    if (refusal !== undefined) this.#desk.record(refusal, { caller })
    this.#admissions.set(
      socket,
      refusal === undefined ? { kind: 'admitted', caller } : { kind: 'refused', refusal },
    )
  }

  /** undefined for a connection that was cut. */
  admissionOf(socket: Socket): Admission | undefined {
    return this.#admissions.get(socket)
  }

  /**
   * Rules are about connections, so who asks before those are known has to wait: undefined when nobody has to. To be
   * called before `mayNot`.
   */
  ready(action: Action): Promise<void> | undefined {
    const { rules, opening } = this.#house
    return isAsked(action) && rules().length > 0 ? opening() : undefined
  }

  /** The refusal when policy denies this call. */
  mayNot(caller: Caller, action: Action, connection: string): Refusal | undefined {
    const decision = this.#decide(caller, action, connection)
    if (decision.kind !== 'deny') return undefined
    return new Refusal('refused_by_policy', decision.reason, { fix: decision.fix })
  }

  /**
   * Asks the person when policy wants that: undefined when nobody has to be asked, or said Yes before. To be
   * called once `mayNot` is passed. Throws a Refusal for a No that was said before.
   */
  ask(caller: Caller, action: Action, connection: string, scopes: readonly Scope[] = []): Asked | undefined {
    const decision = this.#decide(caller, action, connection)
    const { approvals, ownerOf } = this.#house
    if (decision.kind !== 'ask' || ownerOf(connection) === undefined) return undefined
    return approvals.ask({
      caller,
      connection: ConnectionName.parse(connection),
      action: decision.action,
      scopes,
    })
  }

  #decide(caller: Caller, action: Action, connection: string): Decision {
    const { ownerUid, rules, ownerOf } = this.#house
    return decide({ caller, action, connection, owner: () => ownerOf(connection) }, ownerUid, rules())
  }

  #identify(socket: Socket): Caller | undefined {
    const descriptor = descriptorOf(socket)
    if (descriptor === undefined) return undefined
    try {
      return this.#peers.of(descriptor)
    } catch {
      return undefined
    }
  }
}

/** Node has no public name for a socket's descriptor; this is the one place that knows its private one. */
function descriptorOf(socket: Socket): number | undefined {
  const handle: unknown = Reflect.get(socket, '_handle')
  if (typeof handle !== 'object' || handle === null || !('fd' in handle)) return undefined
  return typeof handle.fd === 'number' && handle.fd >= 0 ? handle.fd : undefined
}
