import assert from 'node:assert/strict'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect } from 'node:net'
import fc from 'fast-check'
import { Refusal } from '../../shared/contract/errors.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import { Lease } from '../../shared/contract/lease.js'
import { routes } from '../../shared/contract/routes.js'
import { leaseRequest, prefersText, targetOf } from '../../daemon/edges/leaseRoute.js'
import { leaseFor } from '../fakes/fakeBroker.js'
import { caller, errorIn, ListeningServer } from './listeningServer.js'

const GITHUB = '/v1/connections/github/access-token'

suite('access-token target', () => {
  const targets: ReadonlyArray<readonly [string, ReturnType<typeof targetOf>]> = [
    [GITHUB, { name: 'github', query: '' }],
    [`${GITHUB}?min_validity=60`, { name: 'github', query: 'min_validity=60' }],
    [`${GITHUB}?`, { name: 'github', query: '' }],
    [
      `${GITHUB}?resource=https://a.test/access-token`,
      { name: 'github', query: 'resource=https://a.test/access-token' },
    ],
    ['/v1/connections/a%20b/access-token', { name: 'a b', query: '' }],
    ['/v1/connections//access-token', undefined],
    ['/v1/connections/access-token', undefined],
    ['/v1/connections/a/b/access-token', undefined],
    [`${GITHUB}/`, undefined],
    [`${GITHUB}s`, undefined],
    ['/V1/connections/github/access-token', undefined],
    ['/v1/status?x=/access-token', undefined],
    ['', undefined],
  ]
  for (const [url, target] of targets) {
    test(`${url || 'an empty target'} is ${target === undefined ? 'not the route' : `for "${target.name}"`}`, () => {
      assert.deepEqual(targetOf(url), target)
    })
  }

  test('the short way through the query gives what the schema gives, or leaves it to the schema', () => {
    const numbers = fc.oneof(
      fc.nat(1_200_000).map(String),
      fc.nat(40_000_000).map(String),
      fc.stringMatching(/^[0-9 .+-]{0,10}$/),
    )
    fc.assert(
      fc.property(numbers, (text) => {
        const bySchema = routes.accessToken.query.safeParse({ min_validity: text.replaceAll('+', ' ') })
        const ask = (): number => leaseRequest({ name: 'a', query: `min_validity=${text}` }).minValidityMs
        if (bySchema.success) assert.equal(ask(), bySchema.data.min_validity * 1000)
        else assert.throws(ask, Refusal)
      }),
    )
  })
})

suite('what Accept asks for', () => {
  const table: ReadonlyArray<readonly [string | undefined, boolean]> = [
    [undefined, false],
    ['*/*', false],
    ['application/json', false],
    ['text/plain', true],
    ['TEXT/plain', false],
    ['text/plain, */*', true],
    ['text/plain; charset=utf-8', true],
    ['text/*', true],
    ['application/json, text/plain, */*', false],
    ['text/plain, application/json', true],
    ['text/plain;q=0.5, application/json', false],
    ['application/json;q=0.5, text/plain;q=0.9', true],
    ['text/plain;q=0', false],
    ['text/html', false],
    ['text/plain;q=x', false],
  ]
  for (const [accept, text] of table) {
    test(`"${accept ?? 'nothing'}" gets ${text ? 'text' : 'JSON'}`, () =>
      assert.equal(prefersText(accept), text))
  }
})

suite('access-token route', () => {
  let server: ListeningServer
  setup(async () => {
    server = new ListeningServer()
    await server.listen()
  })
  teardown(() => server.close())

  test('gives a lease as JSON that no cache may keep', async () => {
    const answer = await server.call(`${GITHUB}?min_validity=60`)
    assert.equal(answer.status, 200)
    assert.deepEqual(Lease.parse(JSON.parse(answer.text)), leaseFor(ConnectionName.parse('github')))
    assert.equal(answer.headers['content-type'], 'application/json')
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.equal(answer.headers['content-length'], String(answer.text.length))
    assert.equal(answer.headers['x-powered-by'], undefined)
    assert.deepEqual(server.broker.calls, [
      {
        method: 'lease',
        given: { connection: 'github', minValidityMs: 60_000, scopes: undefined, resource: undefined },
        caller,
      },
    ])
  })

  test('gives the bare access token and one newline to those who ask for text', async () => {
    const answer = await server.call(GITHUB, { headers: { Accept: 'text/plain' } })
    assert.equal(answer.text, 'access-token-of-github\n')
    assert.equal(answer.headers['cache-control'], 'no-store')
    assert.match(answer.headers['content-type'] ?? '', /^text\/plain/)
  })

  test('passes scopes and resource on', async () => {
    await server.call(`${GITHUB}?scopes=read%20write&resource=https%3A%2F%2Fapi.test`)
    assert.deepEqual(server.broker.calls[0]?.given, {
      connection: 'github',
      minValidityMs: 0,
      scopes: ['read', 'write'],
      resource: 'https://api.test',
    })
  })

  test('answers those who waited for a refresh when it is over', async () => {
    let arrive: () => void = () => undefined
    server.broker.onLease = () =>
      new Promise((resolve) => (arrive = () => resolve(leaseFor(ConnectionName.parse('github')))))
    const waiting = server.call(GITHUB, { headers: { Accept: 'text/plain' } })
    await server.call('/v1/status')
    arrive()
    assert.equal((await waiting).text, 'access-token-of-github\n')
  })

  test('leaves the daemon well when a waiting caller goes away', async () => {
    let fail: (error: Error) => void = () => undefined
    const asked = new Promise<void>((resolve) => {
      server.broker.onLease = () => {
        resolve()
        return new Promise((_, reject) => (fail = reject))
      }
    })
    const socket = connect(server.socket)
    socket.write(`GET ${GITHUB} HTTP/1.1\r\n\r\n`)
    await asked
    socket.destroy()
    await once(socket, 'close')
    fail(new Refusal('consent_required', 'sign in'))
    assert.equal((await server.call('/v1/hello')).status, 200)
  })

  const bad: ReadonlyArray<readonly [string, string, RegExp]> = [
    ['min_validity=soon', 'query.min_validity', /whole number of seconds/],
    ['min_validity=-1', 'query.min_validity', /whole number of seconds/],
    ['min_validity=1.5', 'query.min_validity', /whole number of seconds/],
    ['min_validity=', 'query.min_validity', /whole number of seconds/],
    ['min_validity=99999999', 'query.min_validity', /one year/],
    ['min_validity=1&min_validity=2', 'query.min_validity', /once/],
    ['minvalidity=60', 'query.minvalidity', /min_validity, scopes, resource/],
    ['resource=here', 'query.resource', /URL/i],
    ['scopes=a%22b', 'query.scopes.0', /scope/],
  ]
  for (const [query, field, words] of bad) {
    test(`names the field and the cure for ?${query}`, async () => {
      const answer = await server.call(`${GITHUB}?${query}`, { headers: { Accept: 'text/plain' } })
      assert.equal(answer.status, 400)
      assert.equal(answer.headers['content-type'], 'application/json')
      const error = errorIn(answer)
      assert.equal(error.code, 'bad_request')
      assert.equal(error.field, field)
      assert.match(error.message, words)
      assert.deepEqual(server.broker.calls, [])
    })
  }

  test('refuses an unknown connection in JSON, whatever Accept says, and records it', async () => {
    const answer = await server.call('/v1/connections/nobody/access-token', {
      headers: { Accept: 'text/plain' },
    })
    assert.equal(answer.status, 404)
    assert.equal(errorIn(answer).code, 'unknown_connection')
    assert.deepEqual(
      server.refusals.map(({ connection, outcome, caller: by }) => [connection, outcome, by?.pid]),
      [['nobody', 'unknown_connection', caller.pid]],
    )
  })

  test('says when to come back, in whole seconds and in the body', async () => {
    server.broker.onLease = () => {
      throw new Refusal('retry_later', 'the provider is busy', { retryAt: server.clock.now() + 1_500 })
    }
    const answer = await server.call(GITHUB)
    assert.equal(answer.status, 503)
    assert.equal(answer.headers['retry-after'], '2')
    assert.equal(errorIn(answer).retryAt, '2030-01-01T00:00:01.500Z')
    assert.equal(errorIn(answer).remedy, 'retry')
  })

  test('tells nothing of a defect but that it was one, and logs it', async () => {
    server.broker.onLease = () => {
      throw new Error('secret-in-a-message')
    }
    const answer = await server.call(GITHUB)
    assert.equal(answer.status, 500)
    assert.equal(errorIn(answer).code, 'internal')
    assert.ok(!answer.text.includes('secret-in-a-message'))
    assert.equal(server.logged.length, 1)
  })

  test('asks the kernel about a caller once for each connection, not for each call', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    await server.call(GITHUB, { agent })
    await server.call(GITHUB, { agent })
    assert.equal(server.asked, 1)
    await server.call(GITHUB)
    assert.equal(server.asked, 2)
    agent.destroy()
  })
})
