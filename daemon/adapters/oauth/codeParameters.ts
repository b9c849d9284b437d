/** What a browser is sent to ask at the authorization endpoint, and what its answer is held against. */
import { calculatePKCECodeChallenge, randomNonce, randomPKCECodeVerifier, randomState } from 'openid-client'
import type { OAuthClient } from '../../core/providerPorts.js'
import { detailParameters } from './detailParameters.js'
import { scopeParameters } from './scopeParameters.js'

export interface CodeParameters {
  readonly parameters: Record<string, string>
  readonly state: string
  readonly nonce: string
  readonly verifier: string
}

export async function codeParameters(
  client: OAuthClient,
  redirectUri: string,
  claimsChallenge?: string,
): Promise<CodeParameters> {
  const { scopesAsked, redirectUri: page } = client.definition
  // Each is 256 random bits (RFC 7636 §7.1, RFC 6749 §10.10).
  const [verifier, state, nonce] = [randomPKCECodeVerifier(), randomState(), randomNonce()]
  const parameters = {
    redirect_uri: page ?? redirectUri,
    ...scopeParameters(client),
    ...detailParameters(client, 'beginning'),
    state,
    code_challenge: await calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    ...(expectsIdToken(client) ? { nonce } : {}),
    // Without it servers leave the refresh token out (OpenID Connect Core §11).
    ...(scopesAsked.includes('offline_access') ? { prompt: 'consent' } : {}),
    ...(claimsChallenge === undefined ? {} : { claims: claimsChallenge }),
    ...client.profile.authorizationParameters,
  }
  return { parameters, state, nonce, verifier }
}

/** OpenID Connect: asked for, and from a server whose keys are known. */
export const expectsIdToken = ({ definition }: OAuthClient): boolean =>
  definition.scopesAsked.includes('openid') && definition.server.jwksUri !== undefined
