/** Each disturbance does what it says, and the ledger tells the truth about it. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { pairOf, refresh, signIn, type TokenResult } from './oauthCalls.js'
import { makePlace, SandboxProcess } from './sandboxProcess.js'

suite('faults of the sandbox', () => {
  let place: Awaited<ReturnType<typeof makePlace>>
  let sandbox: SandboxProcess
  let issuer: string
  let refreshToken: string

  suiteSetup(async () => {
    place = await makePlace()
    sandbox = await SandboxProcess.start(place.directory)
    issuer = sandbox.issuer
  })
  suiteTeardown(async () => {
    await sandbox.end()
    await place.remove()
  })
  setup(async () => {
    await sandbox.heal()
    refreshToken = pairOf(await signIn(issuer)).refreshToken
    await sandbox.heal()
  })

  /** Answers the response as it is, for answers that are no OAuth answers. */
  function rawRefresh(signal?: AbortSignal): Promise<Response> {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      client_id: 'fob-sandbox',
      refresh_token: refreshToken,
    })
    return fetch(`${issuer}/token`, { method: 'POST', body, signal: signal ?? null })
  }

  /** Begins a refresh, waits until it came as far as that, and gives up. */
  async function abandonOnce(reached: 'received' | 'committed'): Promise<void> {
    const gone = new AbortController()
    const asking = rawRefresh(gone.signal)
    await sandbox.ledger(1)
    while (reached === 'committed' && !(await lastEntry()).committed);
    gone.abort()
    await assert.rejects(asking, { name: 'AbortError' })
  }

  /** A spent token proves that the disturbed request was processed. */
  async function isSpent(): Promise<boolean> {
    await sandbox.heal()
    return (await refresh(issuer, refreshToken)).status === 400
  }

  async function lastEntry() {
    const { entries } = await sandbox.ledger()
    const entry = entries.at(-1)
    assert.ok(entry !== undefined)
    return entry
  }

  for (const [body, type, text] of [
    ['json', /json/, /"error":"temporarily_unavailable"/],
    ['html', /html/, /<h1>503<\/h1>/],
    ['empty', /text/, /^$/],
  ] as const) {
    test(`an answer of status 503 with a ${body} body, and nothing was processed`, async () => {
      await sandbox.fault({
        kind: 'status',
        status: 503,
        body,
        error: 'temporarily_unavailable',
        retryAfter: 7,
      })
      const response = await rawRefresh()
      assert.equal(response.status, 503)
      assert.equal(response.headers.get('retry-after'), '7')
      assert.match(response.headers.get('content-type') ?? '', type)
      assert.match(await response.text(), text)
      const { status, committed, faults } = await lastEntry()
      assert.deepEqual({ status, committed, faults }, { status: 503, committed: false, faults: ['status'] })
      assert.equal(await isSpent(), false)
    })
  }

  test('an answer replaced after the commit leaves a spent refresh token behind', async () => {
    await sandbox.fault({ kind: 'status', status: 502, body: 'html', when: 'after' })
    assert.equal((await rawRefresh()).status, 502)
    const { status, committed, refreshTokenIssued } = await lastEntry()
    assert.deepEqual({ status, committed }, { status: 502, committed: true })
    assert.ok(refreshTokenIssued !== null)
    assert.equal(await isSpent(), true)
  })

  test('a connection cut before the commit changes nothing', async () => {
    await sandbox.fault({ kind: 'cut' })
    await assert.rejects(rawRefresh())
    const { status, committed } = await lastEntry()
    assert.deepEqual({ status, committed }, { status: null, committed: false })
    assert.equal(await isSpent(), false)
  })

  test('a connection cut after the commit has spent the refresh token', async () => {
    await sandbox.fault({ kind: 'cut', when: 'after' })
    await assert.rejects(rawRefresh())
    const { status, committed } = await lastEntry()
    assert.deepEqual({ status, committed }, { status: null, committed: true })
    assert.equal(await isSpent(), true)
  })

  test('a truncated answer promises more than it sends', async () => {
    await sandbox.fault({ kind: 'truncate' })
    const response = await rawRefresh()
    assert.equal(response.status, 200)
    await assert.rejects(response.text())
    assert.equal(await isSpent(), true)
  })

  test('a request left hanging is received and never answered, nor processed', async () => {
    await sandbox.fault({ kind: 'hang' })
    await abandonOnce('received')
    assert.equal(await isSpent(), false)
  })

  test('a request left hanging after the commit is processed and never answered', async () => {
    await sandbox.fault({ kind: 'hang', when: 'after' })
    await abandonOnce('committed')
    assert.equal(await isSpent(), true)
  })

  test('a delay holds a request before it is processed, then lets it go on', async () => {
    await sandbox.fault({ kind: 'delay', ms: 300 })
    assert.equal((await refresh(issuer, refreshToken)).status, 200)
    const { receivedAt, endedAt, committed } = await lastEntry()
    assert.ok(committed)
    assert.ok(Date.parse(endedAt ?? '') - Date.parse(receivedAt) >= 290)
  })

  test('a delay after the commit holds an answer that is already on disk', async () => {
    await sandbox.fault({ kind: 'delay', ms: 60_000, when: 'after' })
    await abandonOnce('committed')
    assert.equal(await isSpent(), true)
  })

  test('a fault meets as many requests as it was told, and only its grant type', async () => {
    await sandbox.fault({ kind: 'status', status: 500, times: 2, grantType: 'refresh_token' })
    const pair = pairOf(await signIn(issuer))
    const statuses: number[] = []
    for (let round = 0; round < 3; round += 1) {
      statuses.push((await refresh(issuer, pair.refreshToken)).status)
    }
    assert.deepEqual(statuses, [500, 500, 200])
    assert.deepEqual((await sandbox.control('GET', '/faults')).body, { faults: [] })
  })

  test('faults can be aimed at other endpoints', async () => {
    await sandbox.fault({ kind: 'status', status: 503, body: 'html', endpoint: 'discovery' })
    const discovery = `${issuer}/.well-known/openid-configuration`
    assert.equal((await fetch(discovery)).status, 503)
    assert.equal((await refresh(issuer, refreshToken)).status, 200)
    await sandbox.control('DELETE', '/faults')
    const metadata = (await (await fetch(discovery)).json()) as Record<string, unknown>
    assert.equal(metadata['issuer'], issuer)
    assert.equal(metadata['authorization_response_iss_parameter_supported'], true)
    assert.equal(metadata['introspection_endpoint'], undefined)
  })

  for (const at of ['received', 'responded'] as const) {
    test(`a process is killed when a refresh was ${at}, and the refresh is answered`, async () => {
      const victim: ChildProcess = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'])
      const gone = once(victim, 'exit')
      await once(victim, 'spawn')
      await sandbox.fault({ kind: 'kill', pids: [victim.pid ?? 0], at, ms: 5 })
      const answer: TokenResult = await refresh(issuer, refreshToken)
      assert.equal(answer.status, 200)
      assert.deepEqual(await gone, [null, 'SIGKILL'])
    })
  }

  test('the ledger counts by grant type and status, and forgets on reset', async () => {
    await refresh(issuer, refreshToken)
    await refresh(issuer, refreshToken)
    const ledger = await sandbox.ledger()
    assert.deepEqual(ledger.counts, [
      { grantType: 'refresh_token', status: 200, count: 1 },
      { grantType: 'refresh_token', status: 400, count: 1 },
    ])
    assert.deepEqual([ledger.received, ledger.committed, ledger.reused], [2, 1, 1])
    const [first, second] = ledger.entries
    assert.equal(first?.refreshTokenPresented, second?.refreshTokenPresented)
    assert.doesNotMatch(JSON.stringify(ledger), new RegExp(refreshToken))
    await sandbox.control('POST', '/reset')
    assert.deepEqual((await sandbox.ledger()).counts, [])
  })
})
