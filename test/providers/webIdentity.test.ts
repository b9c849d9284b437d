/** A role of AWS by the access token of an OpenID Connect server that the role trusts. */
import assert from 'node:assert/strict'
import { AwsRole } from '../../shared/contract/awsCredentials.js'
import { Refusal } from '../../shared/contract/errors.js'
import { keycloak } from '../../daemon/providers/keycloak.js'
import {
  SESSION_POLICY,
  stsError,
  TRUSTING_ROLE,
} from '../../daemon/sandbox/personalities/awsTokenService.js'
import * as asVendor from '../../daemon/sandbox/personalities/openIdVendors.js'
import { ProviderHouse } from './providerHouse.js'

const STS = 'POST /'

suite('a role of AWS by web identity', () => {
  let house: ProviderHouse

  setup(async () => void (house = await new ProviderHouse(keycloak, asVendor.keycloak).open()))
  teardown(() => house.close())

  const signedIn = async (details: Readonly<Record<string, string>> = { role: TRUSTING_ROLE }) => {
    await house.add('device', { details })
    assert.equal((await house.signIn('device')).outcome, 'granted')
  }

  const count = (): number => house.requests.filter((request) => request === STS).length

  test('P1 aws, web identity: credentials of the role it was added with', async () => {
    await signedIn()
    const { account, role, accessKeyId, sessionToken, expiresAt } = await house.role()
    assert.deepEqual([account, role, accessKeyId], ['', TRUSTING_ROLE, 'ASIAWEBIDENTITY00000'])
    assert.match(sessionToken, /^AQoDYXdzEE0a8/)
    assert.equal(Date.parse(expiresAt), house.clock.now() + 3_600_000)
    await house.role()
    assert.equal(count(), 1)
  })

  test('P1 aws, web identity: a policy narrows the credentials, and others of the role stay what they are', async () => {
    await signedIn()
    const whole = await house.role()
    const narrow = await house.role({ policy: SESSION_POLICY })
    assert.ok(narrow.sessionToken.endsWith(`${TRUSTING_ROLE}${SESSION_POLICY}=`), narrow.sessionToken)
    assert.equal((await house.role()).sessionToken, whole.sessionToken)
    assert.equal((await house.role({ policy: SESSION_POLICY })).sessionToken, narrow.sessionToken)
    assert.equal(count(), 2)
    const none = house.role({ policy: 'arn:aws:iam::111122223333:policy/none' })
    await assert.rejects(none, {
      code: 'provider_refused',
      message: /MalformedPolicyDocument.*does not exist/,
    })
  })

  test('P1 aws, web identity: a policy is named by its ARN', () => {
    for (const policy of ['ReadOnlyAccess', '{"Version":"2012-10-17"}', `${SESSION_POLICY} x`]) {
      assert.equal(AwsRole.safeParse({ policy }).success, false)
    }
  })

  test('P1 aws, web identity: without a role its access token goes to nobody', async () => {
    await signedIn({})
    for (const asked of [{}, { role: TRUSTING_ROLE }]) {
      await assert.rejects(house.role(asked), { code: 'bad_request' })
    }
    assert.equal(count(), 0)
  })

  test('P1 aws, web identity: an access token that AWS finds expired is replaced, once', async () => {
    await signedIn()
    const { accessToken } = await house.lease()
    house.desk.endAccess(accessToken)
    await house.role()
    assert.equal(count(), 2)
  })

  for (const [status, code, refusal] of [
    [400, 'InvalidIdentityToken', 'provider_refused'],
    [403, 'IDPRejectedClaim', 'provider_refused'],
    [403, 'AccessDenied', 'provider_refused'],
    [403, 'RegionDisabledException', 'provider_refused'],
    [400, 'IDPCommunicationError', 'provider_unreachable'],
    [400, 'Throttling', 'provider_unreachable'],
    [500, 'InternalFailure', 'provider_unreachable'],
  ] as const) {
    test(`P1 aws, web identity: ${code} is told, and harms no grant`, async () => {
      await signedIn()
      house.next(STS, stsError(status, code, 'in the words of &lt;AWS&gt;'))
      await assert.rejects(house.role(), (error: unknown) => {
        assert.ok(error instanceof Refusal)
        assert.equal(error.code, refusal)
        assert.match(error.message, new RegExp(`${code}: in the words of <AWS>`))
        return true
      })
      assert.equal(house.status().state, 'active')
      assert.equal((await house.role()).role, TRUSTING_ROLE)
    })
  }

  test('P1 aws, web identity: a role that does not trust the server is refused', async () => {
    await signedIn()
    const other = 'arn:aws:iam::111122223333:role/admin'
    await assert.rejects(house.role({ role: other }), { code: 'provider_refused', message: /AccessDenied/ })
  })

  for (const body of ['', '<html>', '<AccessKeyId>A</AccessKeyId>', '{"AccessKeyId":"A"}']) {
    test(`P1 aws, web identity: an answer that is none is no credential: ${JSON.stringify(body)}`, async () => {
      await signedIn()
      house.next(STS, { status: 200, headers: { 'content-type': 'text/xml' }, body })
      await assert.rejects(house.role(), { code: 'provider_unreachable' })
    })
  }

  test('P1 aws, web identity: what is no ARN of a role is refused when it is added', async () => {
    await assert.rejects(house.add('device', { details: { role: 'Admin' } }), { code: 'bad_request' })
  })
})
