/** The control API refuses what it does not understand and says which field; a refused request changes nothing. */
import assert from 'node:assert/strict'
import { request } from 'node:http'
import { join } from 'node:path'
import { ErrorBody } from '../../shared/contract/errors.js'
import { sandboxRoutes } from '../../shared/contract/sandbox.js'
import { pairOf, signIn, type Pair } from './oauthCalls.js'
import { launch, makePlace, SandboxProcess } from './sandboxProcess.js'

const secretsOf = ({ accessToken, refreshToken }: Pair): string[] => [accessToken, refreshToken]

suite('control of the sandbox', () => {
  let place: Awaited<ReturnType<typeof makePlace>>
  let sandbox: SandboxProcess

  suiteSetup(async () => {
    place = await makePlace()
    sandbox = await SandboxProcess.start(place.directory)
  })
  suiteTeardown(async () => {
    await sandbox.end()
    await place.remove()
  })

  test('status says what a person asks first', async () => {
    assert.deepEqual(await sandbox.status(), {
      running: true,
      pid: sandbox.pid,
      issuer: sandbox.issuer,
      personality: null,
      lifetime: 60,
      grace: 0,
      account: 'you@sandbox',
      consent: 'approve',
      clients: [{ clientId: 'fob-sandbox', authentication: 'none' }],
      connection: { issuer: sandbox.issuer, scopes: ['openid', 'profile', 'email', 'offline_access'] },
    })
  })

  const refused: readonly [string, string, unknown, string][] = [
    ['POST', '/settings', { lifetime: 0 }, 'body.lifetime'],
    ['POST', '/settings', { lifetime: '60' }, 'body.lifetime'],
    ['POST', '/settings', { lifespan: 60 }, 'body.lifespan'],
    ['POST', '/settings', { account: 'root' }, 'body.account'],
    ['POST', '/settings', '{"lifetime":', 'body'],
    ['POST', '/faults', { kind: 'explode' }, 'body.kind'],
    ['POST', '/faults', { kind: 'delay' }, 'body.ms'],
    ['POST', '/faults', { kind: 'status', status: 99 }, 'body.status'],
    ['POST', '/faults', { kind: 'kill', pids: [1], at: 'received' }, 'body.pids.0'],
    ['POST', '/faults', { kind: 'kill', pids: [-5], at: 'received' }, 'body.pids.0'],
    ['POST', '/faults', { kind: 'hang', endpoint: 'moon' }, 'body.endpoint'],
    ['POST', '/approve', { userCode: 'NONE-SUCH' }, 'body.userCode'],
    ['POST', '/clients', { clientId: 'fob-sandbox' }, 'body.clientId'],
    ['POST', '/clients', { clientId: 'k', authentication: 'private_key_jwt' }, 'body.jwk'],
    ['POST', '/clients', { clientId: 'r', redirectUris: ['http://elsewhere.example/'] }, 'body'],
    ['GET', '/ledger?received=many', undefined, 'query.received'],
    ['GET', '/status?verbose=1', undefined, 'query.verbose'],
  ]
  for (const [method, path, body, field] of refused) {
    test(`${method} ${path} with ${JSON.stringify(body)} is a 400 that names ${field}`, async () => {
      const before = await sandbox.status()
      const answer = await sandbox.control(method, path, body)
      assert.equal(answer.status, 400)
      const { error } = ErrorBody.parse(answer.body)
      assert.deepEqual([error.code, error.field], ['bad_request', field])
      assert.deepEqual(await sandbox.status(), before)
      assert.deepEqual((await sandbox.control('GET', '/faults')).body, { faults: [] })
    })
  }

  test('a private key offered as a public one is refused and not kept', async () => {
    const jwk = { kty: 'EC', crv: 'P-256', x: 'a', y: 'b', d: 'private' }
    const body = { clientId: 'careless', authentication: 'private_key_jwt', jwk }
    assert.equal((await sandbox.control('POST', '/clients', body)).status, 400)
    assert.ok(!(await sandbox.status()).clients.some(({ clientId }) => clientId === 'careless'))
  })

  test('secrets are recorded from the moment somebody asks, and not before', async () => {
    const read = async () =>
      sandboxRoutes.recorded.answer.parse((await sandbox.control('GET', '/recording')).body)
    const before = pairOf(await signIn(sandbox.issuer))
    assert.deepEqual(await read(), { recording: false, secrets: [] })
    await sandbox.control('POST', '/recording')
    const after = pairOf(await signIn(sandbox.issuer))
    const { recording, secrets } = await read()
    assert.equal(recording, true)
    const texts = secrets.map(({ text }) => text)
    for (const secret of secretsOf(after)) assert.ok(texts.includes(secret))
    for (const secret of secretsOf(before)) assert.ok(!texts.includes(secret))
    assert.deepEqual([...new Set(secrets.map(({ kind }) => kind))].sort(), [
      'accessToken',
      'code',
      'idToken',
      'refreshToken',
      'state',
      'verifier',
    ])
  })

  test('an unknown path is a 404, a wrong method a 405, too large a body a 413', async () => {
    assert.equal((await sandbox.control('GET', '/moon')).status, 404)
    assert.equal((await sandbox.control('DELETE', '/status')).status, 405)
    assert.equal((await sandbox.control('POST', '/settings', 'x'.repeat(70_000))).status, 413)
  })

  test('a request that names another host is not served', async () => {
    const { port } = new URL(sandbox.issuer)
    const status = await new Promise((resolve, reject) => {
      const headers = { host: `rebound.example:${port}` }
      const asking = request({ port, path: '/.well-known/openid-configuration', headers }, (response) => {
        response.resume()
        resolve(response.statusCode)
      })
      asking.on('error', reject)
      asking.end()
    })
    assert.equal(status, 400)
  })

  test('wrong words at the start are refused by name', async () => {
    const state = join(place.directory, 'other')
    const { ready } = await launch(['--state', state, '--socket', `${state}/s`, '--lifetime', 'long'])
    assert.ok(!ready.ready)
    assert.match(ready.error.message, /--lifetime/)
    const tooLong = await launch(['--state', state, '--socket', `/${'x'.repeat(120)}/s`])
    assert.ok(!tooLong.ready.ready)
    assert.match(tooLong.ready.error.fix, /^export FOB_HOME=/)
  })

  test('SIGTERM and shutdown end it cleanly while a request hangs, and take the socket along', async () => {
    for (const how of ['signal', 'control'] as const) {
      const other = await makePlace()
      const second = await SandboxProcess.start(other.directory)
      await second.fault({ kind: 'hang' })
      const hanging = fetch(`${second.issuer}/token`, {
        method: 'POST',
        body: new URLSearchParams({ a: 'b' }),
      })
      const over = assert.rejects(hanging)
      await second.ledger(1)
      const { pid } = second
      if (how === 'control') {
        assert.deepEqual((await second.control('POST', '/shutdown')).body, { stopping: true, pid })
        assert.equal(await second.gone(), 0)
      } else assert.equal(await second.end(), 0)
      await over
      await assert.rejects(second.control('GET', '/status'), { code: 'ENOENT' })
      await other.remove()
    }
  })
})
