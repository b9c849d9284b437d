import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { Agent, request } from 'node:http'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { Status } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import { routes, type RouteName } from '../../shared/contract/routes.js'
import { LIMITS } from '../../daemon/edges/requestGuard.js'
import { leaseFor, statusFor } from '../fakes/fakeBroker.js'
import { caller, errorIn, ListeningServer, OWNER, type Call } from './listeningServer.js'

const run = promisify(execFile)

const TOKEN = '/v1/connections/github/access-token'
const addition = { name: 'work', provider: 'oidc', issuer: 'https://issuer.test', clientId: 'client' }

suite('socket server', () => {
  let server: ListeningServer
  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

  suite('routes', () => {
    const calls: ReadonlyArray<readonly [RouteName, string, Call, string | undefined]> = [
      ['hello', '/v1/hello', {}, undefined],
      ['status', '/v1/status', {}, undefined],
      ['providers', '/v1/providers', {}, undefined],
      ['addConnection', '/v1/connections', { method: 'POST', body: JSON.stringify(addition) }, 'add'],
      ['signOut', '/v1/connections/github?forget=true', { method: 'DELETE' }, 'signOut'],
      [
        'beginConsent',
        '/v1/connections/github/consent',
        { method: 'POST', body: '{"open":true}' },
        'beginConsent',
      ],
      ['cancelConsent', '/v1/connections/github/consent', { method: 'DELETE' }, 'cancelConsent'],
      ['accessToken', TOKEN, {}, 'lease'],
      [
        'reject',
        '/v1/connections/github/reject',
        { method: 'POST', body: '{"lease":"lease-0001"}' },
        'reject',
      ],
      [
        'rejectToken',
        '/v1/connections/github/reject-token',
        { method: 'POST', body: '{"accessToken":"refused"}' },
        'rejectToken',
      ],
      ['gitHost', '/v1/git/host?protocol=https&host=git.example.com', {}, undefined],
      ['env', '/v1/env?variables=WORK_TOKEN=github', {}, 'lease'],
      ['refresh', '/v1/connections/github/refresh', { method: 'POST' }, 'refresh'],
      [
        'setSecret',
        '/v1/connections/github/client-secret',
        { method: 'POST', body: '{"clientSecret":"x"}' },
        'setSecret',
      ],
      [
        'rotateSecret',
        '/v1/connections/github/client-secret/rotation',
        { method: 'POST', body: '{"clientSecret":"x"}' },
        'rotateSecret',
      ],
      [
        'registerTerminal',
        '/v1/terminals',
        { method: 'POST', body: '{"pid":4000,"folder":"/home/ada/work"}' },
        undefined,
      ],
      ['config', '/v1/config', {}, undefined],
      ['acceptConfig', '/v1/config/accept', { method: 'POST', body: '{"digest":"[]"}' }, undefined],
      [
        'answerApproval',
        '/v1/approvals',
        { method: 'POST', body: '{"id":"idx00001","answer":"once"}' },
        undefined,
      ],
      ['approvals', '/v1/approvals', {}, undefined],
      [
        'simulate',
        '/v1/simulate',
        { method: 'POST', body: '{"action":"start","connection":"github","kind":"offline"}' },
        'simulate',
      ],
      [
        'awsCredentials',
        '/v1/connections/github/aws-credentials?account=111122223333&role=ReadOnly',
        {},
        'roleCredentials',
      ],
      ['audit', '/v1/audit?limit=5&connection=github', {}, undefined],
      ['health', '/v1/health', {}, undefined],
      ['doctor', '/v1/doctor?connection=github', {}, undefined],
      ['vault', '/v1/vault', { method: 'POST', body: '{"action":"unlock"}' }, 'vault'],
      ['shutdown', '/v1/shutdown', { method: 'POST', body: '{}' }, undefined],
    ]
    for (const [name, path, call, asked] of calls) {
      test(`${name} answers as its schema says, and nobody may cache it`, async () => {
        if (name === 'answerApproval') await server.somebodyAsks()
        const answer = await server.call(path, call)
        assert.equal(answer.status, 200, answer.text)
        routes[name].answer.parse(JSON.parse(answer.text))
        assert.equal(answer.headers['cache-control'], 'no-store')
        assert.equal(answer.headers['etag'], undefined)
        assert.equal(answer.headers['x-powered-by'], undefined)
        assert.deepEqual(
          server.broker.calls.map(({ method, caller: by }) => [method, by]),
          asked ? [[asked, caller]] : [],
        )
      })
    }

    test('every route of the table was asked above', () => {
      assert.deepEqual(calls.map(([name]) => name).sort(), Object.keys(routes).sort())
    })

    test('a terminal gets a stored secret in the variable it was stored for, whoever else asks for it', async () => {
      const [one, other] = [statusFor('github'), statusFor('gitlab')]
      server.broker.connections = () => [{ ...one, variable: 'NPM_TOKEN' }, other]
      const { text } = await server.call('/v1/env?variables=NPM_TOKEN=gitlab,OTHER_TOKEN=gitlab')
      const { variables } = routes.env.answer.parse(JSON.parse(text))
      assert.deepEqual(
        variables.map(({ name, connection }) => `${name}=${connection}`),
        ['NPM_TOKEN=github', 'OTHER_TOKEN=gitlab'],
      )
    })

    test('parameters, query and body reach the broker with their defaults filled in', async () => {
      await server.call('/v1/connections/github', { method: 'DELETE' })
      await server.call('/v1/connections/gitlab/consent', { method: 'POST' })
      assert.deepEqual(
        server.broker.calls.map(({ given }) => given),
        [
          { connection: 'github', forget: false },
          { connection: 'gitlab', options: { open: false, preempt: false } },
        ],
      )
    })

    test('status and health wait until the vault was looked into', async () => {
      for (const path of ['/v1/status', '/v1/health']) {
        let looked = () => {}
        let answered = false
        server.broker.onLook = new Promise<void>((resolve) => (looked = resolve))
        const answer = server.call(path).finally(() => (answered = true))
        await server.call('/v1/hello')
        assert.equal(answered, false)
        looked()
        assert.equal((await answer).status, 200)
        server.broker.onLook = undefined
      }
    })

    test('status names the daemon and its connections', async () => {
      const status = Status.parse(JSON.parse((await server.call('/v1/status')).text))
      assert.equal(status.daemon.pid, 77)
      assert.equal(status.daemon.socket, server.socket)
      assert.deepEqual(
        status.connections.map(({ name }) => name),
        ['github', 'gitlab'],
      )
    })

    test('metrics are Prometheus text', async () => {
      const answer = await server.call('/metrics')
      assert.match(answer.headers['content-type'] ?? '', /^text\/plain; version=0\.0\.4/)
      assert.match(answer.text, /^fob_leases 3$/m)
    })

    test('shutdown is carried out once its answer has left, with the successor and who asked', async () => {
      const successor = { node: '/usr/bin/node', program: '/opt/fob/daemon.mjs' }
      const answer = await server.call('/v1/shutdown', {
        method: 'POST',
        body: JSON.stringify({ successor }),
      })
      assert.deepEqual(JSON.parse(answer.text), { stopping: true, pid: 77 })
      assert.deepEqual(server.shutdowns, [{ successor, pid: caller.pid }])
    })

    test('Host is ignored, also when it is missing or foreign', async () => {
      assert.equal((await server.call('/v1/hello', { headers: { Host: 'evil.test' } })).status, 200)
      const bare = await server.raw('GET /v1/hello HTTP/1.1\r\nConnection: close\r\n\r\n')
      assert.match(bare, /^HTTP\/1\.1 200 /)
    })
  })

  suite('bad input', () => {
    const post = (body: string): Call => ({ method: 'POST', body })
    const table: ReadonlyArray<readonly [string, string, Call, number, string, string | undefined]> = [
      ['an unknown route', '/v1/nothing', {}, 404, 'unknown_route', undefined],
      ['the root', '/', {}, 404, 'unknown_route', undefined],
      ['another spelling of a route', '/v1/Status', {}, 404, 'unknown_route', undefined],
      ['a trailing slash', '/v1/status/', {}, 404, 'unknown_route', undefined],
      ['a wrong method', '/v1/status', { method: 'POST' }, 405, 'method_not_allowed', 'method'],
      [
        'a wrong method on the access token',
        TOKEN,
        { method: 'DELETE' },
        405,
        'method_not_allowed',
        'method',
      ],
      ['a method nobody has', '/v1/status', { method: 'PATCH' }, 405, 'method_not_allowed', 'method'],
      ['an undecodable path', '/v1/connections/%E0%A4/access-token', {}, 400, 'bad_request', 'path'],
      ['an undecodable query', `${TOKEN}?scopes=%`, {}, 400, 'bad_request', 'query'],
      [
        'an Origin',
        TOKEN,
        { headers: { Origin: 'http://evil.test' } },
        403,
        'forbidden_origin',
        'headers.origin',
      ],
      [
        'Sec-Fetch',
        '/v1/status',
        { headers: { 'Sec-Fetch-Site': 'cross-site' } },
        403,
        'forbidden_origin',
        'headers.sec-fetch-site',
      ],
      [
        'another protocol',
        TOKEN,
        { headers: { 'Fob-Protocol': '7' } },
        400,
        'unsupported_protocol',
        'headers.fob-protocol',
      ],
      ['text that is no JSON', '/v1/connections', post('{name'), 400, 'bad_request', 'body'],
      ['JSON that is no object', '/v1/connections', post('[1]'), 400, 'bad_request', 'body'],
      ['a missing body', '/v1/connections', post(''), 400, 'bad_request', 'body.name'],
      [
        'a client id of nothing',
        '/v1/connections',
        post(JSON.stringify({ ...addition, clientId: '' })),
        400,
        'bad_request',
        'body.clientId',
      ],
      [
        'a bad name',
        '/v1/connections',
        post(JSON.stringify({ ...addition, name: 'A B' })),
        400,
        'bad_request',
        'body.name',
      ],
      [
        'an unknown field',
        '/v1/connections',
        post(JSON.stringify({ ...addition, color: 1 })),
        400,
        'bad_request',
        'body.color',
      ],
      [
        'a deep field',
        '/v1/connections',
        post(JSON.stringify({ ...addition, endpoints: { token_endpoint: 'x' } })),
        400,
        'bad_request',
        'body.endpoints.token_endpoint',
      ],
      [
        'a body where none belongs',
        '/v1/connections/github/refresh',
        post('{"x":1}'),
        400,
        'bad_request',
        'body.x',
      ],
      ['a query where none belongs', '/v1/status?x=1', {}, 400, 'bad_request', 'query.x'],
      ['a bad limit', '/v1/audit?limit=all', {}, 400, 'bad_request', 'query.limit'],
      ['a name twice in the query', '/v1/audit?limit=1&limit=2', {}, 400, 'bad_request', 'query.limit'],
      [
        'an unknown connection',
        '/v1/connections/githib/refresh',
        post(''),
        404,
        'unknown_connection',
        undefined,
      ],
      [
        'a name no connection can have',
        '/v1/connections/GitHub/refresh',
        post(''),
        404,
        'unknown_connection',
        'path.c',
      ],
    ]
    for (const [what, path, call, status, code, field] of table) {
      test(`${what} is a ${status} in JSON that names the field, and the broker is not troubled`, async () => {
        const answer = await server.call(path, { ...call, headers: { Accept: 'text/html', ...call.headers } })
        assert.equal(answer.status, status, answer.text)
        assert.equal(answer.headers['content-type'], 'application/json')
        const error = errorIn(answer)
        assert.equal(error.code, code)
        assert.equal(error.field, field)
        assert.notEqual(error.message, '')
        if (code !== 'unknown_connection') assert.deepEqual(server.broker.calls, [])
      })
    }

    test('a body over a megabyte is a 413, announced or not', async () => {
      const body = Buffer.alloc(LIMITS.bodyBytes + 1, ' ')
      const announced = await server.call('/v1/connections', { method: 'POST', body })
      const chunked = await server.call('/v1/connections', {
        method: 'POST',
        body,
        headers: { 'Transfer-Encoding': 'chunked' },
      })
      for (const answer of [announced, chunked]) {
        assert.equal(answer.status, 413)
        assert.equal(errorIn(answer).code, 'body_too_large')
      }
      assert.equal((await server.call('/v1/hello')).status, 200)
    })

    test('a caller of its own who still sends reads why it was refused', async () => {
      // On a busy machine Node's client ends its body with an empty write that fails, after it has the answer.
      const program = `require('node:http')
        .request({ socketPath: process.argv[1], path: '/v1/connections', method: 'POST', agent: false,
          headers: { 'Content-Length': 3_000_000 } }, (answer) => console.log(answer.statusCode))
        .on('error', (error) => console.error(error.code)).end(Buffer.alloc(3_000_000, ' '))`
      for (let times = 0; times < 3; times++) {
        const { stdout } = await run(process.execPath, ['-e', program, server.socket])
        assert.equal(stdout, '413\n')
      }
    })

    test('one who never stops sending is let go all the same', async () => {
      const socket = connect(server.socket)
      socket.on('error', () => undefined)
      const closed = once(socket, 'close')
      socket.write('POST /v1/connections HTTP/1.1\r\nConnection: close\r\nContent-Length: 99999999\r\n\r\n{')
      const [head] = (await once(socket, 'data')) as [Buffer]
      assert.match(head.toString(), /^HTTP\/1\.1 413 /)
      await closed
    })

    test('a compressed body is refused, since a small one could become a huge one', async () => {
      const body = gzipSync(JSON.stringify(addition))
      const answer = await server.call('/v1/connections', {
        method: 'POST',
        body,
        headers: { 'Content-Encoding': 'gzip' },
      })
      assert.equal(answer.status, 400)
      assert.match(errorIn(answer).message, /uncompressed/)
      assert.deepEqual(server.broker.calls, [])
    })

    test('a body that is no JSON is not quoted back', async () => {
      const answer = await server.call('/v1/connections', {
        method: 'POST',
        body: '{"clientSecret": hunter2',
      })
      assert.equal(answer.status, 400)
      assert.ok(!answer.text.includes('hunter2'))
    })

    test('headers over 16 KB, and what is no HTTP at all, get a 400 in JSON', async () => {
      const long = await server.raw(`GET /v1/hello HTTP/1.1\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`)
      const noise = await server.raw('\u0000\u0001 hello\r\n\r\n')
      for (const answer of [long, noise]) {
        assert.match(answer, /^HTTP\/1\.1 400 /)
        assert.match(answer, /"code":"bad_request"/)
      }
    })

    test('a wrong method is told which one is right', async () => {
      const answer = await server.call('/v1/connections/github/consent')
      assert.equal(answer.headers.allow, 'POST, DELETE')
    })
  })

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
