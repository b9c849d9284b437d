/**
 * Token exchange (RFC 8693) of an access token for one for less. Invariant: what is sent is the access token that
 * there is, never a refresh token, and none is taken in exchange: the grant keeps its own.
 */
import type { Scope } from '../../../shared/contract/ids.js'
import type { Outcome } from '../../core/outcome.js'
import type { Secret } from '../../core/secret.js'
import type { DownScopeRule } from '../../providers/scopeRules.js'

export const EXCHANGE_GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

/** RFC 8693 §3. */
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/** RFC 8693 §2.1; each audience is a parameter of its own. */
export function exchangeParameters(
  { audience }: Extract<DownScopeRule, { kind: 'exchange' }>,
  accessToken: Secret,
  scopes: readonly Scope[],
): URLSearchParams {
  const parameters = new URLSearchParams({
    subject_token: accessToken.reveal(),
    subject_token_type: ACCESS_TOKEN,
    requested_token_type: ACCESS_TOKEN,
  })
  const own = scopes.filter((scope) => !scope.startsWith(audience))
  for (const scope of scopes) {
    if (scope.startsWith(audience)) parameters.append('audience', scope.slice(audience.length))
  }
  if (own.length > 0) parameters.set('scope', own.join(' '))
  return parameters
}

/** It would take the place of the one that the grant goes on with. */
export const withoutRefreshToken = (outcome: Outcome): Outcome =>
  outcome.kind === 'tokens' ? { ...outcome, tokens: { ...outcome.tokens, refreshToken: undefined } } : outcome
