/** What is special about HashiCorp Vault: who begins a login, what renews a token, and where that ends. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { vault as profile } from '../../daemon/providers/vault.js'
import { json, text, type Answer, type Personality } from '../../daemon/sandbox/personalities/personality.js'
import { vault as asVault } from '../../daemon/sandbox/personalities/vault.js'
import { CLIENT, ProviderHouse } from './providerHouse.js'

const HOUR_MS = 3_600_000

/** The same Vault, one of whose answers is another while `instead` gives one. */
const answering = (line: string, instead: () => Answer | undefined): Personality => ({
  ...asVault,
  routes: (desk, person) => {
    const routes = asVault.routes(desk, person)
    const own = routes[line] ?? assert.fail(`no ${line}`)
    return { ...routes, [line]: (asked) => instead() ?? own(asked) }
  },
})

const refused = (code: string, words: RegExp) => (error: unknown) => {
  assert.ok(error instanceof Refusal, String(error))
  assert.equal(error.code, code)
  assert.match(error.message, words)
  return true
}

suite('HashiCorp Vault', () => {
  let house: ProviderHouse

  const open = async (personality: Personality = asVault): Promise<void> => {
    house = await new ProviderHouse(profile, personality).open()
  }
  teardown(() => house.close())

  const signedIn = async (): Promise<string> => {
    await house.add('code')
    const { outcome, message } = await house.signIn('code')
    assert.equal(outcome, 'granted', message)
    return (await house.lease()).accessToken
  }

  /** Time passes as it does for a daemon that runs: exchanges end before the next minutes go by. */
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += 60_000) {
      await house.clock.advance(60_000)
      await house.settled()
    }
  }

  test('P1 vault: it is renewed up to its max TTL, and then a person is asked', async () => {
    await open()
    const first = await signedIn()
    await pass(3.5 * HOUR_MS)
    assert.equal((await house.lease()).accessToken, first)
    assert.ok(house.desk.scopesOf(first))
    await pass(0.6 * HOUR_MS)
    await assert.rejects(house.lease(), refused('consent_required', /sign in again/))
    const renewals = house.requests.filter((line) => line === asVault.tokenRequest).length
    assert.ok(renewals < 20, `${renewals} renewals in four hours`)
    assert.equal((await house.signIn('code')).outcome, 'granted')
  })

  test('P1 vault: its policies are shown as scopes, and whose it is by the entity', async () => {
    await open()
    await signedIn()
    const { scopes, account } = house.status()
    assert.deepEqual(scopes, ['default', 'dev'])
    assert.deepEqual(account, { id: 'entity-1', label: 'octocat' })
  })

  test('P1 vault: a namespace and another mount are part of the address', async () => {
    await open()
    await house.add('code', { issuer: `${house.base}/team-a/auth/okta` })
    const begun = house.signIn('code')
    await assert.rejects(begun, refused('provider_refused', /404/))
    assert.ok(house.requests.includes('POST /v1/team-a/auth/okta/oidc/auth_url'), house.requests.join())
  })

  test('P1 vault: a role that may not be sent back here is said, with what to allow', async () => {
    await open(
      answering('POST /v1/team-a/auth/oidc/oidc/auth_url', () => json(200, { data: { auth_url: '' } })),
    )
    await house.add('code')
    await assert.rejects(house.signIn('code'), (error) => {
      refused(
        'misconfigured',
        /http:\/\/localhost:8250\/oidc\/callback; allow it in allowed_redirect_uris/,
      )(error)
      assert.equal(error instanceof Refusal && error.fix, `vault read 'team-a/auth/oidc/role/${CLIENT.id}'`)
      return true
    })
  })

  test('P1 vault: a page to sign in at that is no https page, or has no state, is not opened', async () => {
    for (const [page, words] of [
      ['http://idp.example/authorize?state=1', /not an https page/],
      ['https://idp.example/authorize', /no state/],
    ] as const) {
      await open(
        answering('POST /v1/team-a/auth/oidc/oidc/auth_url', () => json(200, { data: { auth_url: page } })),
      )
      await house.add('code')
      await assert.rejects(house.signIn('code'), refused('provider_refused', words))
      await house.close()
    }
    await open()
  })

  test('P1 vault: a JWT that is taken no longer keeps the token that works, and asks for another JWT', async () => {
    let isOld = false
    await open(
      answering('POST /v1/team-a/auth/jwt/login', () =>
        isOld ? json(400, { errors: ['error validating token: token is expired'] }) : undefined,
      ),
    )
    await house.add('client-credentials')
    await house.actForItself()
    const { accessToken } = await house.lease()
    isOld = true
    await assert.rejects(house.refresh(), refused('misconfigured', /token is expired/))
    const { state, fix } = house.status()
    assert.equal(state, 'blocked')
    assert.equal(fix, 'fob provider set-secret work')
    assert.equal((await house.lease()).accessToken, accessToken)
  })

  const troubles: readonly (readonly [string, Answer, string])[] = [
    ['is sealed', json(503, { errors: ['Vault is sealed'] }), 'retrying'],
    ['limits the rate', json(429, { errors: ['request path rate limit exceeded'] }), 'retrying'],
    ['waits for its state', json(412, { errors: ['required index state not present'] }), 'retrying'],
    ['stands behind a page', text(403, '<html>Forbidden</html>'), 'retrying'],
    [
      'says the token is past its max TTL',
      json(500, { errors: ['past the max TTL, cannot renew'] }),
      'consentRequired',
    ],
    ['says it is not renewable', json(400, { errors: ['lease is not renewable'] }), 'consentRequired'],
    ['finds the renewal malformed', json(400, { errors: ['unsupported operation'] }), 'blocked'],
  ]
  for (const [what, answer, state] of troubles) {
    test(`P1 vault: a Vault that ${what} leaves the connection ${state}, and the token that works serves on`, async () => {
      await open(answering(asVault.tokenRequest, () => answer))
      const accessToken = await signedIn()
      await assert.rejects(house.refresh())
      assert.equal(house.status().state, state)
      assert.equal((await house.lease()).accessToken, accessToken)
    })
  }

  test('P1 vault: signing out ends the token once, which is all there is', async () => {
    await open()
    const accessToken = await signedIn()
    const { revoked, left, probe } = await house.signOut()
    assert.deepEqual({ revoked, left, probe }, { revoked: true, left: '', probe: 'refused' })
    assert.equal(house.desk.scopesOf(accessToken), undefined)
    assert.equal(house.requests.filter((line) => line.endsWith('/revoke-self')).length, 1)
  })
})
