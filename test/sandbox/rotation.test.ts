/** What becomes of tokens over time: rotation, reuse, grace, expiry, revocation. */
import assert from 'node:assert/strict'
import { pairOf, refresh, signIn, userinfo } from './oauthCalls.js'
import { makePlace, SandboxProcess } from './sandboxProcess.js'

suite('tokens of the sandbox', () => {
  let place: Awaited<ReturnType<typeof makePlace>>
  let sandbox: SandboxProcess
  let issuer: string

  suiteSetup(async () => {
    place = await makePlace()
    sandbox = await SandboxProcess.start(place.directory)
    issuer = sandbox.issuer
  })
  suiteTeardown(async () => {
    await sandbox.end()
    await place.remove()
  })
  setup(() => sandbox.heal())

  test('a refresh gives a new pair, and the old access token lives on', async () => {
    const first = pairOf(await signIn(issuer))
    const second = pairOf(await refresh(issuer, first.refreshToken))
    assert.notEqual(second.refreshToken, first.refreshToken)
    assert.notEqual(second.accessToken, first.accessToken)
    for (const { accessToken } of [first, second]) {
      assert.equal((await userinfo(issuer, accessToken)).status, 200)
    }
  })

  test('a spent refresh token that comes back ends the grant and all its tokens', async () => {
    const first = pairOf(await signIn(issuer))
    const bystander = pairOf(await signIn(issuer))
    const second = pairOf(await refresh(issuer, first.refreshToken))
    assert.equal((await refresh(issuer, first.refreshToken)).error, 'invalid_grant')
    assert.equal((await refresh(issuer, second.refreshToken)).error, 'invalid_grant')
    assert.equal((await userinfo(issuer, second.accessToken)).status, 401)
    assert.equal((await userinfo(issuer, bystander.accessToken)).status, 200)
    assert.equal((await sandbox.ledger()).reused, 1)
  })

  test('of two refreshes at once one is the reuse, and the grant is over', async () => {
    const { refreshToken } = pairOf(await signIn(issuer))
    const answers = await Promise.all([refresh(issuer, refreshToken), refresh(issuer, refreshToken)])
    assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 400])
    const winner = answers.find(({ status }) => status === 200)
    assert.ok(winner !== undefined)
    assert.equal((await refresh(issuer, pairOf(winner).refreshToken)).error, 'invalid_grant')
    assert.equal((await sandbox.ledger()).reused, 1)
  })

  test('within the grace the previous refresh token is taken again, after it it ends the grant', async () => {
    await sandbox.set({ grace: 600 })
    const first = pairOf(await signIn(issuer))
    const lost = pairOf(await refresh(issuer, first.refreshToken))
    const again = pairOf(await refresh(issuer, first.refreshToken))
    assert.equal((await userinfo(issuer, again.accessToken)).status, 200)
    assert.equal((await refresh(issuer, lost.refreshToken)).status, 200)
    assert.equal((await sandbox.ledger()).reused, 0)
    await sandbox.set({ grace: 0 })
    assert.equal((await refresh(issuer, first.refreshToken)).error, 'invalid_grant')
    assert.equal((await refresh(issuer, again.refreshToken)).error, 'invalid_grant')
  })

  test('userinfo takes an access token until it expires and refuses it afterwards', async () => {
    await sandbox.set({ lifetime: 2 })
    const { accessToken, refreshToken } = pairOf(await signIn(issuer))
    assert.equal((await userinfo(issuer, accessToken)).status, 200)
    let status = 200
    while (status === 200) status = (await userinfo(issuer, accessToken)).status
    assert.equal(status, 401)
    const next = pairOf(await refresh(issuer, refreshToken))
    assert.equal((await userinfo(issuer, next.accessToken)).status, 200)
    await sandbox.set({ lifetime: 60 })
  })

  test('a changed lifetime counts for the next token', async () => {
    await sandbox.set({ lifetime: 7 })
    const tokens = await signIn(issuer)
    assert.equal(tokens.expires_in, 7)
    await sandbox.set({ lifetime: 60 })
    assert.equal((await refresh(issuer, pairOf(tokens).refreshToken)).expires_in, 60)
  })

  test('a client revokes its own refresh token, and only its own', async () => {
    const { accessToken, refreshToken } = pairOf(await signIn(issuer))
    await sandbox.control('POST', '/clients', { clientId: 'stranger' })
    const revoke = (client: string): Promise<Response> =>
      fetch(`${issuer}/revoke`, {
        method: 'POST',
        body: new URLSearchParams({ token: refreshToken, client_id: client }),
      })
    await revoke('stranger')
    assert.equal((await userinfo(issuer, accessToken)).status, 200)
    assert.equal((await revoke('fob-sandbox')).status, 200)
    assert.equal((await userinfo(issuer, accessToken)).status, 401)
    assert.equal((await refresh(issuer, refreshToken)).error, 'invalid_grant')
  })

  test('control ends the grants of one account, or all of them', async () => {
    const mine = pairOf(await signIn(issuer))
    await sandbox.set({ account: 'other@sandbox' })
    const theirs = pairOf(await signIn(issuer))
    await sandbox.set({ account: 'you@sandbox' })
    const { body } = await sandbox.control('POST', '/revoke', { account: 'other@sandbox' })
    assert.deepEqual(body, { revoked: 1 })
    assert.equal((await userinfo(issuer, theirs.accessToken)).status, 401)
    assert.equal((await userinfo(issuer, mine.accessToken)).status, 200)
    await sandbox.control('POST', '/revoke', {})
    assert.equal((await userinfo(issuer, mine.accessToken)).status, 401)
    assert.equal((await refresh(issuer, mine.refreshToken)).error, 'invalid_grant')
  })
})
