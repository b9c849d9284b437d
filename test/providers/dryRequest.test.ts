/** Providers that are asked when a connection is added, as they are played, and those that are not. */
import assert from 'node:assert/strict'
import { played } from './played.js'
import { ProviderHouse } from './providerHouse.js'

suite('a dry authorization request', () => {
  let house: ProviderHouse | undefined

  teardown(async () => {
    await house?.close()
    house = undefined
  })

  const open = async (id: string): Promise<ProviderHouse> => {
    const { profile, personality } = played.find((one) => one.profile.id === id) ?? assert.fail(id)
    return (house = await new ProviderHouse(profile, personality).open())
  }

  test('tells that Okta does not know the redirect URI, with the one to register', async () => {
    const okta = await open('okta')
    const { doubt } = await okta.add('code', { redirectUri: 'https://page.example.com/back' })
    assert.equal(doubt?.said, 'the redirect_uri is not one of this application')
    assert.match(doubt.asked, /the redirect URI https:\/\/page\.example\.com\/back /)
    assert.ok(doubt.fix.kind === 'open')
    assert.match(doubt.fix.place, /^your Okta admin console/)
    assert.match(doubt.fix.todo, /redirect URI is https:\/\/page\.example\.com\/back$/)
  })

  for (const { profile, personality } of played) {
    const { id } = profile
    const as = 'as' in personality ? ` (${String(personality.as)})` : ''
    if (profile.flows.code === undefined) continue
    test(`says nothing against ${id}${as} as it is set up, which can be signed in to`, async () => {
      const here = (house = await new ProviderHouse(profile, personality).open())
      const { doubt } = await here.add('code')
      assert.equal(doubt, undefined)
    })
  }

  test('is not sent to GitHub, which would have people sign in first', async () => {
    const github = await open('github')
    await github.add('code')
    assert.deepEqual(github.requests, [])
  })
})
