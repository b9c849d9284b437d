/** Two connections of one account, where ending one token at the provider ends all that the account gave there. */
import assert from 'node:assert/strict'
import { ConnectionName } from '../../shared/contract/ids.js'
import { played } from './played.js'
import { ProviderHouse } from './providerHouse.js'

const SECOND = ConnectionName.parse('second')

suite('one account at two connections', () => {
  let house: ProviderHouse
  teardown(() => house.close())

  for (const { profile, personality } of played) {
    if (profile.revocationEndsAll === undefined) continue
    const name = personality.as === undefined ? profile.id : `${profile.id} ${personality.as}`

    test(`P1 ${name}: signing out of one leaves the other its grant, and signing out of that ends it`, async () => {
      house = await new ProviderHouse(profile, personality).open()
      await house.add('code')
      await house.signIn('code')
      await house.add('code', { name: SECOND })
      await house.signIn('code', SECOND)
      const { accessToken } = await house.lease()

      const first = await house.signOut(SECOND)
      assert.equal(first.revoked, false)
      assert.match(first.left, /would end work with it/)
      await house.refresh()
      assert.ok(house.desk.scopesOf(accessToken) && house.desk.scopesOf((await house.lease()).accessToken))

      const last = await house.signOut()
      assert.deepEqual([last.revoked, last.left], [true, ''])
      assert.equal(house.desk.scopesOf(accessToken), undefined)
    })

    test(`P1 ${name}: there, revoking what one connection holds ends what the other does`, async () => {
      house = await new ProviderHouse(profile, personality).open()
      await house.add('code')
      await house.signIn('code')
      await house.add('code', { name: SECOND })
      await house.signIn('code', SECOND)
      house.desk.endAllLike((await house.lease({}, 0, SECOND)).accessToken)
      await assert.rejects(house.refresh(), /expired, revoked or already used/)
    })
  }
})
