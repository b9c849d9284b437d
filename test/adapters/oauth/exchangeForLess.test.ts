import assert from 'node:assert/strict'
import { exchangeParameters, withoutRefreshToken } from '../../../daemon/adapters/oauth/exchangeForLess.js'
import { Secret } from '../../../daemon/core/secret.js'
import { keycloak } from '../../../daemon/providers/keycloak.js'
import { tokensOutcome } from '../../fakes/scriptedAuthorizationServer.js'

const { downScope } = keycloak
assert.ok(downScope.kind === 'exchange')
const sent = (...scopes: string[]) => exchangeParameters(downScope, new Secret('own-access-token'), scopes)

suite('an access token in exchange for one for less', () => {
  test('the one there is goes out, as what it is, and names what is wanted', () => {
    const type = 'urn:ietf:params:oauth:token-type:access_token'
    assert.deepEqual(Object.fromEntries(sent('email', 'openid')), {
      subject_token: 'own-access-token',
      subject_token_type: type,
      requested_token_type: type,
      scope: 'email openid',
    })
  })

  test('each audience is named on its own, and without scopes none are sent', () => {
    const both = sent('audience:orders', 'audience:stock')
    assert.deepEqual(both.getAll('audience'), ['orders', 'stock'])
    assert.equal(both.has('scope'), false)
  })

  test('a refresh token that came in exchange does not take the place of the grant’s own', () => {
    const outcome = withoutRefreshToken(tokensOutcome({ refreshToken: 'another' }))
    assert.ok(outcome.kind === 'tokens')
    assert.equal(outcome.tokens.refreshToken, undefined)
  })
})
