/**
 * Ends connections on which a request does not come in time. Node's own watch over them wakes the process every
 * few seconds for ever; this one looks only while somebody is connected, so an idle daemon sleeps.
 * Between two requests a connection may rest: that limit is Node's keep-alive.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Cancel, Clock } from '../core/ports.js'
import { LIMITS } from './requestGuard.js'

/** Node's longest timer: its own look-out never looks. */
export const NEVER_MS = 2 ** 31 - 1

interface Client {
  /** Monotonic. Since when the request that is coming, or the next one, has been waited for. */
  since: number
  /** Bytes that had come by then; more of them are a head that is under way. */
  bytes: number
  request: IncomingMessage | undefined
  response: ServerResponse | undefined
}

export class SlowClients {
  readonly #clock: Clock
  readonly #end: (socket: Socket) => void
  readonly #clients = new Map<Socket, Client>()
  #cancel: Cancel | undefined

  /** `end` is called once for each connection that is too slow. */
  constructor(clock: Clock, end: (socket: Socket) => void) {
    this.#clock = clock
    this.#end = end
  }

  /** A first request is expected at once: -1 makes also none at all one that is under way. */
  connected(socket: Socket): void {
    this.#clients.set(socket, {
      since: this.#clock.monotonic(),
      bytes: -1,
      request: undefined,
      response: undefined,
    })
    socket.once('close', () => this.forget(socket))
    this.#cancel ??= this.#clock.wake(LIMITS.checkMs, () => this.#look())
  }

  /** The head of a request is there. */
  requested(request: IncomingMessage, response: ServerResponse): void {
    const client = this.#clients.get(request.socket)
    if (client === undefined) return
    client.request = request
    client.response = response
    client.since = this.#clock.monotonic()
  }

  /** It speaks another protocol from now on, or is gone. */
  forget(socket: Socket): void {
    this.#clients.delete(socket)
  }

  stop(): void {
    this.#cancel?.()
  }

  #look(): void {
    const now = this.#clock.monotonic()
    for (const [socket, client] of this.#clients) {
      if (!isTooSlow(socket, client, now)) continue
      this.#clients.delete(socket)
      this.#end(socket)
    }
    this.#cancel = this.#clients.size === 0 ? undefined : this.#clock.wake(LIMITS.checkMs, () => this.#look())
  }
}

function isTooSlow(socket: Socket, client: Client, now: number): boolean {
  const { request, response } = client
  if (request !== undefined && !request.complete) return now - client.since > LIMITS.requestMs
  if (response !== undefined && !response.writableFinished) return false
  const resting = request !== undefined || socket.bytesRead === client.bytes
  if (!resting) return now - client.since > LIMITS.headersMs
  client.request = undefined
  client.response = undefined
  client.since = now
  client.bytes = socket.bytesRead
  return false
}
