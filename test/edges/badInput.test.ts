/** What no route takes: each refused by name, before the broker hears of it. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { promisify } from 'node:util'
import { gzipSync } from 'node:zlib'
import { LIMITS } from '../../daemon/edges/requestGuard.js'
import { addition, errorIn, ListeningServer, TOKEN, type Call } from './listeningServer.js'

const run = promisify(execFile)

suite('socket server', () => {
  let server: ListeningServer
  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

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
})
