import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { text } from 'node:stream/consumers'
import { LIMITS } from '../../daemon/edges/requestGuard.js'
import { ListeningServer } from './listeningServer.js'

const HELLO = 'GET /v1/hello HTTP/1.1\r\nHost: fob\r\n\r\n'
const ADDING = 'POST /v1/connections HTTP/1.1\r\nContent-Length: 9\r\n\r\n{"na'

suite('slow clients', () => {
  let server: ListeningServer
  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

  const connected = async (): Promise<Socket> => {
    const arrived = once(server.api, 'connection')
    const socket = connect(server.socket)
    await arrived
    return socket
  }

  /** Writes, and resolves once the server has read it. */
  const sent = async (socket: Socket, bytes: string): Promise<void> => {
    const before = server.bytesRead
    socket.write(bytes)
    while (server.bytesRead < before + bytes.length) await new Promise(setImmediate)
  }

  const answerOn = (socket: Socket): Promise<string> =>
    new Promise((resolve) => socket.once('data', (bytes) => resolve(String(bytes))))

  const hello = async (socket: Socket): Promise<void> => {
    socket.write(HELLO)
    assert.match(await answerOn(socket), /^HTTP\/1\.1 200 /)
  }

  const ended = async (socket: Socket): Promise<void> => {
    assert.match(await text(socket), /^HTTP\/1\.1 400 [^]*"bad_request"/)
  }

  test('nobody connected, nobody wakes', async () => {
    assert.equal(server.clock.nextWake(), undefined)
    const socket = await connected()
    assert.equal(server.clock.nextWake(), LIMITS.checkMs)
    socket.destroy()
    while (server.connected > 0) await new Promise(setImmediate)
    await server.clock.advance(LIMITS.checkMs)
    assert.equal(server.clock.nextWake(), undefined)
  })

  test('one that says nothing, or half of a head, is told so and ended', async () => {
    const silent = await connected()
    const half = await connected()
    await sent(half, HELLO.slice(0, 20))
    await server.clock.advance(LIMITS.headersMs + LIMITS.checkMs)
    await ended(silent)
    await ended(half)
  })

  test('one that drips its second head is ended, however lively', async () => {
    const socket = await connected()
    await hello(socket)
    await server.clock.advance(LIMITS.checkMs)
    const end = ended(socket)
    for (let passed = 0; passed <= LIMITS.headersMs + LIMITS.checkMs; passed += LIMITS.checkMs) {
      if (socket.writable) await sent(socket, 'G')
      await server.clock.advance(LIMITS.checkMs)
    }
    await end
  })

  test('a body that does not come is waited for as long as a request may take', async () => {
    const socket = await connected()
    await sent(socket, ADDING)
    await server.clock.advance(LIMITS.requestMs - 1)
    assert.equal(socket.destroyed, false)
    await server.clock.advance(LIMITS.checkMs + 1)
    await ended(socket)
    assert.deepEqual(server.broker.calls, [])
  })

  test('a connection that rests, or waits for its answer, is left alone', async () => {
    const resting = await connected()
    await hello(resting)
    const waiting = await connected()
    let looked = () => {}
    server.broker.onLook = new Promise<void>((resolve) => (looked = resolve))
    await sent(waiting, HELLO.replace('hello', 'status'))
    for (let passed = 0; passed < 2 * LIMITS.requestMs; passed += LIMITS.checkMs) {
      await server.clock.advance(LIMITS.checkMs)
    }
    looked()
    assert.match(await answerOn(waiting), /^HTTP\/1\.1 200 /)
    await hello(resting)
    for (const socket of [resting, waiting]) socket.destroy()
  })
})
