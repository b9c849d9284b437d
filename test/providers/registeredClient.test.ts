/** A client that fob registered with a server, and that the server forgets. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { oidc } from '../../daemon/providers/oidc.js'
import { oidcRegistering } from '../../daemon/sandbox/personalities/openIdVendors.js'
import { ProviderHouse } from './providerHouse.js'

suite('a client that fob registered', () => {
  test('and that is forgotten is no reason to sign out: the next sign-in registers another', async () => {
    const house = await new ProviderHouse(oidc, oidcRegistering).open()
    try {
      await house.add('code')
      assert.equal((await house.signIn('code')).outcome, 'granted')
      const { accessToken } = await house.lease()
      const forgotten = house.clientId
      house.desk.dismiss(forgotten)
      const asksForSignIn = (error: unknown): boolean =>
        error instanceof Refusal && error.code === 'misconfigured' && error.fix === 'fob sign-in work'
      await assert.rejects(house.refresh(), asksForSignIn)
      assert.equal(house.status().state, 'blocked')
      assert.equal((await house.lease()).accessToken, accessToken)
      assert.equal((await house.signIn('code')).outcome, 'granted')
      assert.notEqual(house.clientId, forgotten)
      await house.refresh()
    } finally {
      await house.close()
    }
  })
})
