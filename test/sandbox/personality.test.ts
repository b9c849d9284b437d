/** The sandbox that plays a provider: faults, ledger, control and durability are those of the standard one. */
import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ErrorBody } from '../../shared/contract/errors.js'
import { sandboxRoutes } from '../../shared/contract/sandbox.js'
import { cast } from '../../daemon/sandbox/personalities/cast.js'
import { catalogue } from '../../daemon/providers/catalogue.js'
import { pairOf, REDIRECT_URI, TokenAnswer, type TokenResult } from './oauthCalls.js'
import { launch, makePlace, SandboxProcess } from './sandboxProcess.js'

/** GitLab's, whose answers are those of the RFCs. */
const CLIENT = { client_id: 'fob-sandbox' }

async function ask(issuer: string, form: Record<string, string>): Promise<TokenResult> {
  const body = new URLSearchParams({ ...CLIENT, ...form })
  const response = await fetch(`${issuer}/oauth/token`, { method: 'POST', body })
  return { status: response.status, ...TokenAnswer.parse(await response.json()) }
}

const refresh = (issuer: string, refreshToken: string): Promise<TokenResult> =>
  ask(issuer, { grant_type: 'refresh_token', refresh_token: refreshToken })

async function signIn(issuer: string): Promise<TokenResult> {
  const verifier = randomBytes(32).toString('base64url')
  const url = new URL(`${issuer}/oauth/authorize`)
  const asked = {
    ...CLIENT,
    response_type: 'code',
    redirect_uri: REDIRECT_URI,
    scope: 'openid read_api',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    state: 'a-state',
  }
  for (const [name, value] of Object.entries(asked)) url.searchParams.set(name, value)
  const { headers } = await fetch(url, { redirect: 'manual' })
  const code = new URL(headers.get('location') ?? '').searchParams.get('code')
  assert.ok(code)
  return ask(issuer, {
    grant_type: 'authorization_code',
    redirect_uri: REDIRECT_URI,
    code,
    code_verifier: verifier,
  })
}

async function whoIs(issuer: string, accessToken: string): Promise<unknown> {
  const response = await fetch(`${issuer}/oauth/userinfo`, {
    headers: { authorization: `Bearer ${accessToken}` },
  })
  const told = (await response.json()) as { nickname?: string }
  return response.status === 200 ? told.nickname : response.status
}

suite('the cast of the sandbox', () => {
  test('each provider that has a server is played, by a personality named after it', () => {
    const served = catalogue.filter(({ server }) => server.kind !== 'none').map(({ id }) => String(id))
    assert.deepEqual(cast.map(({ id }) => id).sort(), served.sort())
  })

  test('a provider it does not know is refused with those it does', async () => {
    const place = await makePlace()
    try {
      const places = ['--state', join(place.directory, 's'), '--socket', join(place.directory, 'c')]
      const { ready } = await launch([...places, '--personality', 'gitea'])
      assert.equal(ready.ready, false)
      assert.match(JSON.stringify(ready), /cannot play gitea; it plays github, .*gitlab/)
    } finally {
      await place.remove()
    }
  })
})

suite('the sandbox as a provider', () => {
  let place: Awaited<ReturnType<typeof makePlace>>
  let sandbox: SandboxProcess

  const start = async (...words: string[]): Promise<void> => {
    sandbox = await SandboxProcess.start(place.directory, words)
  }

  async function everyFile(): Promise<string> {
    const entries = await readdir(place.directory, { recursive: true, withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile())
    const texts = await Promise.all(
      files.map(({ parentPath, name }) => readFile(join(parentPath, name), 'utf8')),
    )
    return texts.join('\n')
  }

  setup(async () => {
    place = await makePlace()
    await start('--personality', 'gitlab')
  })
  teardown(async () => {
    await sandbox.end()
    await place.remove()
  })

  test('status says whom it plays, and how long access tokens live there', async () => {
    const { personality, lifetime, issuer, clients } = await sandbox.status()
    assert.deepEqual([personality, lifetime, issuer], ['gitlab', 7_200, sandbox.issuer])
    assert.deepEqual(clients, [{ clientId: 'fob-sandbox', authentication: 'none' }])
  })

  test('a restart, a crash too, keeps the issuer, the grants, who gave them and what is spent', async () => {
    const { issuer } = sandbox
    const first = pairOf(await signIn(issuer))
    const second = pairOf(await refresh(issuer, first.refreshToken))
    await sandbox.end('SIGKILL')
    await start('--personality', 'gitlab')
    assert.equal(sandbox.issuer, issuer)
    await sandbox.set({ account: 'other@sandbox' })
    assert.equal(await whoIs(issuer, second.accessToken), 'you@sandbox')
    assert.equal(await whoIs(issuer, first.accessToken), 401, 'a refresh ends the access token of before')
    assert.equal((await refresh(issuer, first.refreshToken)).error, 'invalid_grant')
    const third = pairOf(await refresh(issuer, second.refreshToken))
    assert.equal(await whoIs(issuer, third.accessToken), 'you@sandbox')
  })

  test('its files hold no token and no secret', async () => {
    await sandbox.control('POST', '/recording')
    await sandbox.control('POST', '/clients', { clientId: 'kept', authentication: 'client_secret_post' })
    pairOf(await refresh(sandbox.issuer, pairOf(await signIn(sandbox.issuer)).refreshToken))
    const { secrets } = sandboxRoutes.recorded.answer.parse((await sandbox.control('GET', '/recording')).body)
    const kinds = new Set(secrets.map(({ kind }) => kind))
    for (const kind of ['accessToken', 'refreshToken', 'code', 'verifier', 'clientSecret'] as const) {
      assert.ok(kinds.has(kind), `${kind} was not recorded`)
    }
    const files = await everyFile()
    for (const { kind, text } of secrets) assert.ok(!files.includes(text), `a file holds a ${kind}`)
  })

  test('faults meet its requests, and the ledger says so', async () => {
    const { refreshToken } = pairOf(await signIn(sandbox.issuer))
    await sandbox.heal()
    await sandbox.fault({ kind: 'status', status: 503, times: 1 })
    await sandbox.fault({ kind: 'cut', when: 'after', grantType: 'refresh_token', times: 1 })
    // The first is met by both: what comes first decides.
    assert.equal((await fetch(`${sandbox.issuer}/oauth/token`, { method: 'POST' })).status, 503)
    await assert.rejects(refresh(sandbox.issuer, refreshToken))
    assert.equal((await refresh(sandbox.issuer, refreshToken)).error, 'invalid_grant')
    const { entries, committed, reused, mostAtOnce } = await sandbox.ledger(3)
    assert.deepEqual(
      entries.map(({ status, error, faults }) => [status, error, faults]),
      [
        [503, '', ['status']],
        [null, '', ['cut']],
        [400, 'invalid_grant', []],
      ],
    )
    assert.deepEqual([committed, reused, mostAtOnce], [1, 1, 1])
  })

  test('revoking ends the grants of an account, durably', async () => {
    const { issuer } = sandbox
    const mine = pairOf(await signIn(issuer))
    await sandbox.set({ account: 'other@sandbox' })
    const theirs = pairOf(await signIn(issuer))
    const answer = await sandbox.control('POST', '/revoke', { account: 'you@sandbox' })
    assert.deepEqual(answer.body, { revoked: 1 })
    await sandbox.end('SIGKILL')
    await start('--personality', 'gitlab')
    assert.equal((await refresh(issuer, mine.refreshToken)).error, 'invalid_grant')
    assert.equal(await whoIs(issuer, theirs.accessToken), 'other@sandbox')
  })

  test('a shorter life of access tokens is taken, what the provider settles itself is refused', async () => {
    await sandbox.set({ lifetime: 5 })
    assert.equal((await signIn(sandbox.issuer)).expires_in, 5)
    const refused: readonly [string, object, string][] = [
      ['/settings', { grace: 30 }, 'body.grace'],
      ['/faults', { kind: 'hang', endpoint: 'jwks' }, 'body.endpoint'],
      ['/clients', { clientId: 'r', redirectUris: ['http://127.0.0.1/back'] }, 'body.redirectUris'],
    ]
    for (const [path, body, field] of refused) {
      const answer = await sandbox.control('POST', path, body)
      assert.equal(answer.status, 400, path)
      assert.equal(ErrorBody.parse(answer.body).error.field, field)
    }
  })

  test('a device is approved on the page it names, or on the control socket', async () => {
    const begin = async () => {
      const body = new URLSearchParams({ ...CLIENT, scope: 'openid' })
      const response = await fetch(`${sandbox.issuer}/oauth/authorize_device`, { method: 'POST', body })
      return (await response.json()) as { device_code: string; user_code: string; verification_uri: string }
    }
    const poll = (device: string) =>
      ask(sandbox.issuer, {
        grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
        device_code: device,
      })
    const first = await begin()
    assert.equal((await poll(first.device_code)).error, 'authorization_pending')
    const page = `${first.verification_uri}?user_code=${first.user_code.toLowerCase()}`
    assert.match(await (await fetch(page)).text(), /<h1>Approved/)
    pairOf(await poll(first.device_code))
    const second = await begin()
    const denied = { userCode: second.user_code, decision: 'deny' }
    assert.equal((await sandbox.control('POST', '/approve', denied)).status, 200)
    assert.equal((await poll(second.device_code)).error, 'access_denied')
  })

  test('a page of another site that points its name here is not spoken to', async () => {
    const { port } = new URL(sandbox.issuer)
    const answered = await fetch(`http://localhost:${port}/oauth/userinfo`).catch(() => undefined)
    assert.ok(answered === undefined || answered.status === 400)
  })
})

suite('the sandbox as each provider', () => {
  for (const { id: name } of cast) {
    test(`${name} starts, and ends when told`, async () => {
      const place = await makePlace()
      try {
        const sandbox = await SandboxProcess.start(place.directory, ['--personality', name])
        assert.equal((await sandbox.status()).personality, name)
        await sandbox.control('POST', '/shutdown')
        assert.equal(await sandbox.gone(), 0)
      } finally {
        await place.remove()
      }
    })
  }

  test('access tokens of GitHub OAuth apps do not end, so no life is taken for them', async () => {
    const place = await makePlace()
    try {
      const places = ['--state', join(place.directory, 's'), '--socket', join(place.directory, 'c')]
      const { ready } = await launch([...places, '--personality', 'github', '--lifetime', '5'])
      assert.match(JSON.stringify(ready), /access tokens of github do not end/)
    } finally {
      await place.remove()
    }
  })
})
