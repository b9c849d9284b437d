/** The errors of those whose answers are not those of RFC 6749: AWS, CircleCI, HashiCorp Vault. */
import type { Matter } from '../../../shared/contract/doctor.js'
import { answered, bad, declined, ENDS, message, unauthorized, type Rest } from './misfortuneKinds.js'
import type { Misfortune, Where } from './personality.js'

/** https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/API_CreateToken.html#API_CreateToken_Errors */
const exception = (
  where: Where,
  status: number,
  name: string,
  error: string,
  matter: Matter,
  rest: Rest = {},
): Misfortune => {
  const headers = { 'x-amzn-errortype': `${name}:http://internal.amazon.com/coral/com.amazonaws.sso.oidc/` }
  const body = { error, error_description: `${name} of AWS` }
  return answered(where, status, body, matter, { headers, ...rest })
}

export const aws: readonly Misfortune[] = [
  exception('refresh', 400, 'InvalidGrantException', 'invalid_grant', 'grant', ENDS),
  exception('refresh', 401, 'InvalidClientException', 'invalid_client', 'client', ENDS),
  exception('refresh', 400, 'AccessDeniedException', 'access_denied', 'account'),
  exception('refresh', 400, 'UnauthorizedClientException', 'unauthorized_client', 'flow'),
  exception('refresh', 400, 'UnsupportedGrantTypeException', 'unsupported_grant_type', 'flow'),
  exception('refresh', 400, 'InvalidScopeException', 'invalid_scope', 'scopes'),
  exception('refresh', 400, 'SlowDownException', 'slow_down', 'provider'),
  exception('refresh', 500, 'InternalServerException', 'server_error', 'provider'),
  exception('redeem', 400, 'InvalidGrantException', 'invalid_grant', 'consent'),
  exception('register', 400, 'InvalidRequestRegionException', 'invalid_request', 'account'),
  exception('register', 400, 'InvalidClientMetadataException', 'invalid_client_metadata', 'client'),
  exception('register', 400, 'InvalidScopeException', 'invalid_scope', 'scopes'),
  exception('device', 400, 'InvalidRequestException', 'invalid_request', 'account'),
  exception('device', 400, 'InvalidRequestRegionException', 'invalid_request', 'account'),
  exception('poll', 400, 'ExpiredTokenException', 'expired_token', 'consent'),
  exception('poll', 400, 'AccessDeniedException', 'access_denied', 'consent'),
  declined(),
]

/**
 * The sentences are not documented; those that name a parameter are made up from what is refused.
 * https://circleci.com/docs/guides/toolkit/oauth-dynamic-client-registration/
 */
export const circleci: readonly Misfortune[] = [
  message('register', 400, 'redirect_uris must be loopback addresses with a port from 1025 on', 'redirect'),
  message('begin', 400, 'unknown client_id', 'client'),
  message('begin', 400, 'redirect_uri is not registered', 'redirect'),
  bad('redeem', 'invalid_grant', '', 'consent'),
  unauthorized('redeem', 'invalid_client', '', 'client'),
  message('api', 401, 'You must log in first.', 'accessToken'),
]

/** https://developer.hashicorp.com/vault/api-docs#error-response */
const errors = (where: Where, status: number, text: string, matter: Matter, rest?: Rest): Misfortune =>
  answered(where, status, { errors: [text] }, matter, rest)

/** In the words of its sources. */
export const vault: readonly Misfortune[] = [
  errors('refresh', 403, 'permission denied', 'grant', ENDS),
  errors('refresh', 403, '2 errors occurred: * permission denied * invalid token', 'grant', ENDS),
  errors('refresh', 400, 'lease is not renewable', 'grant', ENDS),
  errors('refresh', 500, 'failed to renew entry: past the max TTL, cannot renew', 'grant', ENDS),
  errors('api', 403, 'permission denied', 'accessToken'),
  errors('refresh', 503, 'Vault is sealed', 'provider'),
  errors('refresh', 404, '', 'account'),
  errors('narrow', 403, '1 error occurred: * permission denied', 'policy'),
  errors('narrow', 400, 'child policies must be subset of parent', 'scopes'),
  errors('begin', 400, 'role "dev" could not be found', 'client'),
  errors('begin', 503, 'Vault is sealed', 'provider'),
  // An address that the role does not allow, and no word why.
  answered('begin', 200, { data: { auth_url: '' } }, 'redirect'),
  errors('redeem', 400, 'Vault login failed. Expired or missing OAuth state.', 'consent'),
  errors(
    'redeem',
    400,
    'Vault login failed. Error exchanging oidc code: "oauth2: invalid_client".',
    'client',
  ),
  errors(
    'redeem',
    400,
    'error validating claims: claim "groups" does not match any associated bound claim values',
    'policy',
  ),
  errors(
    'itself',
    400,
    'error validating token: invalid expiration time (exp) claim: token is expired',
    'client',
  ),
  errors('itself', 400, 'error validating token: invalid audience (aud) claim: does not match', 'client'),
  errors('itself', 400, 'role "dev" could not be found', 'client'),
]
