/**
 * The errors of each provider as it answers them, by what its documentation or its sources show, and what an expert
 * would look at first. Apart from what fob makes of them, so that the one can be held against the other.
 */
import type { Matter } from '../../../shared/contract/doctor.js'
import type { Misfortune, Where } from './personality.js'

type Rest = Partial<Pick<Misfortune, 'headers' | 'endsGrant'>>

const ENDS: Rest = { endsGrant: true }

/** RFC 6749 §5.2, and §4.1.2.1 in the browser. */
export const oauth =
  (status: number) =>
  (where: Where, error: string, description: string, matter: Matter, rest: Rest = {}): Misfortune => ({
    where,
    status,
    body: { error, ...(description === '' ? {} : { error_description: description }) },
    matter,
    ...rest,
  })

export const bad = oauth(400)
export const unauthorized = oauth(401)
export const forbidden = oauth(403)

/** https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors */
const said = oauth(200)
const api = (status: number, message: string, matter: Matter, rest: Rest = {}): Misfortune => ({
  where: 'api',
  status,
  body: { message },
  matter,
  ...rest,
})

const githubOfBoth: readonly Misfortune[] = [
  said('redeem', 'bad_verification_code', 'The code passed is incorrect or expired.', 'consent'),
  said(
    'redeem',
    'incorrect_client_credentials',
    'The client_id and/or client_secret passed are incorrect.',
    'client',
  ),
  said(
    'redeem',
    'redirect_uri_mismatch',
    'The redirect_uri MUST match the registered callback URL for this application.',
    'redirect',
  ),
  said('redeem', 'unverified_user_email', 'The user must have a verified primary email.', 'account'),
  said(
    'browser',
    'redirect_uri_mismatch',
    'The redirect_uri MUST match the registered callback URL for this application.',
    'redirect',
  ),
  said('browser', 'application_suspended', 'Your application has been suspended.', 'client'),
  said('browser', 'access_denied', 'The user has denied your application access.', 'consent'),
  said('poll', 'incorrect_device_code', 'The device_code provided is not valid.', 'consent'),
  said('poll', 'expired_token', 'This device_code has expired.', 'consent'),
  said(
    'poll',
    'unsupported_grant_type',
    'The grant type must be urn:ietf:params:oauth:grant-type:device_code.',
    'flow',
  ),
  bad('device', 'device_flow_disabled', 'Device Flow must be explicitly enabled for this App', 'flow'),
  api(401, 'Bad credentials', 'accessToken'),
  api(403, 'Resource protected by organization SAML enforcement.', 'policy', {
    headers: { 'x-github-sso': 'required; url=https://github.com/orgs/octo/sso?authorization_request=AQ' },
  }),
  api(
    403,
    'Although you appear to have the correct authorization credentials, the `octo` organization has enabled ' +
      'OAuth App access restrictions, meaning that data access to third-parties is limited.',
    'policy',
  ),
  {
    where: 'api',
    status: 200,
    body: {},
    headers: { 'x-github-sso': 'partial-results; organizations=21955855,20582480' },
    matter: 'policy',
  },
]

export const github = githubOfBoth

export const githubApp: readonly Misfortune[] = [
  ...githubOfBoth,
  said('refresh', 'bad_refresh_token', 'The refresh token passed is incorrect or expired.', 'grant', ENDS),
  said(
    'refresh',
    'incorrect_client_credentials',
    'The client_id and/or client_secret passed are incorrect.',
    'client',
  ),
  said('refresh', 'unverified_user_email', 'The user must have a verified primary email.', 'account'),
]

/** Doorkeeper's own sentences (config/locales/doorkeeper.en.yml). */
const DOORKEEPER = {
  grant:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in ' +
    'the authorization request, or was issued to another client.',
  client:
    'Client authentication failed due to unknown client, no client authentication included, or unsupported ' +
    'authentication method.',
  scope: 'The requested scope is invalid, unknown, or malformed.',
  unauthorized: 'The client is not authorized to perform this request using this method.',
  grantType: 'The authorization grant type is not supported by the authorization server.',
  redirect: "The requested redirect uri is malformed or doesn't match client redirect URI.",
  denied: 'The resource owner or authorization server denied the request.',
}

export const gitlab: readonly Misfortune[] = [
  bad('refresh', 'invalid_grant', DOORKEEPER.grant, 'grant', ENDS),
  unauthorized('refresh', 'invalid_client', DOORKEEPER.client, 'client'),
  bad('refresh', 'invalid_scope', DOORKEEPER.scope, 'scopes'),
  forbidden('refresh', 'unauthorized_client', DOORKEEPER.unauthorized, 'flow'),
  bad('redeem', 'invalid_grant', DOORKEEPER.grant, 'redirect'),
  bad('browser', 'invalid_redirect_uri', DOORKEEPER.redirect, 'redirect'),
  bad('browser', 'access_denied', DOORKEEPER.denied, 'consent'),
  bad('browser', 'invalid_scope', DOORKEEPER.scope, 'scopes'),
  bad('poll', 'expired_token', 'The code has expired.', 'consent'),
  bad('poll', 'unsupported_grant_type', DOORKEEPER.grantType, 'flow'),
  {
    where: 'api',
    status: 403,
    body: {
      error: 'insufficient_scope',
      error_description: 'The request requires higher privileges than provided by the access token.',
      scope: 'openid',
    },
    matter: 'scopes',
  },
  unauthorized(
    'api',
    'invalid_token',
    'Token was revoked. You have to re-authorize from the user.',
    'accessToken',
  ),
]

export const bitbucket: readonly Misfortune[] = [
  bad('refresh', 'invalid_grant', 'The specified refresh token is invalid.', 'grant', ENDS),
  bad('refresh', 'invalid_client', '', 'client'),
  bad('refresh', 'unauthorized_client', 'Invalid OAuth client credentials', 'client'),
  bad('redeem', 'invalid_grant', 'The specified code is not valid.', 'redirect'),
  bad('redeem', 'invalid_request', 'redirect_uri does not match', 'redirect'),
  {
    where: 'api',
    status: 403,
    body: {
      type: 'error',
      error: {
        message: 'Your credentials lack one or more required privilege scopes.',
        detail: { required: ['account'], granted: ['repository'] },
      },
    },
    matter: 'scopes',
  },
]

export const atlassian: readonly Misfortune[] = [
  forbidden('refresh', 'invalid_grant', 'Unknown or invalid refresh token.', 'grant', ENDS),
  // Met by people for a dead token; the word says that the client is at fault, so the grant is kept.
  forbidden('refresh', 'unauthorized_client', 'refresh_token is invalid', 'grant'),
  unauthorized('refresh', 'access_denied', 'Unauthorized', 'client'),
  bad('redeem', 'invalid_grant', 'Invalid authorization code', 'consent'),
  bad('browser', 'invalid_scope', 'The requested scope is invalid.', 'scopes'),
  bad('browser', 'access_denied', 'User did not authorize the request', 'consent'),
  { where: 'api', status: 401, body: { code: 401, message: 'Unauthorized' }, matter: 'accessToken' },
]

/** https://docs.slack.dev/reference/methods/oauth.v2.access */
const notOk = (where: Where, error: string, matter: Matter, rest: Rest = {}): Misfortune => ({
  where,
  status: 200,
  body: { ok: false, error },
  matter,
  ...rest,
})

export const slack: readonly Misfortune[] = [
  notOk('refresh', 'invalid_refresh_token', 'grant', ENDS),
  notOk('refresh', 'token_expired', 'grant', ENDS),
  notOk('refresh', 'token_revoked', 'grant', ENDS),
  notOk('refresh', 'account_inactive', 'account', ENDS),
  notOk('refresh', 'invalid_client_id', 'client'),
  notOk('refresh', 'bad_client_secret', 'client'),
  notOk('refresh', 'invalid_grant_type', 'flow'),
  notOk('refresh', 'org_login_required', 'provider'),
  { ...notOk('refresh', 'ratelimited', 'provider'), status: 429 },
  notOk('redeem', 'invalid_code', 'consent'),
  notOk('redeem', 'code_already_used', 'consent'),
  notOk('redeem', 'bad_redirect_uri', 'redirect'),
  notOk('redeem', 'no_scopes', 'scopes'),
  notOk('redeem', 'no_user_scopes', 'scopes'),
  bad('browser', 'access_denied', '', 'consent'),
]

/** What little is known of it. */
export const jetbrainsSpace: readonly Misfortune[] = [
  bad('redeem', 'unauthorized_client', '', 'redirect'),
  bad('browser', 'access_denied', '', 'consent'),
  bad('refresh', 'invalid_grant', '', 'grant', ENDS),
]

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
