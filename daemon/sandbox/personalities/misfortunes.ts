/**
 * The errors of each provider as it answers them, by what its documentation or its sources show, and what an expert
 * would look at first. Apart from what fob makes of them, so that the one can be held against the other.
 */
import type { Matter } from '../../../shared/contract/doctor.js'
import {
  answered,
  bad,
  declined,
  ENDS,
  forbidden,
  message,
  oauth,
  over,
  unauthorized,
  wrongClient,
  type Rest,
} from './misfortuneKinds.js'
import type { Misfortune, Where } from './personality.js'

/** https://docs.github.com/en/apps/oauth-apps/maintaining-oauth-apps/troubleshooting-oauth-app-access-token-request-errors */
const said = oauth(200)
const api = (status: number, text: string, matter: Matter, rest?: Rest): Misfortune =>
  message('api', status, text, matter, rest)

const WRONG_CLIENT = 'The client_id and/or client_secret passed are incorrect.'
const WRONG_REDIRECT = 'The redirect_uri MUST match the registered callback URL for this application.'
const UNVERIFIED = 'The user must have a verified primary email.'

export const github: readonly Misfortune[] = [
  said('redeem', 'bad_verification_code', 'The code passed is incorrect or expired.', 'consent'),
  said('redeem', 'incorrect_client_credentials', WRONG_CLIENT, 'client'),
  said('redeem', 'redirect_uri_mismatch', WRONG_REDIRECT, 'redirect'),
  said('redeem', 'unverified_user_email', UNVERIFIED, 'account'),
  said('browser', 'redirect_uri_mismatch', WRONG_REDIRECT, 'redirect'),
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
  answered('api', 200, {}, 'policy', {
    headers: { 'x-github-sso': 'partial-results; organizations=21955855,20582480' },
  }),
]

export const githubApp: readonly Misfortune[] = [
  ...github,
  said('refresh', 'bad_refresh_token', 'The refresh token passed is incorrect or expired.', 'grant', ENDS),
  said('refresh', 'incorrect_client_credentials', WRONG_CLIENT, 'client'),
  said('refresh', 'unverified_user_email', UNVERIFIED, 'account'),
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
  over(DOORKEEPER.grant),
  wrongClient(DOORKEEPER.client),
  bad('refresh', 'invalid_scope', DOORKEEPER.scope, 'scopes'),
  forbidden('refresh', 'unauthorized_client', DOORKEEPER.unauthorized, 'flow'),
  bad('redeem', 'invalid_grant', DOORKEEPER.grant, 'redirect'),
  bad('browser', 'invalid_redirect_uri', DOORKEEPER.redirect, 'redirect'),
  declined(DOORKEEPER.denied),
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
  over('The specified refresh token is invalid.'),
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
  declined('User did not authorize the request'),
  answered('api', 401, { code: 401, message: 'Unauthorized' }, 'accessToken'),
]

/** https://docs.slack.dev/reference/methods/oauth.v2.access */
const notOk = (where: Where, error: string, matter: Matter, rest?: Rest): Misfortune =>
  answered(where, 200, { ok: false, error }, matter, rest)

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
  declined(),
  notOk('api', 'invalid_auth', 'accessToken'),
  notOk('api', 'token_revoked', 'grant'),
  { ...notOk('api', 'missing_scope', 'scopes'), body: { ok: false, error: 'missing_scope', needed: 'x' } },
]

/** What little is known of it. */
export const jetbrainsSpace: readonly Misfortune[] = [
  bad('redeem', 'unauthorized_client', '', 'redirect'),
  bad('redeem', 'invalid_grant', '', 'consent'),
  wrongClient(''),
  bad('refresh', 'invalid_scope', '', 'scopes'),
  unauthorized('api', 'authentication-required', 'Access token has expired', 'accessToken'),
  forbidden('api', 'permission-denied', 'No permission global:Profile.View', 'scopes'),
  declined(),
  over(''),
]
