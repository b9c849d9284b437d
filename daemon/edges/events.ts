/**
 * `WS /v1/events`: tells listeners what changes. The snapshot is sent and the listener joined in the same turn,
 * so nothing falls between them. Each event is written as text once, however many listen.
 * Listeners are read from no further than the protocol needs: what they say is ignored.
 */
import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { DaemonEvent } from '../../shared/contract/events.js'
import type { Approvals } from '../core/policy/approvals.js'
import type { Recorder } from '../core/audit.js'
import type { Caller, Cancel, Clock } from '../core/ports.js'
import { statusOf, type StatusParts } from './routes/status.js'

/** Nothing a listener sends is used; this bounds what one frame can make us hold. */
const MAX_MESSAGE_BYTES = 65_536
/** A listener that is a megabyte behind reads too slowly to be worth the memory; it gets a new snapshot later. */
const MAX_BEHIND_BYTES = 1_048_576
/** Finds listeners that vanished without a word, such as a suspended editor. */
const PING_MS = 30_000
/** RFC 6455 §7.4.1. */
const GOING_AWAY = 1001

/** What a listener asked for beside what everybody is told. */
export interface Wishes {
  readonly audit: boolean
  /** It puts questions to a person, as an editor does. */
  readonly approvals: boolean
}

interface Listener {
  readonly wishes: Wishes
  readonly caller: Caller
  /** Whether the last ping was answered. */
  alive: boolean
}

export interface EventParts extends StatusParts {
  readonly recorder: Recorder
  readonly approvals: Approvals
  readonly clock: Clock
}

export class Events {
  readonly #parts: EventParts
  readonly #listeners = new Map<WebSocket, Listener>()
  readonly #sockets = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: MAX_MESSAGE_BYTES,
    perMessageDeflate: false,
  })
  readonly #sources: readonly Cancel[]
  #nextPing: Cancel | undefined

  constructor(parts: EventParts) {
    const { broker, recorder, approvals } = parts
    this.#parts = parts
    this.#sources = [
      broker.subscribe((event) => {
        // The record has its own source, so each entry is told once whoever else forwards it.
        if (event.type !== 'audit') this.#tell(event)
      }),
      recorder.subscribe((entry) => this.#tell({ type: 'audit', entry })),
      approvals.subscribe(() => this.#tell(this.#questions())),
    ]
  }

  /** Makes a listener of an upgrade request that was let in. */
  admit(request: IncomingMessage, socket: Duplex, head: Buffer, caller: Caller): void {
    const wishes = wishesIn(request.url ?? '')
    this.#sockets.handleUpgrade(request, socket, head, (listener) => this.#join(listener, wishes, caller))
  }

  /** Whether this process listens for questions that it puts to a person. */
  asks({ pid, startTime }: Caller): boolean {
    return [...this.#listeners.values()].some(
      ({ wishes, caller }) => wishes.approvals && caller.pid === pid && caller.startTime === startTime,
    )
  }

  /** Says goodbye and lets everybody go. */
  stop(reason: 'shutdown' | 'upgrade'): void {
    for (const cancel of this.#sources) cancel()
    this.#nextPing?.()
    this.#tell({ type: 'stopping', reason })
    for (const listener of this.#listeners.keys()) listener.close(GOING_AWAY, reason)
  }

  /** Cuts listeners that did not leave when told. */
  cut(): void {
    for (const listener of this.#listeners.keys()) listener.terminate()
  }

  #join(socket: WebSocket, wishes: Wishes, caller: Caller): void {
    const listener = { wishes, caller, alive: true }
    socket.on('pong', () => (listener.alive = true))
    socket.on('close', () => this.#listeners.delete(socket))
    // A broken frame or a reset ends in `close`, which is all there is to do.
    socket.on('error', () => undefined)
    socket.send(textOf({ type: 'snapshot', status: statusOf(this.#parts) }))
    const questions = this.#questions()
    if (questions.pending.length > 0) socket.send(textOf(questions))
    this.#listeners.set(socket, listener)
    this.#nextPing ??= this.#parts.clock.wake(PING_MS, () => this.#ping())
  }

  #tell(event: DaemonEvent): void {
    if (this.#listeners.size === 0) return
    const text = textOf(event)
    for (const [socket, { wishes }] of this.#listeners) {
      if (event.type === 'audit' && !wishes.audit) continue
      if (socket.bufferedAmount > MAX_BEHIND_BYTES) socket.terminate()
      else socket.send(text)
    }
  }

  #questions(): Extract<DaemonEvent, { type: 'approvals' }> {
    return { type: 'approvals', pending: this.#parts.approvals.pending() }
  }

  #ping(): void {
    this.#nextPing = undefined
    for (const [socket, listener] of this.#listeners) {
      if (!listener.alive) {
        socket.terminate()
        continue
      }
      listener.alive = false
      socket.ping()
    }
    if (this.#listeners.size > 0) this.#nextPing = this.#parts.clock.wake(PING_MS, () => this.#ping())
  }
}

function wishesIn(url: string): Wishes {
  const query = new URLSearchParams(url.split('?', 2)[1] ?? '')
  return { audit: query.get('audit') === 'true', approvals: query.get('approvals') === 'true' }
}

const textOf = (event: DaemonEvent): string => JSON.stringify(event)
