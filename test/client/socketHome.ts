/** A home with a run directory, as a daemon leaves it, and whatever a test puts into it. */
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export class SocketHome {
  readonly home = mkdtempSync(join(tmpdir(), 'fob-client-'))
  readonly run = join(this.home, 'run')
  readonly socket = join(this.run, 'fob.sock')
  readonly env = { FOB_HOME: this.home }
  /** Node's own list forgets those that became WebSockets. */
  readonly #sockets = new Set<Socket>()
  #server: Server | undefined

  constructor() {
    mkdirSync(this.run, { mode: 0o700 })
    chmodSync(this.run, 0o700)
  }

  /** Resolves once it listens, on a socket only this user may use. */
  async listen(listener: RequestListener, backlog = 511): Promise<Server> {
    const server = createServer(listener).listen({ path: this.socket, backlog })
    this.#server = server
    server.on('connection', (socket: Socket) => {
      this.#sockets.add(socket)
      socket.once('close', () => this.#sockets.delete(socket))
    })
    await once(server, 'listening')
    chmodSync(this.socket, 0o600)
    return server
  }

  /** Closes the server and every connection. Its socket file goes with it. */
  async close(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    if (!server) return
    for (const socket of this.#sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  }

  /** Resolves once nobody is connected any more. */
  async disconnected(): Promise<void> {
    await Promise.all([...this.#sockets].map((socket) => new Promise((end) => socket.once('close', end))))
  }

  async remove(): Promise<void> {
    await this.close()
    rmSync(this.home, { recursive: true, force: true })
  }
}
