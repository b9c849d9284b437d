/** The errors of those who keep to OpenID Connect, each in its own words; and of any server, by the RFCs alone. */
import { ENDS, bad, forbidden, oauth, unauthorized } from './misfortunes.js'
import type { Misfortune } from './personality.js'

/** https://developer.okta.com/docs/reference/api/oidc/ */
export const okta: readonly Misfortune[] = [
  bad('refresh', 'invalid_grant', 'The refresh token is invalid or expired.', 'grant', ENDS),
  unauthorized('refresh', 'invalid_client', "Invalid value for 'client_id' parameter.", 'client'),
  unauthorized(
    'refresh',
    'invalid_client',
    'The client secret supplied for a confidential client is invalid.',
    'client',
  ),
  bad(
    'refresh',
    'invalid_scope',
    'One or more scopes are not configured for the authorization server resource.',
    'scopes',
  ),
  bad(
    'refresh',
    'access_denied',
    'Policy evaluation failed for this request, please check the policy configurations.',
    'policy',
  ),
  bad(
    'refresh',
    'unauthorized_client',
    'The client is not authorized to use the provided grant type. Configured grant types: [authorization_code].',
    'flow',
  ),
  bad('refresh', 'invalid_dpop_proof', 'The DPoP proof JWT header is missing.', 'policy'),
  bad('redeem', 'invalid_grant', 'PKCE verification failed.', 'consent'),
  bad('redeem', 'invalid_grant', 'The authorization code is invalid or has expired.', 'consent'),
  bad('browser', 'access_denied', 'User is not assigned to the client application.', 'account'),
  unauthorized('api', 'invalid_token', 'The access token is invalid.', 'accessToken'),
  forbidden(
    'api',
    'insufficient_scope',
    'The access token must provide access to at least one of these scopes - profile, email, address or phone',
    'scopes',
  ),
  bad('browser', 'access_denied', 'The resource owner denied the request.', 'consent'),
]

export const auth0: readonly Misfortune[] = [
  forbidden('refresh', 'invalid_grant', 'Unknown or invalid refresh token.', 'grant', ENDS),
  unauthorized('refresh', 'access_denied', 'Unauthorized', 'client'),
  forbidden(
    'refresh',
    'access_denied',
    'Service not enabled within domain: https://api.example.test',
    'scopes',
  ),
  forbidden(
    'refresh',
    'unauthorized_client',
    "Grant type 'refresh_token' not allowed for the client.",
    'flow',
  ),
  forbidden('refresh', 'mfa_required', 'Multifactor authentication required', 'policy'),
  oauth(429)('refresh', 'too_many_requests', 'Global limit has been reached', 'provider'),
  forbidden('redeem', 'invalid_grant', 'Invalid authorization code', 'consent'),
  forbidden(
    'device',
    'unauthorized_client',
    "Grant type 'urn:ietf:params:oauth:grant-type:device_code' not allowed for the client.",
    'flow',
  ),
  bad('browser', 'unauthorized', 'user is blocked', 'account'),
  bad('browser', 'access_denied', 'User did not authorize the request', 'consent'),
]

/** In the words of its sources. */
export const keycloak: readonly Misfortune[] = [
  bad('refresh', 'invalid_grant', 'Token is not active', 'grant', ENDS),
  bad('refresh', 'invalid_grant', 'Session not active', 'grant', ENDS),
  bad('refresh', 'invalid_grant', 'Offline session not active', 'grant', ENDS),
  bad('refresh', 'invalid_grant', 'Maximum allowed refresh token reuse exceeded', 'grant', ENDS),
  bad('refresh', 'invalid_grant', 'Stale token', 'grant', ENDS),
  bad('refresh', 'invalid_grant', 'User disabled', 'account', ENDS),
  bad('refresh', 'invalid_grant', 'Account is not fully set up', 'account', ENDS),
  unauthorized('refresh', 'unauthorized_client', 'Invalid client or Invalid client credentials', 'client'),
  unauthorized('refresh', 'invalid_client', 'Invalid client or Invalid client credentials', 'client'),
  bad('refresh', 'invalid_scope', 'Invalid scopes: openid offline_access read', 'scopes'),
  bad('refresh', 'not_allowed', 'Offline tokens not allowed for the user or client', 'scopes'),
  forbidden('refresh', 'invalid_request', 'HTTPS required', 'trust'),
  oauth(404)('refresh', 'Realm does not exist', '', 'account'),
  bad('redeem', 'invalid_grant', 'Code not valid', 'consent'),
  bad(
    'device',
    'unauthorized_client',
    'Client is not allowed to initiate OAuth 2.0 Device Authorization Grant. The flow is disabled for the client.',
    'flow',
  ),
  unauthorized('itself', 'unauthorized_client', 'Client not enabled to retrieve service account', 'flow'),
  bad('browser', 'access_denied', '', 'consent'),
  unauthorized('api', 'invalid_token', 'Token verification failed', 'accessToken'),
  forbidden('api', 'insufficient_scope', 'Missing openid scope', 'scopes'),
]

/** https://developers.google.com/identity/protocols/oauth2/native-app#authorization-errors */
export const google: readonly Misfortune[] = [
  bad('refresh', 'invalid_grant', 'Token has been expired or revoked.', 'grant', ENDS),
  bad('refresh', 'invalid_grant', 'Bad Request', 'grant', ENDS),
  bad('refresh', 'invalid_grant', 'Account has been deleted', 'account', ENDS),
  {
    where: 'refresh',
    status: 400,
    body: {
      error: 'invalid_grant',
      error_description: 'reauth related error (invalid_rapt)',
      error_subtype: 'invalid_rapt',
    },
    endsGrant: true,
    matter: 'policy',
  },
  unauthorized('refresh', 'invalid_client', 'The OAuth client was not found.', 'client'),
  unauthorized('refresh', 'invalid_client', 'The provided client secret is invalid.', 'client'),
  unauthorized('refresh', 'deleted_client', 'The OAuth client was deleted.', 'client'),
  unauthorized('refresh', 'disabled_client', 'The OAuth client was disabled.', 'client'),
  unauthorized('refresh', 'unauthorized_client', 'Unauthorized', 'client'),
  bad('refresh', 'invalid_scope', 'Some requested scopes were invalid.', 'scopes'),
  bad('redeem', 'invalid_grant', 'Malformed auth code.', 'consent'),
  bad('redeem', 'redirect_uri_mismatch', 'Bad Request', 'redirect'),
  bad('browser', 'admin_policy_enforced', '', 'policy'),
  bad('browser', 'org_internal', '', 'account'),
  bad('browser', 'access_denied', '', 'consent'),
  unauthorized('api', 'invalid_token', 'Invalid Credentials', 'accessToken'),
]

/** Dex, in the words of its sources: a dead refresh token is a malformed request there. */
export const kubernetes: readonly Misfortune[] = [
  bad('refresh', 'invalid_request', 'Refresh token expired.', 'grant'),
  bad(
    'refresh',
    'invalid_request',
    'Refresh token is invalid or has already been claimed by another client.',
    'grant',
  ),
  unauthorized('refresh', 'invalid_client', 'Invalid client credentials.', 'client'),
  bad('redeem', 'invalid_request', 'Invalid or expired code parameter.', 'consent'),
  bad('browser', 'invalid_scope', 'Unrecognized scope(s) ["groups"]', 'scopes'),
  bad('browser', 'access_denied', '', 'consent'),
  bad('poll', 'expired_token', '', 'consent'),
]

/** At Microsoft Entra ID without its numbers, which only its own provider is told of; and at any other server. */
export const serviceAccount: readonly Misfortune[] = [
  unauthorized(
    'itself',
    'invalid_client',
    'AADSTS7000222: The provided client secret keys for app are expired.',
    'client',
  ),
  unauthorized('itself', 'invalid_client', 'AADSTS7000215: Invalid client secret provided.', 'client'),
  unauthorized(
    'itself',
    'invalid_client',
    'AADSTS700027: The certificate with identifier used to sign the client assertion is not registered.',
    'client',
  ),
  bad('itself', 'unauthorized_client', 'AADSTS700016: Application was not found in the directory.', 'client'),
  unauthorized('itself', 'invalid_client', '', 'client'),
  bad('itself', 'unauthorized_client', '', 'flow'),
  bad('itself', 'invalid_scope', '', 'scopes'),
  bad('itself', 'unsupported_grant_type', '', 'flow'),
]

/** What any server may say, by the RFCs alone. */
export const standard: readonly Misfortune[] = [
  bad('refresh', 'invalid_grant', '', 'grant', ENDS),
  bad('refresh', 'login_required', '', 'policy', ENDS),
  bad('refresh', 'interaction_required', '', 'policy', ENDS),
  bad('refresh', 'consent_required', '', 'consent', ENDS),
  unauthorized('refresh', 'invalid_client', '', 'client'),
  bad('refresh', 'unauthorized_client', '', 'flow'),
  bad('refresh', 'unsupported_grant_type', '', 'flow'),
  bad('refresh', 'invalid_scope', '', 'scopes'),
  bad('refresh', 'invalid_target', '', 'scopes'),
  bad('refresh', 'invalid_request', 'redirect_uri is missing', 'redirect'),
  bad('refresh', 'temporarily_unavailable', '', 'provider'),
  oauth(500)('refresh', 'server_error', '', 'provider'),
  bad('refresh', 'slow_down', '', 'provider'),
  bad('redeem', 'invalid_grant', '', 'consent'),
  bad('redeem', 'redirect_uri_mismatch', '', 'redirect'),
  bad('browser', 'access_denied', '', 'consent'),
  bad('poll', 'expired_token', '', 'consent'),
]
