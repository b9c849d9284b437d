/** What an access token is for, where a person names it: Auth0's audience, and the resource of RFC 8707. */
import assert from 'node:assert/strict'
import type { Flow } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import { auth0 } from '../../daemon/providers/auth0.js'
import { azureDevops } from '../../daemon/providers/azureDevops.js'
import { oidc } from '../../daemon/providers/oidc.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { entra } from '../../daemon/sandbox/personalities/entra.js'
import * as asVendor from '../../daemon/sandbox/personalities/openIdVendors.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'
import { ProviderHouse } from './providerHouse.js'

const API = 'https://api.example.com/'
const FLOWS: readonly Flow[] = ['code', 'device', 'client-credentials']

suite('what an access token is for', () => {
  let house: ProviderHouse | undefined

  const open = async (profile: ProviderProfile, personality: Personality): Promise<ProviderHouse> =>
    (house = await new ProviderHouse(profile, personality).open())

  teardown(async () => {
    await house?.close()
    house = undefined
  })

  async function signIn(at: ProviderHouse, flow: Flow): Promise<string> {
    if (flow === 'client-credentials') await at.actForItself()
    else assert.equal((await at.signIn(flow)).outcome, 'granted')
    return (await at.lease()).accessToken
  }

  const audienceIn = (accessToken: string): unknown => {
    const [, claims] = accessToken.split('.')
    return claims === undefined
      ? undefined
      : (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { aud?: unknown }).aud
  }

  for (const flow of FLOWS) {
    test(`${flow}: Auth0 signs an access token for the audience that was named, and for the next ones`, async () => {
      const at = await open(auth0, asVendor.auth0)
      await at.add(flow, { details: { audience: API } })
      assert.equal(audienceIn(await signIn(at, flow)), API)
      await at.refresh()
      assert.equal(audienceIn((await at.lease()).accessToken), API)
      assert.equal((await at.signOut()).connection, 'work')
    })

    test(`${flow}: without an audience it stays opaque`, async () => {
      const at = await open(auth0, asVendor.auth0)
      await at.add(flow)
      assert.equal(audienceIn(await signIn(at, flow)), undefined)
    })

    test(`${flow}: a resource is named in each request for an access token`, async () => {
      const scopes = { usual: ['openid', 'offline_access'], presets: {} }
      const at = await open({ ...oidc, scopes }, asVendor.keycloak)
      const named: (string | null)[] = []
      at.disturbed.set(at.personality.tokenRequest, ({ form }) => {
        named.push(form.get('resource'))
        return undefined
      })
      await at.add(flow, { details: { resource: API } })
      await signIn(at, flow)
      await at.refresh()
      assert.deepEqual(named, [API, API])
      if (flow === 'code') assert.equal(new URL(at.browsed).searchParams.get('resource'), API)
    })
  }

  test('what is no resource, and one for Entra, is refused with the field', async () => {
    for (const [profile, personality, resource] of [
      [oidc, asVendor.keycloak, 'https://api.example.com/#part'],
      [azureDevops, entra, API],
    ] as const) {
      const at = await open(profile, personality)
      await assert.rejects(
        at.add('code', { details: { resource } }),
        (error) => error instanceof Refusal && error.field === 'details.resource',
      )
      await at.close()
    }
    house = undefined
  })
})
