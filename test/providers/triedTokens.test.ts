/** Access tokens that are refused although they are fresh: found where a refusal says something, and nowhere else. */
import assert from 'node:assert/strict'
import { azureDevops } from '../../daemon/providers/azureDevops.js'
import { kubernetes } from '../../daemon/providers/kubernetes.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { entra } from '../../daemon/sandbox/personalities/entra.js'
import * as asVendor from '../../daemon/sandbox/personalities/openIdVendors.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'
import { ProviderHouse } from './providerHouse.js'

const asking = (...usual: string[]): ProviderProfile => ({ ...oidc, scopes: { ...oidc.scopes, usual } })

suite('access tokens that are tried', () => {
  /** What the doctor says of the token of a connection just signed in, where its account's address says 401. */
  async function refused(profile: ProviderProfile, personality: Personality): Promise<string[]> {
    const house = await new ProviderHouse(profile, personality).open()
    try {
      await house.add('code')
      await house.signIn('code')
      const body = { error: 'invalid_token' }
      house.befall({ where: 'api', status: 401, body, matter: 'accessToken' })
      const { findings } = await house.diagnose()
      return findings.flatMap(({ matter, what }) => (matter === 'accessToken' ? [what] : []))
    } finally {
      await house.close()
    }
  }

  test('any OpenID Connect server that refuses a fresh one is found out', async () => {
    const [what] = await refused(asking('openid', 'offline_access'), asVendor.keycloak)
    assert.match(what ?? 'nothing', /refuses an access token that it gave itself/)
  })

  test('without `openid` the account is no business of the token, and nothing is said', async () => {
    assert.deepEqual(await refused(asking('offline_access'), asVendor.keycloak), [])
  })

  test('an id token is for the cluster, so the issuer is not asked', async () => {
    assert.deepEqual(await refused(kubernetes, asVendor.kubernetes), [])
  })

  test('an access token for one resource is not tried at another', async () => {
    assert.deepEqual(await refused(azureDevops, entra), [])
  })
})
