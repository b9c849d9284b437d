/** The errors of those who keep to OpenID Connect, each in its own words; and of any server, by the RFCs alone. */
import { bad, declined, ENDS, forbidden, oauth, over, unauthorized, wrongClient } from './misfortuneKinds.js'
import type { Misfortune } from './personality.js'

/** https://developer.okta.com/docs/reference/api/oidc/ */
export const okta: readonly Misfortune[] = [
  over('The refresh token is invalid or expired.'),
  wrongClient("Invalid value for 'client_id' parameter."),
  wrongClient('The client secret supplied for a confidential client is invalid.'),
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
  declined('The resource owner denied the request.'),
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
  declined('User did not authorize the request'),
]

/** In the words of its sources. */
export const keycloak: readonly Misfortune[] = [
  over('Token is not active'),
  over('Session not active'),
  over('Offline session not active'),
  over('Maximum allowed refresh token reuse exceeded'),
  over('Stale token'),
  over('User disabled', 'account'),
  over('Account is not fully set up', 'account'),
  unauthorized('refresh', 'unauthorized_client', 'Invalid client or Invalid client credentials', 'client'),
  wrongClient('Invalid client or Invalid client credentials'),
  bad('refresh', 'invalid_scope', 'Invalid scopes: openid offline_access read', 'scopes'),
  bad('narrow', 'invalid_request', 'Standard token exchange is not enabled for the requested client', 'flow'),
  bad('narrow', 'invalid_request', 'Requested audience not available: orders', 'scopes'),
  bad('narrow', 'unsupported_grant_type', 'Unsupported grant_type', 'flow'),
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
  declined(),
  unauthorized('api', 'invalid_token', 'Token verification failed', 'accessToken'),
  forbidden('api', 'insufficient_scope', 'Missing openid scope', 'scopes'),
]

/** https://developers.google.com/identity/protocols/oauth2/native-app#authorization-errors */
export const google: readonly Misfortune[] = [
  over('Token has been expired or revoked.'),
  over('Bad Request'),
  over('Account has been deleted', 'account'),
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
  wrongClient('The OAuth client was not found.'),
  wrongClient('The provided client secret is invalid.'),
  unauthorized('refresh', 'deleted_client', 'The OAuth client was deleted.', 'client'),
  unauthorized('refresh', 'disabled_client', 'The OAuth client was disabled.', 'client'),
  unauthorized('refresh', 'unauthorized_client', 'Unauthorized', 'client'),
  bad('refresh', 'invalid_scope', 'Some requested scopes were invalid.', 'scopes'),
  bad('redeem', 'invalid_grant', 'Malformed auth code.', 'consent'),
  bad('redeem', 'redirect_uri_mismatch', 'Bad Request', 'redirect'),
  bad('browser', 'admin_policy_enforced', '', 'policy'),
  bad('browser', 'org_internal', '', 'account'),
  declined(),
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
  wrongClient('Invalid client credentials.'),
  bad('redeem', 'invalid_request', 'Invalid or expired code parameter.', 'consent'),
  bad('browser', 'invalid_scope', 'Unrecognized scope(s) ["groups"]', 'scopes'),
  declined(),
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
  over(''),
  bad('refresh', 'login_required', '', 'policy', ENDS),
  bad('refresh', 'interaction_required', '', 'policy', ENDS),
  bad('refresh', 'consent_required', '', 'consent', ENDS),
  wrongClient(''),
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
  declined(),
  bad('poll', 'expired_token', '', 'consent'),
]

/** https://openid.net/specs/openid-connect-registration-1_0.html#RegistrationError */
export const registering: readonly Misfortune[] = [
  wrongClient('client is invalid'),
  bad('register', 'invalid_redirect_uri', 'redirect_uris must use https', 'redirect'),
  bad(
    'register',
    'invalid_client_metadata',
    'token_endpoint_auth_method must be client_secret_basic',
    'client',
  ),
  unauthorized('register', 'invalid_token', 'no access token provided', 'client'),
  forbidden('register', 'insufficient_scope', "Policy 'Trusted Hosts' rejected request", 'client'),
]
