/** What CircleCI does otherwise: fob registers itself, pushes what it asks, and a person consents again in time. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { circleci } from '../../daemon/providers/circleci.js'
import * as asCircleCi from '../../daemon/sandbox/personalities/circleci.js'
import { json } from '../../daemon/sandbox/personalities/personality.js'
import { ProviderHouse } from './providerHouse.js'

const DAY_MS = 86_400_000

suite('circleci', () => {
  let house: ProviderHouse

  setup(async () => {
    house = await new ProviderHouse(circleci, asCircleCi.circleci).open()
    await house.add('code')
  })
  teardown(() => house.close())

  const asked = (line: string): number => house.requests.filter((request) => request === line).length

  test('P1 circleci: fob registers itself once, and consenting again ends the token of before', async () => {
    await house.signIn('code')
    const first = await house.lease()
    await house.signIn('code')
    const second = await house.lease()
    assert.equal(asked('POST /oauth/register'), 1)
    assert.equal(house.desk.scopesOf(first.accessToken), undefined)
    assert.ok(house.desk.scopesOf(second.accessToken))
  })

  test('P1 circleci: the registered client is kept through a sign-out and through a no', async () => {
    house.decision = 'deny'
    await house.signIn('code')
    house.decision = 'approve'
    await house.signIn('code')
    await house.signOut()
    assert.equal((await house.signIn('code')).outcome, 'granted')
    assert.equal(asked('POST /oauth/register'), 1)
  })

  test('P1 circleci: why it registers no client is told in its own words', async () => {
    house.next('POST /oauth/register', json(400, { message: 'too many clients from here' }))
    await assert.rejects(
      house.signIn('code'),
      (error) => error instanceof Refusal && /too many clients from here/.test(error.message),
    )
  })

  test('P1 circleci: the browser carries the name of what was asked, and nothing else', async () => {
    await house.signIn('code')
    assert.equal(asked('POST /oauth/par'), 1)
    assert.deepEqual([...new URL(house.browsed).searchParams.keys()].sort(), ['client_id', 'request_uri'])
  })

  test('P1 circleci: the end of its token is told ahead, and then a person is needed', async () => {
    await house.signIn('code')
    const { accessToken } = await house.lease()
    house.clock.jump(80 * DAY_MS)
    await house.clock.advance(30_000)
    assert.equal(house.status().needsYouBy, null)
    house.clock.jump(9 * DAY_MS)
    await house.clock.advance(30_000)
    const { state, reason, needsYouBy, expiresAt } = house.status()
    assert.deepEqual([state, reason], ['active', ''])
    assert.match(needsYouBy?.why ?? '', /cannot be refreshed/)
    assert.deepEqual([needsYouBy?.at, needsYouBy?.fix], [expiresAt, 'fob sign-in work'])
    assert.equal((await house.lease()).accessToken, accessToken)
    house.clock.jump(2 * DAY_MS)
    await house.clock.advance(30_000)
    assert.equal(house.status().state, 'consentRequired')
    assert.equal((await house.signIn('code')).outcome, 'granted')
  })
})
