/** What is special about a cluster's credential: it is the id token, and it ends when it says so. */
import assert from 'node:assert/strict'
import { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'
import { kubernetes as profile } from '../../daemon/providers/kubernetes.js'
import { kubernetes as asIssuer } from '../../daemon/sandbox/personalities/openIdVendors.js'
import {
  json,
  type Answer,
  type Asked,
  type Personality,
} from '../../daemon/sandbox/personalities/personality.js'
import { CLIENT, ProviderHouse } from './providerHouse.js'

const TOKEN = asIssuer.tokenRequest

/** The same issuer, whose answers at the token endpoint are changed. */
const changed = (change: (answer: Answer, asked: Asked) => Answer): Personality => ({
  ...asIssuer,
  routes: (desk, person) => {
    const routes = asIssuer.routes(desk, person)
    const own = routes[TOKEN] ?? assert.fail('no token endpoint')
    return { ...routes, [TOKEN]: (asked) => change(own(asked), asked) }
  },
})

/** Of its id tokens. */
const LIFE_MS = 3_600_000

const Members = z.record(z.string(), z.unknown())

const isRefresh = ({ form }: Asked): boolean => form.get('grant_type') === 'refresh_token'

const claimsOf = (idToken: string): Record<string, unknown> =>
  Members.parse(JSON.parse(Buffer.from(idToken.split('.')[1] ?? '', 'base64url').toString('utf8')))

suite('Kubernetes by an OpenID Connect issuer', () => {
  let house: ProviderHouse

  const open = async (personality: Personality = asIssuer): Promise<void> => {
    house = await new ProviderHouse(profile, personality).open()
  }
  teardown(() => house.close())

  const tokenRequests = (): number => house.requests.filter((line) => line === TOKEN).length

  const signedIn = async () => {
    await house.add('code')
    const { outcome, message } = await house.signIn('code')
    assert.equal(outcome, 'granted', message)
    return house.lease()
  }

  test('P1 kubernetes: callers get the id token for the cluster, and its own end', async () => {
    await open(changed((answer) => json(answer.status, { ...parsed(answer), expires_in: 60 })))
    const { accessToken, expiresAt } = await signedIn()
    const { aud, iss, exp } = claimsOf(accessToken)
    assert.deepEqual({ aud, iss }, { aud: CLIENT.id, iss: `${house.base}/dex` })
    assert.equal(Date.parse(expiresAt ?? ''), Number(exp) * 1_000)
  })

  test("P1 kubernetes: an issuer's clock that is ahead does not make an id token live longer", async () => {
    const ahead = (now: number): string => {
      const iat = Math.floor(now / 1_000) + 600
      const claims = Buffer.from(JSON.stringify({ iat, exp: iat + 3_600 })).toString('base64url')
      return `e30.${claims}.e30`
    }
    await open(
      changed((answer, asked) =>
        isRefresh(asked) ? json(200, { ...parsed(answer), id_token: ahead(asked.now) }) : answer,
      ),
    )
    await signedIn()
    await house.refresh()
    const { expiresAt } = await house.lease()
    assert.equal(Date.parse(expiresAt ?? ''), house.clock.now() + 3_600_000)
  })

  for (const [what, instead] of [
    ['no id token', undefined],
    ['something that is none', 'not.a.jwt'],
    ['an id token without an end', `e30.${Buffer.from('{"sub":"1"}').toString('base64url')}.e30`],
  ] as const) {
    test(`P1 kubernetes: an issuer that renews ${what} asks for a person, and what works serves on`, async () => {
      await open(
        changed((answer, asked) =>
          isRefresh(asked) ? json(200, { ...parsed(answer), id_token: instead }) : answer,
        ),
      )
      const first = await signedIn()
      house.clock.jump(LIFE_MS - 300_000)
      await house.clock.advance(30_000)
      await house.settled()
      const { state, needsYouBy } = house.status()
      assert.deepEqual([state, needsYouBy?.fix], ['active', 'fob sign-in work'])
      assert.match(needsYouBy?.why ?? '', /cannot be refreshed: the server renews no id token/)
      const [{ what, fix: mend } = assert.fail('nothing is told')] = (await house.diagnose()).findings
      assert.match(what, /then needs a person: the server renews no id token/)
      assert.match(JSON.stringify(mend), /id token at each refresh/)
      assert.equal((await house.lease()).accessToken, first.accessToken)
      const asked = tokenRequests()
      await house.clock.advance(240_000)
      assert.equal(tokenRequests(), asked, 'it was asked again for what it does not give')
      house.clock.jump(60_000)
      await assert.rejects(
        house.lease(),
        (error) =>
          error instanceof Refusal && /expired and the server renews no id token/.test(error.message),
      )
      assert.equal(house.status().state, 'consentRequired')
    })
  }

  test('P1 kubernetes: the refresh token that came without an id token is kept, and ends at signing out', async () => {
    let mended = false
    await open(
      changed((answer, asked) =>
        isRefresh(asked) && !mended ? json(200, { ...parsed(answer), id_token: undefined }) : answer,
      ),
    )
    const first = await signedIn()
    await house.refresh()
    mended = true
    await house.refresh()
    const second = await house.lease()
    assert.notEqual(second.accessToken, first.accessToken)
    assert.deepEqual([house.status().reason, house.status().fix], ['', ''])
    mended = false
    await house.refresh()
    const kept = house.disk.connections.get('work')?.secrets.refreshToken ?? assert.fail('it was not kept')
    assert.equal((await house.signOut()).revoked, true)
    assert.throws(() => house.desk.refresh(kept.reveal(), CLIENT.id))
  })

  test('P1 kubernetes: an id token that callers find refused, and that is not renewed, asks for a person', async () => {
    await open(
      changed((answer, asked) =>
        isRefresh(asked) ? json(200, { ...parsed(answer), id_token: undefined }) : answer,
      ),
    )
    await house.reject(await signedIn())
    await house.settled()
    await assert.rejects(
      house.lease(),
      (error) => error instanceof Refusal && error.fix === 'fob sign-in work',
    )
    await house.clock.advance(90_000)
    assert.match(house.status().reason, /no longer works and the server renews no id token/)
  })

  test("P1 kubernetes: an issuer's own word for a dead refresh token costs no grant, and says to sign in", async () => {
    await open(
      changed((answer, asked) =>
        isRefresh(asked)
          ? json(400, { error: 'invalid_request', error_description: 'Refresh token expired.' })
          : answer,
      ),
    )
    await signedIn()
    await assert.rejects(house.refresh())
    assert.match(house.status().reason, /Refresh token expired/)
    assert.equal(house.status().fix, 'fob sign-in work')
  })

  test('P1 kubernetes: openid is asked for whatever scopes are named', async () => {
    await open()
    await house.add('code', { scopes: ['groups'] })
    assert.deepEqual(house.status().scopesAsked, ['openid', 'groups'])
  })

  test('P1 kubernetes: endpoints by hand are refused, because nothing could check an id token', async () => {
    await open()
    const at = (path: string) => `${house.base}/dex${path}`
    await assert.rejects(
      house.add('code', {
        endpoints: { authorization_endpoint: at('/auth'), token_endpoint: at('/token') },
      }),
      (error) =>
        error instanceof Refusal && error.field === 'issuer' && /publishes no keys/.test(error.message),
    )
  })
})

function parsed({ body }: Answer): Record<string, unknown> {
  return Members.parse(JSON.parse(body))
}
