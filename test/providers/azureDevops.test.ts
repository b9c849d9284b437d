/** Microsoft Entra ID's oddities: its numbers, its tenants, and many resources from one grant. */
import assert from 'node:assert/strict'
import { Refusal, type ErrorCode } from '../../shared/contract/errors.js'
import { verdictOf } from '../../daemon/core/lifecycle/verdict.js'
import { azureDevops } from '../../daemon/providers/azureDevops.js'
import { DEVOPS, DOMAIN, entra, TENANT } from '../../daemon/sandbox/personalities/entra.js'
import { entraDemands, entraErrors } from '../../daemon/sandbox/personalities/entraErrors.js'
import { figure } from '../figures.js'
import { ProviderHouse } from './providerHouse.js'

const DAY_MS = 86_400_000
const MANAGEMENT = 'https://management.azure.com'

/** After these no refresh token and no code works again, and nobody but the person can mend it. */
const ENDS = new Set([50132, 50133, 50173, 54005, 65001, 70000, 70008, 70043, 700082, 700084])

/** Errors of the browser and of the device flow, which no refresh is answered with. */
const OF_SIGN_IN = new Set([50011, 70016, 70019])

suite('Microsoft Entra ID', () => {
  let house: ProviderHouse

  setup(async () => void (house = await new ProviderHouse(azureDevops, entra).open()))
  teardown(() => house.close())

  const signedIn = async () => {
    await house.add('code')
    const { outcome, message } = await house.signIn('code')
    assert.equal(outcome, 'granted', message)
    return house.lease()
  }

  const refused = async (code: ErrorCode, work: Promise<unknown>): Promise<Refusal> => {
    try {
      await work
    } catch (error) {
      assert.ok(error instanceof Refusal && error.code === code, String(error))
      return error
    }
    return assert.fail(`expected ${code}`)
  }

  test('P2 of all numbers it answers refreshes with only real ends sign anybody out', async () => {
    await signedIn()
    const wrong: string[] = []
    const codes = Object.keys(entraErrors)
      .map(Number)
      .filter((code) => !OF_SIGN_IN.has(code))
    for (const code of codes) {
      house.trouble = String(code)
      await house.refresh().catch(() => undefined)
      const { state, reason } = house.status()
      if ((state === 'consentRequired') !== ENDS.has(code)) wrong.push(`AADSTS${code}: ${state}, ${reason}`)
      assert.match(reason, new RegExp(`AADSTS${code}\\b`))
      house.trouble = undefined
      if (state === 'consentRequired') await house.signIn('code')
      else await house.refresh()
      assert.equal(house.status().state, 'active', `after AADSTS${code}`)
    }
    figure('P2', {
      value: wrong.length,
      bar: '0 wrong sign-outs of azure-devops',
      ok: wrong.length === 0,
      n: codes.length,
    })
    assert.deepEqual(wrong, [])
  })

  test('its number decides before the word that stands beside it, and a number nobody knows leaves the word', () => {
    const verdict = (error: string) =>
      verdictOf({ kind: 'oauthError', status: 400, error, description: '', retryAfterMs: undefined }, 'work')
        .kind
    const ends = Object.entries(azureDevops.errors).filter(([, word]) => verdict(word) === 'permanent')
    const permanent = new Set(ends.map(([code]) => Number(code)))
    for (const code of ENDS) assert.ok(permanent.has(code), `AADSTS${code}`)
    assert.equal(Object.hasOwn(azureDevops.errors, 'invalid_grant'), false)
  })

  test('one grant serves another resource, and its own access token stays the same', async () => {
    const own = await signedIn()
    const other = await house.lease({ resource: MANAGEMENT })
    assert.deepEqual(house.desk.scopesOf(other.accessToken), [`${MANAGEMENT}/.default`])
    assert.ok(other.scopes.includes(`${MANAGEMENT}/user_impersonation`))
    assert.equal(other.account?.id, own.account?.id)
    assert.equal((await house.lease()).accessToken, own.accessToken)
    assert.ok(house.desk.scopesOf(own.accessToken))
    const again = await house.lease({ scopes: [`${MANAGEMENT}/.default`] })
    assert.equal(again.accessToken, other.accessToken)
  })

  test('many resources and callers at once: each has its one exchange, and the grant is well', async () => {
    await signedIn()
    const before = tokenRequests()
    const resources = [MANAGEMENT, 'https://vault.azure.net']
    const asked = Array.from({ length: 40 }, (_, index) => resources[index % 2] ?? '')
    const leases = await Promise.all(asked.map((resource) => house.lease({ resource })))
    assert.equal(tokenRequests() - before, 2)
    assert.equal(new Set(leases.map(({ accessToken }) => accessToken)).size, 2)
    assert.equal(house.status().state, 'active')
  })

  test('the own resource by its name is the own access token; a part of it is another', async () => {
    const own = await signedIn()
    assert.equal((await house.lease({ scopes: [`${DEVOPS}/.default`] })).accessToken, own.accessToken)
    const part = await house.lease({ scopes: [`${DEVOPS}/vso.code`] })
    assert.deepEqual(house.desk.scopesOf(part.accessToken), [`${DEVOPS}/vso.code`])
  })

  test('a resource nobody agreed to needs a person, one that is not there a setting, and the grant is untouched', async () => {
    const own = await signedIn()
    const unagreed = await refused(
      'consent_required',
      house.lease({ resource: 'https://graph.microsoft.com' }),
    )
    assert.match(unagreed.message, /AADSTS65001/)
    const missing = await refused('misconfigured', house.lease({ resource: 'https://nowhere.test' }))
    assert.match(missing.message, /does not know this resource .*AADSTS500011/)
    assert.equal(house.status().state, 'active')
    assert.equal((await house.lease()).accessToken, own.accessToken)
  })

  test('two resources at once are refused unasked, and `.default` beside a single permission by Entra', async () => {
    await signedIn()
    const before = tokenRequests()
    const two = { scopes: [`${MANAGEMENT}/.default`, 'https://vault.azure.net/.default'] }
    await refused('bad_request', house.lease(two))
    assert.equal(tokenRequests(), before)
    const mixed = { scopes: [`${MANAGEMENT}/.default`, `${MANAGEMENT}/user_impersonation`] }
    assert.match((await refused('misconfigured', house.lease(mixed))).message, /AADSTS70011/)
    assert.equal(house.status().state, 'active')
  })

  test('a rejected access token of another resource is replaced, and no other with it', async () => {
    const own = await signedIn()
    const other = await house.lease({ resource: MANAGEMENT })
    house.desk.endAccess(other.accessToken)
    await house.reject(other)
    const next = await house.lease({ resource: MANAGEMENT })
    assert.ok(house.desk.scopesOf(next.accessToken))
    assert.equal((await house.lease()).accessToken, own.accessToken)
  })

  test('refresh tokens of before stay valid, and the newest is kept', async () => {
    await signedIn()
    const first = house.disk.connections.get('work')?.secrets.refreshToken?.reveal()
    await house.refresh()
    const second = house.disk.connections.get('work')?.secrets.refreshToken?.reveal()
    assert.ok(first !== undefined && second !== undefined && first !== second)
    assert.ok(house.desk.refresh(first, 'client-of-the-test').accessToken)
    await house.refresh()
  })

  test('ninety days unused end the grant, and a use a day never does', async () => {
    await signedIn()
    for (let day = 0; day < 100; day++) {
      house.clock.jump(DAY_MS)
      await house.lease()
    }
    assert.equal(house.status().state, 'active')
    house.clock.jump(91 * DAY_MS)
    await refused('consent_required', house.lease())
    assert.match(house.status().reason, /AADSTS700082/)
  })

  test('an account is a person in a tenant, and shown by the name it signs in with', async () => {
    const { account } = await signedIn()
    assert.match(account?.id ?? '', new RegExp(`^[0-9a-f-]{36}/${TENANT}$`))
    assert.equal(account?.label, 'octocat')
  })

  test('a tenant by its domain is told by its id, the address of all tenants refused, an unknown one too', async () => {
    const byDomain = await refused(
      'misconfigured',
      house.add('code', { issuer: house.base + `/${DOMAIN}/v2.0` }),
    )
    assert.match(
      byDomain.fix,
      new RegExp(`^fob add azure-devops .*--issuer 'http://127\\.0\\.0\\.1:\\d+/${TENANT}/v2\\.0' `),
    )
    const byNone = await refused(
      'misconfigured',
      house.add('code', { issuer: house.base + '/organizations/v2.0' }),
    )
    assert.match(byNone.message, /many tenants; name yours, as in .*\{tenantid\}/)
    await refused(
      'misconfigured',
      house.add('code', { issuer: house.base + '/11111111-0000-4000-8000-000000000000/v2.0' }),
    )
    await house.add('code')
  })

  test('a person who needs more proof is told so, and the next refresh elsewhere goes through', async () => {
    const own = await signedIn()
    house.trouble = '53003'
    await refused('misconfigured', house.refresh())
    const { state, reason, fix } = house.status()
    assert.deepEqual([state, fix], ['blocked', 'fob sign-in work'])
    assert.match(
      reason,
      /more proof of who you are .*AADSTS53003: Access has been blocked by Conditional Access/,
    )
    assert.equal((await house.lease()).accessToken, own.accessToken)
    house.trouble = undefined
    await house.refresh()
    assert.equal(house.status().state, 'active')
  })

  /** What the browser was sent to ask for. */
  const claimsAsked = (): string | null => new URL(house.browsed).searchParams.get('claims')

  for (const [number, demand] of Object.entries(entraDemands)) {
    test(`what AADSTS${number} wants proven is asked for by the next sign-in, and refreshes go on`, async () => {
      await signedIn()
      assert.equal(claimsAsked(), null)
      house.trouble = number
      await refused('misconfigured', house.refresh())
      assert.equal((await house.signIn('code')).outcome, 'granted')
      assert.equal(claimsAsked(), demand)
      await house.refresh()
      await house.refresh()
      assert.equal(house.status().state, 'active')
      // It is over with that sign-in: one that does not ask is stopped again, as Entra has it.
      await house.signIn('code')
      assert.equal(claimsAsked(), null)
      await refused('misconfigured', house.refresh())
    })
  }

  test('a code typed elsewhere proves nothing, so the way by the browser is named and goes through', async () => {
    await house.add('device')
    assert.equal((await house.signIn('device')).outcome, 'granted')
    house.trouble = '50076'
    for (const time of [1, 2]) {
      await refused('misconfigured', house.refresh())
      assert.match(house.status().reason, /sign in by the browser/, `time ${time}`)
      assert.equal((await house.signIn('device')).outcome, 'granted')
    }
    await refused('misconfigured', house.refresh())
    assert.equal((await house.signIn('code')).outcome, 'granted')
    await house.refresh()
    assert.equal(house.status().state, 'active')
  })

  test('signing out says where a person ends what fob cannot', async () => {
    await signedIn()
    const { revoked, left } = await house.signOut()
    assert.equal(revoked, false)
    assert.equal(house.requests.filter((line) => line.includes('userinfo')).length, 0)
    assert.match(left, /https:\/\/myaccount\.microsoft\.com/)
  })

  const tokenRequests = (): number => house.requests.filter((line) => line === entra.tokenRequest).length
})
