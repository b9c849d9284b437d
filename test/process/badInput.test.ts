import assert from 'node:assert/strict'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { baseOf, closed, listening } from '../loopback.js'
import { Home, refusal, type Ask } from './home.js'

const LEASE = '/v1/connections/sandbox/access-token'

/** A request that must be refused: with which status and code, naming which field. */
interface Bad {
  readonly what: string
  readonly path: string
  readonly options?: Ask
  readonly status: number
  readonly code: string
  readonly field?: RegExp
}

const json = { 'content-type': 'application/json' }

const requests: readonly Bad[] = [
  {
    what: 'an unknown connection',
    path: '/v1/connections/nobody/access-token',
    status: 404,
    code: 'unknown_connection',
  },
  {
    what: 'a name that cannot be one',
    path: '/v1/connections/No%20Body/access-token',
    status: 404,
    code: 'unknown_connection',
  },
  {
    what: 'a name that cannot be decoded',
    path: '/v1/connections/%E0%A4%A/access-token',
    status: 400,
    code: 'bad_request',
  },
  {
    what: 'a query that is no number',
    path: `${LEASE}?min_validity=soon`,
    status: 400,
    code: 'bad_request',
    field: /min_validity/,
  },
  {
    what: 'a query nobody knows',
    path: `${LEASE}?minvalidity=5`,
    status: 400,
    code: 'bad_request',
    field: /minvalidity/,
  },
  {
    what: 'a query that cannot be decoded',
    path: `${LEASE}?min_validity=%E0%A4%A`,
    status: 400,
    code: 'bad_request',
  },
  { what: 'an unknown route', path: '/v1/nothing', status: 404, code: 'unknown_route' },
  {
    what: 'a request from a web page',
    path: LEASE,
    options: { headers: { origin: 'http://evil.example' } },
    status: 403,
    code: 'forbidden_origin',
  },
  {
    what: 'a request of a browser',
    path: LEASE,
    options: { headers: { 'sec-fetch-mode': 'no-cors' } },
    status: 403,
    code: 'forbidden_origin',
  },
  {
    what: 'another protocol',
    path: LEASE,
    options: { headers: { 'fob-protocol': '99' } },
    status: 400,
    code: 'unsupported_protocol',
  },
  {
    what: 'a body that is no JSON',
    path: '/v1/connections/sandbox/reject',
    options: { method: 'POST', headers: json, body: '{' },
    status: 400,
    code: 'bad_request',
  },
  {
    what: 'a body over 1 MB',
    path: '/v1/connections',
    options: {
      method: 'POST',
      headers: { ...json, connection: 'keep-alive' },
      body: JSON.stringify({ name: 'x'.repeat(1_100_000) }),
    },
    status: 413,
    code: 'body_too_large',
  },
  {
    what: 'a connection without client id',
    path: '/v1/connections',
    options: {
      method: 'POST',
      headers: json,
      body: JSON.stringify({ name: 'x', provider: 'keycloak', issuer: 'https://example.com' }),
    },
    status: 400,
    code: 'bad_request',
    field: /clientId/,
  },
]

suite('bad input is refused and changes nothing', () => {
  let home: Home
  let before: string

  /** What must stay the same: everything but the count of leases and the daemon's own process. */
  const state = async (): Promise<string> =>
    JSON.stringify((await home.status()).connections.map((each) => ({ ...each, leases: 0 })))

  suiteSetup(async () => {
    home = await Home.signedIn({ lifetime: 3_600 })
    before = await state()
  })
  suiteTeardown(() => home?.remove())
  teardown(async () => {
    assert.equal(await state(), before)
    assert.equal((await home.ask(LEASE)).status, 200)
  })

  for (const { what, path, options, status, code, field } of requests) {
    test(`${what}: ${status} ${code}`, async () => {
      // The promise of JSON holds for those who asked for plain text too.
      const headers = { accept: 'text/plain', ...options?.headers }
      const answer = await home.ask(path, { ...options, headers })
      assert.equal(answer.status, status, answer.text)
      const error = refusal(answer)
      assert.equal(error.code, code)
      assert.notEqual(error.message, '')
      assert.match(error.fix, /^(fob|curl) [^`…<]+$/, 'one command, that can be typed')
      if (field) assert.match(error.field ?? '', field)
    })
  }

  /** Runs `fob add oidc` with these words; it has to be refused as wrong usage or provider trouble. */
  const add = async (...words: string[]): Promise<{ code: number | null; stderr: string }> => {
    const { code, stderr } = await home.fob('add', 'oidc', '--name', 'fresh', ...words)
    assert.notEqual(code, 0)
    assert.match(stderr, /\n {5}fix: (fob|curl) [^`…<]+\n$/)
    return { code, stderr }
  }

  test('an issuer over http that is not this machine', async () => {
    const { stderr } = await add('--issuer', 'http://login.example', '--client-id', 'c')
    assert.match(stderr, /https/)
  })

  test('no client id, where a person has to register one', async () => {
    const { code, stderr } = await add('--issuer', 'https://login.example', '--flow', 'client-credentials')
    assert.equal(code, 2)
    assert.match(stderr, /client-id/)
  })

  test('discovery that names another issuer', async () => {
    const server: Server = createServer((_request, response) => {
      const issuer = 'http://127.0.0.1:1'
      const endpoints = { authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token` }
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ issuer, ...endpoints }))
    })
    await listening(server)
    try {
      const { stderr } = await add('--issuer', baseOf(server), '--client-id', 'c')
      assert.match(stderr, /issuer/)
    } finally {
      await closed(server)
    }
  })

  test('a socket path longer than the system allows, with the way out', async () => {
    const { code, stderr } = await new Home(`/tmp/${'long'.repeat(30)}`).fob('token', 'sandbox')
    assert.notEqual(code, 0)
    assert.match(stderr, /107|103/)
    assert.match(stderr, /FOB_HOME/)
  })

  test('a fob.json that cannot be read, with line and column, and the state stays', async () => {
    await home.must('down')
    const file = join(home.directory, 'config', 'fob.json')
    await mkdir(join(home.directory, 'config'), { recursive: true, mode: 0o700 })
    await writeFile(file, '{\n  "network": {,}\n}\n')
    const { code, stderr } = await home.fob('up')
    assert.equal(code, 2)
    assert.match(stderr, /fob\.json:2:\d+: .*\n {5}fix: "\$\{EDITOR:-vi\}" \+2 '/)
    assert.equal((await home.fob('token', 'sandbox')).code, 2, 'a daemon started on demand says the same')
    await rm(file)
    await home.must('up')
  })
})
