/** The flows by which a client comes to a grant, over real HTTP. */
import assert from 'node:assert/strict'
import { generateKeyPairSync, sign } from 'node:crypto'
import { z } from 'zod'
import { sandboxRoutes } from '../../shared/contract/sandbox.js'
import {
  askToken,
  beginCode,
  Browser,
  DEVICE_GRANT,
  pairOf,
  redeem,
  REDIRECT_URI,
  refresh,
  signIn,
  userinfo,
  type TokenResult,
} from './oauthCalls.js'
import { makePlace, SandboxProcess } from './sandboxProcess.js'

const DeviceAnswer = z.object({
  device_code: z.string(),
  user_code: z.string(),
  verification_uri: z.url(),
  verification_uri_complete: z.url(),
})

suite('signing in at the sandbox', () => {
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

  async function beginDevice(): Promise<z.output<typeof DeviceAnswer>> {
    const body = new URLSearchParams({ client_id: 'fob-sandbox', scope: 'openid offline_access write' })
    const response = await fetch(`${sandbox.issuer}/device/auth`, { method: 'POST', body })
    return DeviceAnswer.parse(await response.json())
  }

  function pollDevice(deviceCode: string): Promise<TokenResult> {
    return askToken(sandbox.issuer, {
      grant_type: DEVICE_GRANT,
      client_id: 'fob-sandbox',
      device_code: deviceCode,
    })
  }

  test('a browser is sent straight back with a code, the state and the issuer, and the code buys tokens', async () => {
    const { url, verifier } = beginCode(sandbox.issuer)
    const callback = await new Browser().leave(sandbox.issuer, url)
    assert.equal(callback.origin + callback.pathname, REDIRECT_URI)
    assert.equal(callback.searchParams.get('state'), 'a-state')
    assert.equal(callback.searchParams.get('iss'), sandbox.issuer)
    const tokens = await redeem(sandbox.issuer, callback.searchParams.get('code') ?? '', verifier)
    assert.equal(tokens.expires_in, 60)
    assert.equal(tokens.scope, 'openid profile email offline_access read')
    const claims = Buffer.from((tokens.id_token ?? '').split('.')[1] ?? '', 'base64url').toString()
    assert.match(claims, /"sub":"you@sandbox"/)
    const { status, body } = await userinfo(sandbox.issuer, pairOf(tokens).accessToken)
    assert.equal(status, 200)
    assert.deepEqual([body['sub'], body['name'], body['email']], ['you@sandbox', 'you', 'you@sandbox'])
  })

  test('every refresh brings an ID token of its own, within a second too', async () => {
    let tokens = await signIn(sandbox.issuer)
    const seen = new Set([tokens.id_token])
    for (let round = 0; round < 3; round += 1) {
      tokens = await refresh(sandbox.issuer, pairOf(tokens).refreshToken)
      assert.ok(tokens.id_token !== undefined)
      seen.add(tokens.id_token)
    }
    assert.equal(seen.size, 4)
  })

  test('a request without PKCE is refused', async () => {
    const { url } = beginCode(sandbox.issuer, { code_challenge: undefined, code_challenge_method: undefined })
    const callback = await new Browser().leave(sandbox.issuer, url)
    assert.equal(callback.searchParams.get('error'), 'invalid_request')
  })

  test('a code is worth nothing with another verifier, and worth nothing twice', async () => {
    const { url } = beginCode(sandbox.issuer)
    const code = (await new Browser().leave(sandbox.issuer, url)).searchParams.get('code') ?? ''
    assert.equal((await redeem(sandbox.issuer, code, 'x'.repeat(43))).error, 'invalid_grant')
    const again = beginCode(sandbox.issuer)
    const next = (await new Browser().leave(sandbox.issuer, again.url)).searchParams.get('code') ?? ''
    const { accessToken } = pairOf(await redeem(sandbox.issuer, next, again.verifier))
    assert.equal((await redeem(sandbox.issuer, next, again.verifier)).error, 'invalid_grant')
    assert.equal((await userinfo(sandbox.issuer, accessToken)).status, 401)
  })

  test('a redirect to somewhere unregistered is not followed', async () => {
    const { url } = beginCode(sandbox.issuer, { redirect_uri: 'https://elsewhere.example/callback' })
    const response = await new Browser().go(url)
    assert.equal(response.status, 400)
    assert.equal(response.headers.get('location'), null)
  })

  test('without offline_access there is no refresh token', async () => {
    const tokens = await signIn(sandbox.issuer, { scope: 'openid', prompt: undefined })
    assert.equal(tokens.status, 200)
    assert.equal(tokens.refresh_token, undefined)
  })

  test('the person can be told to say no, and can be somebody else', async () => {
    await sandbox.set({ consent: 'deny' })
    const denied = await new Browser().leave(sandbox.issuer, beginCode(sandbox.issuer).url)
    assert.equal(denied.searchParams.get('error'), 'access_denied')
    await sandbox.set({ consent: 'approve', account: 'other@sandbox' })
    const { accessToken } = pairOf(await signIn(sandbox.issuer))
    assert.equal((await userinfo(sandbox.issuer, accessToken)).body['sub'], 'other@sandbox')
    await sandbox.set({ account: 'you@sandbox' })
  })

  test('a device waits until control approves its code', async () => {
    const device = await beginDevice()
    assert.equal((await pollDevice(device.device_code)).error, 'authorization_pending')
    const answer = await sandbox.control('POST', '/approve', { userCode: device.user_code.toLowerCase() })
    const decided = sandboxRoutes.approve.answer.parse(answer.body)
    assert.deepEqual(decided, {
      decision: 'approve',
      client: 'fob-sandbox',
      scopes: ['openid', 'offline_access', 'write'],
    })
    const { accessToken } = pairOf(await pollDevice(device.device_code))
    assert.equal((await userinfo(sandbox.issuer, accessToken)).status, 200)
    assert.equal((await sandbox.control('POST', '/approve', { userCode: device.user_code })).status, 400)
  })

  test('a device that is denied is told so', async () => {
    const device = await beginDevice()
    await sandbox.control('POST', '/approve', { userCode: device.user_code, decision: 'deny' })
    assert.equal((await pollDevice(device.device_code)).error, 'access_denied')
  })

  test('a person approves a device on its page with one click', async () => {
    const device = await beginDevice()
    const browser = new Browser()
    const opened = await (await browser.go(device.verification_uri_complete)).text()
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(opened)?.[1] ?? ''
    const form = { xsrf, user_code: device.user_code }
    const asked = await (await browser.go(device.verification_uri, form)).text()
    assert.match(asked, new RegExp(device.user_code))
    assert.match(asked, />Approve<\/button>/)
    const done = await (await browser.go(device.verification_uri, { ...form, confirm: 'yes' })).text()
    assert.match(done, /Approved/)
    pairOf(await pollDevice(device.device_code))
  })

  test('a wrong code on the device page is answered with the form again', async () => {
    const browser = new Browser()
    const { verification_uri: page } = await beginDevice()
    const opened = await (await browser.go(page)).text()
    const xsrf = /name="xsrf" value="([^"]+)"/.exec(opened)?.[1] ?? ''
    assert.match(await (await browser.go(page, { xsrf, user_code: 'AAAA-AAAA' })).text(), /not known/)
  })

  test('a client registered with a secret acts in its own name, by Basic or in the body', async () => {
    for (const authentication of ['client_secret_basic', 'client_secret_post'] as const) {
      const clientId = `service-${authentication.slice(14)}`
      const added = await sandbox.control('POST', '/clients', { clientId, authentication })
      const { clientSecret } = sandboxRoutes.addClient.answer.parse(added.body)
      assert.ok(clientSecret !== undefined)
      const ask = (secret: string): Promise<TokenResult> => {
        const form = { grant_type: 'client_credentials', scope: 'read' }
        if (authentication === 'client_secret_post') {
          return askToken(sandbox.issuer, { ...form, client_id: clientId, client_secret: secret })
        }
        const basic = Buffer.from(`${clientId}:${secret}`).toString('base64')
        return askToken(sandbox.issuer, form, { authorization: `Basic ${basic}` })
      }
      const tokens = await ask(clientSecret)
      assert.equal(tokens.scope, 'read', JSON.stringify(tokens))
      assert.equal((await ask('not-the-secret')).error, 'invalid_client')
      const { entries } = await sandbox.ledger()
      assert.equal(entries.at(-1)?.client, clientId)
    }
  })

  test('a client registered with a public key proves itself by a signed assertion', async () => {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
    const jwk = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256' }
    const added = await sandbox.control('POST', '/clients', {
      clientId: 'service-key',
      authentication: 'private_key_jwt',
      jwk,
    })
    assert.equal(added.status, 200, JSON.stringify(added.body))
    const now = Math.floor(Date.now() / 1000)
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
    const claims = {
      iss: 'service-key',
      sub: 'service-key',
      aud: sandbox.issuer,
      jti: 'j',
      iat: now,
      exp: now + 60,
    }
    const signed = `${part({ alg: 'ES256', kid: 'one' })}.${part(claims)}`
    const signature = sign('sha256', Buffer.from(signed), { key: privateKey, dsaEncoding: 'ieee-p1363' })
    const tokens = await askToken(sandbox.issuer, {
      grant_type: 'client_credentials',
      client_id: 'service-key',
      scope: 'write',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: `${signed}.${signature.toString('base64url')}`,
    })
    assert.equal(tokens.scope, 'write', JSON.stringify(tokens))
  })

  test('the public client cannot act in its own name', async () => {
    const tokens = await askToken(sandbox.issuer, {
      grant_type: 'client_credentials',
      client_id: 'fob-sandbox',
      scope: 'read',
    })
    assert.equal(tokens.status, 400)
  })

  test('standard output carries the ready line and nothing else', () => {
    assert.match(sandbox.said, /^\{"ready":true,[^\n]*\}\n$/)
  })
})
