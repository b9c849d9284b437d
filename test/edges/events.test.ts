import assert from 'node:assert/strict'
import { once } from 'node:events'
import { request } from 'node:http'
import { WebSocket } from 'ws'
import { DaemonEvent } from '../../shared/contract/events.js'
import { statusFor } from '../fakes/fakeBroker.js'
import { caller, ListeningServer, OWNER } from './listeningServer.js'

/** Collects events and lets a test wait for the next one. */
class Listening {
  readonly socket: WebSocket
  readonly #events: DaemonEvent[] = []
  #waiting: Array<(event: DaemonEvent) => void> = []

  constructor(path: string, options: { autoPong?: boolean; headers?: Record<string, string> } = {}) {
    this.socket = new WebSocket(`ws+unix:${path}`, options)
    this.socket.on('error', () => undefined)
    this.socket.on('message', (message: Buffer) => {
      const event = DaemonEvent.parse(JSON.parse(message.toString()))
      const first = this.#waiting.shift()
      if (first === undefined) this.#events.push(event)
      else first(event)
    })
  }

  next(): Promise<DaemonEvent> {
    const event = this.#events.shift()
    return event === undefined
      ? new Promise((resolve) => this.#waiting.push(resolve))
      : Promise.resolve(event)
  }
}

suite('events', () => {
  let server: ListeningServer
  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

  const listen = (query = '', options = {}): Listening =>
    new Listening(`${server.socket}:/v1/events${query}`, options)

  test('a listener gets the whole picture first, then what changes, in order', async () => {
    const listener = listen()
    const snapshot = await listener.next()
    assert.equal(snapshot.type, 'snapshot')
    for (const generation of [2, 3]) {
      server.broker.publish({ type: 'connection', connection: { ...statusFor('github'), generation } })
    }
    for (const generation of [2, 3]) {
      const event = await listener.next()
      assert.ok(event.type === 'connection')
      assert.equal(event.connection.generation, generation)
    }
    listener.socket.close()
  })

  test('a change in the very turn of the snapshot is not lost', async () => {
    const connections = server.broker.connections()
    server.broker.connections = () => {
      // Runs right after the turn in which the snapshot is taken.
      queueMicrotask(() => server.broker.publish({ type: 'connection', connection: statusFor('gitlab') }))
      return connections
    }
    const listener = listen()
    assert.equal((await listener.next()).type, 'snapshot')
    assert.equal((await listener.next()).type, 'connection')
    listener.socket.close()
  })

  test('audit entries go to those who asked for them, once', async () => {
    const plain = listen()
    const auditing = listen('?audit=true')
    await plain.next()
    await auditing.next()
    await server.call('/v1/connections/nobody/refresh', { method: 'POST' })
    for (const entry of server.audit) server.broker.publish({ type: 'audit', entry })
    server.broker.publish({ type: 'connectionRemoved', name: statusFor('github').name })
    const heard = await auditing.next()
    assert.ok(heard.type === 'audit')
    assert.equal(heard.entry.outcome, 'unknown_connection')
    assert.equal((await auditing.next()).type, 'connectionRemoved')
    assert.equal((await plain.next()).type, 'connectionRemoved')
    plain.socket.close()
    auditing.socket.close()
  })

  test('a listener that answers pings stays, one that does not is let go', async () => {
    const alive = listen()
    const dead = listen('', { autoPong: false })
    await alive.next()
    await dead.next()
    const pinged = Promise.all([once(alive.socket, 'ping'), once(dead.socket, 'ping')])
    await server.clock.advance(30_000)
    await pinged
    // The pong is on its way; a call after it on the same loop sees it processed.
    await server.call('/v1/hello')
    const gone = once(dead.socket, 'close')
    const again = once(alive.socket, 'ping')
    await server.clock.advance(30_000)
    await gone
    await again
    alive.socket.close()
  })

  test('a reader a megabyte behind is cut, and the others are not', async () => {
    const slow = listen()
    const quick = listen()
    await slow.next()
    await quick.next()
    slow.socket.pause()
    const gone = new Promise((resolve) => slow.socket.on('close', resolve))
    const big = { ...statusFor('github'), reason: 'x'.repeat(200_000) }
    for (let sent = 0; sent < 20; sent++) {
      server.broker.publish({ type: 'connection', connection: big })
      await quick.next()
    }
    slow.socket.resume()
    await gone
    assert.equal(quick.socket.readyState, WebSocket.OPEN)
    quick.socket.close()
  })

  test('says why it stops and lets everybody go', async () => {
    const listener = listen()
    await listener.next()
    const closed = once(listener.socket, 'close')
    const stopped = server.api.stop('upgrade')
    assert.deepEqual(await listener.next(), { type: 'stopping', reason: 'upgrade' })
    assert.equal((await closed)[0], 1001)
    await stopped
    assert.equal(server.broker.listeners, 0)
  })

  const refusedUpgrade = (path: string, headers: Record<string, string> = {}): Promise<number> =>
    new Promise((resolve, reject) => {
      const asking = request({
        socketPath: server.socket,
        path,
        headers: {
          Connection: 'Upgrade',
          Upgrade: 'websocket',
          'Sec-WebSocket-Version': '13',
          'Sec-WebSocket-Key': 'AAAAAAAAAAAAAAAAAAAAAA==',
          ...headers,
        },
      })
      asking.on('response', (response) => resolve(response.statusCode ?? 0))
      asking.on('upgrade', (_response, socket) => {
        socket.destroy()
        resolve(101)
      })
      asking.on('error', reject)
      asking.end()
    })

  test('an upgrade passes the same gates as a request', async () => {
    assert.equal(await refusedUpgrade('/v1/events'), 101)
    assert.equal(await refusedUpgrade('/v1/events', { Origin: 'http://evil.test' }), 403)
    assert.equal(await refusedUpgrade('/v1/events', { 'Sec-Fetch-Mode': 'websocket' }), 403)
    assert.equal(await refusedUpgrade('/v1/events', { 'Fob-Protocol': '2' }), 400)
    assert.equal(await refusedUpgrade('/v1/status'), 404)
    server.peer = () => ({ ...caller, uid: OWNER + 1 })
    assert.equal(await refusedUpgrade('/v1/events'), 403)
  })
})
