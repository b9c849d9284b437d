/** What the socket keeps on record, whom it lets in, and how it stops. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { Refusal } from '../../shared/contract/errors.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import { leaseFor, statusFor } from '../fakes/fakeBroker.js'
import { caller, errorIn, ListeningServer, OWNER, TOKEN, type Call } from './listeningServer.js'

suite('socket server', () => {
  let server: ListeningServer
  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

  suite('the record', () => {
    const recorded: ReadonlyArray<readonly [string, string, Call, string, string]> = [
      ['a refused lease', `${TOKEN}?min_validity=x`, {}, 'bad_request', 'github'],
      [
        'a web page asking for an access token',
        TOKEN,
        { headers: { Origin: 'null' } },
        'forbidden_origin',
        'github',
      ],
      ['a web page asking anything', '/v1/status', { headers: { Origin: 'null' } }, 'forbidden_origin', ''],
      [
        'a refused refresh',
        '/v1/connections/nobody/refresh',
        { method: 'POST' },
        'unknown_connection',
        'nobody',
      ],
      ['a refused addition', '/v1/connections', { method: 'POST', body: '{' }, 'bad_request', ''],
    ]
    for (const [what, path, call, outcome, connection] of recorded) {
      test(`${what} leaves a line with caller, connection and outcome`, async () => {
        await server.call(path, call)
        assert.deepEqual(server.audit, [
          {
            time: '2030-01-01T00:00:00.000Z',
            event: 'refusal',
            connection,
            caller: { uid: OWNER, pid: caller.pid, executable: caller.executable },
            outcome,
            generation: 0,
            fingerprint: '',
          },
        ])
      })
    }

    test('a token given in the place of a name is not kept, and a long name of ours is', async () => {
      const token = 'Zk3uV0qWm1xT-8bLr5YcN2eHs7dAaPfJgKi4oQtXw9'
      for (const name of [token, token.toLowerCase()]) {
        await server.call(`/v1/connections/${name}/access-token`)
        await server.call(`/v1/connections/${name}/refresh`, { method: 'POST' })
      }
      assert.deepEqual(
        server.audit.map(({ connection }) => connection),
        ['', '', '', ''],
      )
      const known = ConnectionName.parse('the-one-of-the-integration-tests')
      server.broker.connections = () => [statusFor(known)]
      await server.call(`/v1/connections/${known}/access-token?min_validity=x`)
      assert.equal(server.audit.at(-1)?.connection, known)
    })

    test('refused reads leave no line', async () => {
      await server.call('/v1/audit?limit=x')
      await server.call('/v1/nothing')
      await server.call('/v1/status', { headers: { 'Fob-Protocol': '7' } })
      assert.deepEqual(server.audit, [])
    })

    test('a refusal stands when its line cannot be written', async () => {
      server.auditFault = new Refusal('store_unwritable', 'the disk is full')
      const answer = await server.call(`${TOKEN}?min_validity=x`)
      assert.equal(answer.status, 400)
      assert.equal(server.logged.length, 1)
    })
  })

  suite('gatekeeper', () => {
    test('refuses another user whatever they ask, once in the record', async () => {
      server.peer = () => ({ ...caller, uid: OWNER + 1 })
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      const answer = await server.call(TOKEN, { agent, headers: { Accept: 'text/plain' } })
      agent.destroy()
      assert.equal(answer.status, 403)
      assert.equal(errorIn(answer).code, 'refused_by_policy')
      assert.equal(errorIn(answer).fix, 'fob up')
      assert.equal(answer.headers.connection, 'close')
      assert.deepEqual(server.broker.calls, [])
      assert.deepEqual(
        server.audit.map(({ event, outcome, caller: by }) => [event, outcome, by?.uid]),
        [['refusal', 'refused_by_policy', OWNER + 1]],
      )
    })

    test('refuses another user on the table routes and on hello too', async () => {
      server.peer = () => ({ ...caller, uid: 0 })
      assert.equal((await server.call('/v1/hello')).status, 403)
      assert.equal((await server.call('/v1/shutdown', { method: 'POST', body: '{}' })).status, 403)
      assert.deepEqual(server.shutdowns, [])
    })

    test('cuts a peer the kernel cannot name, and records that', async () => {
      server.peer = () => {
        throw new Error('gone')
      }
      await assert.rejects(server.call('/v1/hello'))
      assert.deepEqual(
        server.audit.map(({ event, caller: by }) => [event, by]),
        [['refusal', null]],
      )
      const silent = connect(server.socket)
      silent.resume()
      await once(silent, 'close')
    })
  })

  suite('stopping', () => {
    test('lets a waiting caller have its answer, takes nobody new, then is done', async () => {
      let arrive: () => void = () => undefined
      const asked = new Promise<void>((resolve) => {
        server.broker.onLease = () => {
          resolve()
          return new Promise((done) => (arrive = () => done(leaseFor(ConnectionName.parse('github')))))
        }
      })
      const waiting = server.call(TOKEN, { agent: new Agent({ keepAlive: true }) })
      await asked
      const stopped = server.api.stop('shutdown')
      await assert.rejects(server.call('/v1/hello'))
      arrive()
      const answer = await waiting
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.connection, 'close')
      await stopped
    })

    test('lets go of kept connections that say nothing', async () => {
      const socket = connect(server.socket)
      socket.write('GET /v1/hello HTTP/1.1\r\n\r\n')
      await once(socket, 'data')
      const closed = once(socket, 'close')
      await server.api.stop('upgrade')
      await closed
    })

    test('a listener that does not take its leave holds nothing up', async () => {
      const upgrade = { Connection: 'Upgrade', Upgrade: 'websocket', 'Sec-WebSocket-Version': '13' }
      const headers = { ...upgrade, 'Sec-WebSocket-Key': 'ZG9lcyBub3QgbWF0dGVyIQ==' }
      const asking = request({ socketPath: server.socket, path: '/v1/events', headers }).end()
      await once(asking, 'upgrade')
      const begin = performance.now()
      await server.api.stop('upgrade')
      // A running request may take 20 s, and a caller in another process waits for 10.
      assert.ok(performance.now() - begin < 5_000)
    })

    test('answers a call on a kept connection while stopping, and says it is the last', async () => {
      let arrive: () => void = () => undefined
      const asked = new Promise<void>((resolve) => {
        server.broker.onLease = () => {
          resolve()
          return new Promise((done) => (arrive = () => done(leaseFor(ConnectionName.parse('github')))))
        }
      })
      const socket = connect(server.socket)
      socket.setEncoding('utf8')
      socket.write(`GET ${TOKEN} HTTP/1.1\r\n\r\n`)
      await asked
      const stopped = server.api.stop('upgrade')
      socket.write('GET /v1/hello HTTP/1.1\r\n\r\n')
      arrive()
      let all = ''
      for await (const part of socket) all += String(part)
      assert.match(all, /access-token-of-github/)
      await stopped
    })
  })
})
