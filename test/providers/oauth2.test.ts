/** What is special about a server that is known by its addresses alone. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { oauth2 as profile } from '../../daemon/providers/oauth2.js'
import { oauth2 as plain } from '../../daemon/sandbox/personalities/oauth2.js'
import { json, redirectTo, type Personality } from '../../daemon/sandbox/personalities/personality.js'
import { ScriptedServer } from '../fakes/scriptedServer.js'
import { ProviderHouse } from './providerHouse.js'

const endpointsOf = (base: string) => {
  const named = plain.addresses?.(base) ?? assert.fail('no endpoints')
  return { ...named, introspection_endpoint: undefined }
}

/** The same server, whose token endpoint answers otherwise while `instead` gives an answer. */
function answering(instead: () => ReturnType<typeof json> | undefined, rules = plain.rules): Personality {
  return {
    ...plain,
    rules,
    routes: (desk, person) => {
      const routes = plain.routes(desk, person)
      const token = routes[plain.tokenRequest] ?? assert.fail('no token endpoint')
      return { ...routes, [plain.tokenRequest]: (asked) => instead() ?? token(asked) }
    },
  }
}

suite('an OAuth 2.0 server by its addresses', () => {
  let house: ProviderHouse

  const open = async (personality: Personality = plain): Promise<void> => {
    house = await new ProviderHouse(profile, personality).open()
  }
  teardown(() => house.close())

  test('P1 oauth2: nobody is named when no endpoint that says it was named, and it works all the same', async () => {
    await open()
    await house.add('code', { endpoints: endpointsOf(house.base) })
    assert.equal((await house.signIn('code')).outcome, 'granted')
    const { account, accessToken } = await house.lease()
    assert.equal(account, null)
    assert.ok(house.desk.scopesOf(accessToken))
    assert.ok(!house.requests.some((line) => line.includes('introspect')))
  })

  test('P1 oauth2: introspection that knows nothing of the access token names nobody and costs no grant', async () => {
    await open({
      ...plain,
      routes: (desk, person) => ({
        ...plain.routes(desk, person),
        'POST /gate/introspect': () => json(200, { active: false, sub: 'somebody', username: 'else' }),
      }),
    })
    await house.add('code')
    assert.equal((await house.signIn('code')).outcome, 'granted')
    assert.equal((await house.lease()).account, null)
  })

  test('P1 oauth2: a gateway without refresh tokens asks for a person when its session is over', async () => {
    await open(answering(() => undefined, { ...plain.rules, refresh: 'none' }))
    await house.add('code')
    await house.signIn('code')
    await house.lease()
    house.clock.jump(3_600_000)
    await assert.rejects(
      house.lease(),
      (error) =>
        error instanceof Refusal && error.code === 'consent_required' && error.fix === 'fob sign-in work',
    )
    assert.match(house.status().reason, /expired and the provider gave no refresh token/)
  })

  test('P1 oauth2: without its token endpoint it is not added, and the field is named', async () => {
    await open()
    await assert.rejects(
      house.add('code', { endpoints: undefined, issuer: house.base }),
      (error) =>
        error instanceof Refusal &&
        error.field === 'endpoints.token_endpoint' &&
        /--token-endpoint URL$/.test(error.fix),
    )
  })

  test('P1 oauth2: after consent the same name is not taken to another host', async () => {
    await open()
    await house.add('code')
    await house.signIn('code')
    const elsewhere = { ...endpointsOf(house.base), token_endpoint: 'https://other.example/gate/token' }
    await assert.rejects(house.add('code', { endpoints: elsewhere }), (error) => {
      assert.ok(error instanceof Refusal)
      assert.equal(error.code, 'connection_exists')
      assert.equal(error.field, 'body.endpoints.token_endpoint')
      assert.match(error.message, /never sent elsewhere: not to https:\/\/other\.example$/)
      return true
    })
    await house.refresh()
    assert.ok(house.desk.scopesOf((await house.lease()).accessToken))
  })

  test('P1 oauth2: a token endpoint that moved to another host gets nothing sent there, and the grant stays', async () => {
    const thief = await ScriptedServer.start()
    try {
      let moved = false
      await open(answering(() => (moved ? { ...redirectTo(thief.url('/token')), status: 307 } : undefined)))
      await house.add('code')
      await house.signIn('code')
      moved = true
      await assert.rejects(house.refresh())
      const { state, reason } = house.status()
      assert.equal(state, 'retrying')
      assert.ok(reason.includes(`points elsewhere, to ${thief.origin}`), reason)
      assert.equal(thief.requests.length, 0)
      moved = false
      await house.refresh()
      assert.equal(house.status().state, 'active')
    } finally {
      await thief.stop()
    }
  })
})
