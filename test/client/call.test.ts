import assert from 'node:assert/strict'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { Caller } from '../../shared/client/call.js'
import { DaemonUnreachable } from '../../shared/client/unreachable.js'
import { Refusal } from '../../shared/contract/errors.js'
import { SocketHome } from './socketHome.js'

const hello = { product: 'fob', version: '9.9.9', protocol: 1, capabilities: [], pid: 42 }

const answerJson = (answer: ServerResponse, value: unknown, status = 200): void => {
  answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(value))
}

const stopping = new Refusal('stopping', 'the daemon is ending').toBody()

suite('client/call', () => {
  let place: SocketHome
  let caller: Caller

  setup(() => {
    place = new SocketHome()
    caller = new Caller(place.env)
  })

  teardown(async () => {
    caller.close()
    await place.remove()
  })

  test('sends what the route table says and gives its answer', async () => {
    const seen: string[] = []
    await place.listen((request, answer) => {
      void text(request).then((body) => {
        seen.push(`${request.method} ${request.url} ${request.headers['fob-protocol']?.toString()} ${body}`)
        answerJson(answer, { connection: 'work', generation: 3, replaced: true })
      })
    })
    const answer = await caller.call('reject', { params: { c: 'work' }, body: { lease: 'abcdefgh' } })
    assert.equal(answer.replaced, true)
    assert.deepEqual(seen, ['POST /v1/connections/work/reject 1 {"lease":"abcdefgh"}'])
  })

  test('puts a query into the URL, with what is undefined left out', async () => {
    let url: string | undefined
    await place.listen((request, answer) => {
      url = request.url
      answerJson(answer, { entries: [] })
    })
    await caller.call('audit', { query: { limit: '5', connection: undefined } })
    assert.equal(url, '/v1/audit?limit=5')
  })

  test('refuses input the daemon would refuse, by field, without asking', async () => {
    const asked = caller.call('accessToken', { params: { c: '../etc' } })
    await assert.rejects(asked, (error) => error instanceof Refusal && error.field === 'params.c')
  })

  test('gives back the daemon’s refusal with code, fix and time', async () => {
    const retryAt = Date.parse('2030-01-01T00:00:00.000Z')
    const refusal = new Refusal('retry_later', 'no network', { fix: 'fob status', retryAt })
    await place.listen((_request, answer) => answerJson(answer, refusal.toBody(), refusal.status))
    await assert.rejects(caller.call('refresh', { params: { c: 'work' } }), (error) => {
      assert.ok(error instanceof Refusal)
      assert.deepEqual([error.code, error.fix, error.retryAt], ['retry_later', 'fob status', retryAt])
      return true
    })
  })

  test('tells absent from what is not fob, and says how to make room for fob', async () => {
    assert.equal(await caller.hello(), undefined)
    await place.listen((_request, answer) => answer.end('<html>'))
    await assert.rejects(caller.hello(), (error) => {
      assert.ok(error instanceof DaemonUnreachable)
      assert.equal(error.kind, 'foreign')
      assert.equal(error.message, `what answers at ${place.socket} is not fob`)
      assert.equal(error.fix, `mv '${place.socket}' '${place.socket}.old' && fob up`)
      return true
    })
  })

  test('tells what speaks no HTTP from a daemon that broke off', async () => {
    const server = createServer((socket) => socket.end('SSH-2.0-other\r\n')).listen(place.socket)
    await once(server, 'listening')
    chmodSync(place.socket, 0o600)
    await assert.rejects(caller.hello(), { kind: 'foreign' })
    server.close()
  })

  /** Breaks the connection of the first request it sees. */
  const breakFirst = (seen: string[]) => (request: IncomingMessage, answer: ServerResponse) => {
    seen.push(request.method ?? '')
    if (seen.length === 1) request.destroy()
    else answerJson(answer, hello)
  }

  test('asks once more when a connection breaks before the answer to a GET', async () => {
    const seen: string[] = []
    await place.listen(breakFirst(seen))
    assert.equal((await caller.call('hello', {})).version, '9.9.9')
    assert.deepEqual(seen, ['GET', 'GET'])
  })

  test('a daemon that dies is nobody, though it takes a connection more', async () => {
    let seen = 0
    const server = await place.listen((request, answer) => {
      seen += 1
      if (seen === 1) return answerJson(answer, hello)
      request.destroy()
      // The kept connection, and the first of its own; then there is nobody.
      if (seen === 3) server.close()
    })
    await caller.call('hello', {})
    assert.equal(await caller.hello(), undefined)
    assert.equal(seen, 3)
  })

  test('what breaks every connection is not asked for ever', async () => {
    let seen = 0
    await place.listen((request) => {
      seen += 1
      request.destroy()
    })
    await assert.rejects(caller.call('hello', {}), { name: 'DaemonUnreachable', kind: 'lost' })
    assert.ok(seen > 1)
  })

  test('never sends a POST twice when nobody knows what became of it', async () => {
    const seen: string[] = []
    await place.listen(breakFirst(seen))
    await assert.rejects(caller.call('refresh', { params: { c: 'work' } }), DaemonUnreachable)
    assert.deepEqual(seen, ['POST'])
  })

  test('waits for the next daemon while one is stopping, with any method', async () => {
    let asked = 0
    await place.listen((_request, answer) => {
      asked++
      if (asked < 3) answerJson(answer, stopping, 503)
      else answerJson(answer, { connection: 'work', generation: 1, expiresAt: null })
    })
    assert.equal((await caller.call('refresh', { params: { c: 'work' } })).generation, 1)
    assert.equal(asked, 3)
  })

  test('finds a daemon that was replaced since the last call', async () => {
    await place.listen((_request, answer) => answerJson(answer, hello))
    await caller.call('hello', {})
    await place.close()
    await place.listen((_request, answer) => answerJson(answer, { ...hello, pid: 43 }))
    assert.equal((await caller.call('hello', {})).pid, 43)
  })

  test('all of a crowd are answered though the backlog holds one', async () => {
    await place.listen((_request, answer) => answerJson(answer, hello), 1)
    const callers = Array.from({ length: 60 }, () => new Caller(place.env))
    const pids = await Promise.all(callers.map(async (one) => (await one.call('hello', {})).pid))
    for (const one of callers) one.close()
    assert.deepEqual(new Set(pids), new Set([42]))
  })
})
