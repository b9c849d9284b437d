/**
 * Answers token endpoints are known, or may be feared, to give to a refresh, with what each is and whether it may
 * end the grant. Data only: run through the adapter for the outcome, and through the core for the verdict.
 */
import type { Outcome } from '../../../daemon/core/outcome.js'

type Expected = {
  readonly kind: Exclude<Outcome['kind'], 'unreachable' | 'unanswered' | 'unproven'>
  /** Of an OAuth error. */
  readonly error?: string
  /** Of an answer that asks to wait. */
  readonly retryAfterMs?: number
}

export interface TokenAnswerRow {
  readonly name: string
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly expected: Expected
  /** Whether this answer, to a refresh, proves that the grant is over. */
  readonly endsGrant: boolean
}

const JSON_TYPE = { 'content-type': 'application/json' }
const HTML_TYPE = { 'content-type': 'text/html; charset=utf-8' }
const PORTAL = '<html><body>Sign in to the café Wi-Fi. error=invalid_grant</body></html>'

const notOAuth: Expected = { kind: 'notOAuth' }
const tokens: Expected = { kind: 'tokens' }

const row = (
  name: string,
  status: number,
  headers: Readonly<Record<string, string>>,
  body: unknown,
  expected: Expected,
  endsGrant = false,
): TokenAnswerRow => ({
  name,
  status,
  headers,
  body: typeof body === 'string' ? body : JSON.stringify(body),
  expected,
  endsGrant,
})

const good = { access_token: 'fresh', token_type: 'Bearer', expires_in: 3600, refresh_token: 'next' }

const granting = [
  row('a plain answer', 200, JSON_TYPE, good, tokens),
  row('with a charset', 200, { 'content-type': 'application/json;charset=UTF-8' }, good, tokens),
  row('in capitals', 200, { 'content-type': 'Application/JSON' }, good, tokens),
  row('lower-case bearer', 200, JSON_TYPE, { ...good, token_type: 'bearer' }, tokens),
  row('no new refresh token', 200, JSON_TYPE, { ...good, refresh_token: undefined }, tokens),
  row('null refresh token', 200, JSON_TYPE, { ...good, refresh_token: null }, tokens),
  row('empty refresh token', 200, JSON_TYPE, { ...good, refresh_token: '' }, tokens),
  row('no lifetime', 200, JSON_TYPE, { ...good, expires_in: undefined }, tokens),
  row('lifetime as text', 200, JSON_TYPE, { ...good, expires_in: '3600' }, tokens),
  row('lifetime zero', 200, JSON_TYPE, { ...good, expires_in: 0 }, tokens),
  row('lifetime below zero', 200, JSON_TYPE, { ...good, expires_in: -1 }, tokens),
  row('lifetime beyond reason', 200, JSON_TYPE, { ...good, expires_in: 1e18 }, tokens),
  row('lifetime of nonsense', 200, JSON_TYPE, { ...good, expires_in: 'soon' }, tokens),
  row('scopes by spaces', 200, JSON_TYPE, { ...good, scope: 'a b' }, tokens),
  row('scopes by commas', 200, JSON_TYPE, { ...good, scope: 'a,b' }, tokens),
  row('scopes as a list', 200, JSON_TYPE, { ...good, scope: ['a', 'b'] }, tokens),
  row('scopes of nonsense', 200, JSON_TYPE, { ...good, scope: 7 }, tokens),
  row('unknown members', 200, JSON_TYPE, { ...good, ok: true, team: { id: 1 } }, tokens),
  row('an id token that is none', 200, JSON_TYPE, { ...good, id_token: 'not.a.jwt' }, tokens),
  row('an empty error beside the tokens', 200, JSON_TYPE, { ...good, error: '' }, tokens),
]

const oauthError = (error: string, more: object = {}): Expected => ({ kind: 'oauthError', error, ...more })

const permanent = [
  ...[400, 401, 403, 200].map((status) =>
    row(
      `invalid_grant with ${status}`,
      status,
      JSON_TYPE,
      { error: 'invalid_grant' },
      oauthError('invalid_grant'),
      true,
    ),
  ),
  row(
    'invalid_grant described at length, with control characters',
    400,
    JSON_TYPE,
    { error: 'invalid_grant', error_description: `spent\n\u001b[31m${'x'.repeat(5_000)}` },
    oauthError('invalid_grant'),
    true,
  ),
  row(
    'invalid_grant described by a number',
    400,
    JSON_TYPE,
    { error: 'invalid_grant', error_description: 7 },
    oauthError('invalid_grant'),
    true,
  ),
  row(
    'invalid_grant with a challenge',
    401,
    { ...JSON_TYPE, 'www-authenticate': 'Basic realm="as"' },
    { error: 'invalid_grant' },
    oauthError('invalid_grant'),
    true,
  ),
  ...['login_required', 'interaction_required', 'consent_required'].map((error) =>
    row(error, 400, JSON_TYPE, { error }, oauthError(error), true),
  ),
]

const keeping = [
  ...[
    'invalid_client',
    'unauthorized_client',
    'invalid_scope',
    'invalid_request',
    'unsupported_grant_type',
  ].map((error) => row(error, 400, JSON_TYPE, { error }, oauthError(error))),
  row(
    'invalid_client with a challenge',
    401,
    { ...JSON_TYPE, 'www-authenticate': 'Basic realm="as"' },
    { error: 'invalid_client' },
    oauthError('invalid_client'),
  ),
  row('an error nobody knows', 400, JSON_TYPE, { error: 'gremlins' }, oauthError('gremlins')),
  row('an error nobody knows, with 200', 200, JSON_TYPE, { error: 'bad_weather' }, oauthError('bad_weather')),
  row(
    'temporarily_unavailable',
    503,
    { ...JSON_TYPE, 'retry-after': '120' },
    { error: 'temporarily_unavailable' },
    oauthError('temporarily_unavailable', { retryAfterMs: 120_000 }),
  ),
  row('server_error', 500, JSON_TYPE, { error: 'server_error' }, oauthError('server_error')),
  row('server_error with 400', 400, JSON_TYPE, { error: 'server_error' }, oauthError('server_error')),
  row('slow_down', 400, JSON_TYPE, { error: 'slow_down' }, oauthError('slow_down')),
  row(
    'invalid_grant under a rate limit',
    429,
    { ...JSON_TYPE, 'retry-after': '30' },
    { error: 'invalid_grant' },
    oauthError('invalid_grant', { retryAfterMs: 30_000 }),
  ),
  row(
    'invalid_grant from a broken server',
    500,
    JSON_TYPE,
    { error: 'invalid_grant' },
    oauthError('invalid_grant'),
  ),
  row(
    'invalid_grant from a broken gateway',
    502,
    JSON_TYPE,
    { error: 'invalid_grant' },
    oauthError('invalid_grant'),
  ),
  row(
    'invalid_grant after a time-out',
    408,
    JSON_TYPE,
    { error: 'invalid_grant' },
    oauthError('invalid_grant'),
  ),
]

const unreadable = [
  ...[200, 400, 401, 403, 404, 500, 502, 503, 504, 511].map((status) =>
    row(`a portal's page with ${status}`, status, HTML_TYPE, PORTAL, notOAuth),
  ),
  ...[301, 302, 303, 307, 308].map((status) =>
    row(`a redirect with ${status}`, status, { location: '/elsewhere' }, '', notOAuth),
  ),
  row(
    'a redirect that carries an error',
    302,
    { ...JSON_TYPE, location: '/x' },
    { error: 'invalid_grant' },
    notOAuth,
  ),
  ...[200, 204, 400, 401, 500].map((status) => row(`nothing with ${status}`, status, {}, '', notOAuth)),
  row('no body, called JSON', 200, JSON_TYPE, '', notOAuth),
  row('an error without a content type', 400, {}, { error: 'invalid_grant' }, notOAuth),
  row('an error as plain text', 400, { 'content-type': 'text/plain' }, { error: 'invalid_grant' }, notOAuth),
  row(
    'an error as a script',
    400,
    { 'content-type': 'text/javascript' },
    { error: 'invalid_grant' },
    notOAuth,
  ),
  row(
    'an error as a form',
    400,
    { 'content-type': 'application/x-www-form-urlencoded' },
    'error=invalid_grant',
    notOAuth,
  ),
  row(
    'an error as a problem',
    400,
    { 'content-type': 'application/problem+json' },
    { error: 'invalid_grant' },
    notOAuth,
  ),
  row('an error cut short', 400, JSON_TYPE, '{"error":"invalid_gr', notOAuth),
  row('an error inside a list', 400, JSON_TYPE, [{ error: 'invalid_grant' }], notOAuth),
  row('an error that is a number', 400, JSON_TYPE, { error: 400 }, notOAuth),
  row('an error that is true', 400, JSON_TYPE, { error: true }, notOAuth),
  row('an error that is an object', 400, JSON_TYPE, { error: { code: 'invalid_grant' } }, notOAuth),
  row('an error that is empty', 400, JSON_TYPE, { error: '' }, notOAuth),
  row('an error with a quote in it', 400, JSON_TYPE, { error: 'invalid_grant"' }, notOAuth),
  row('an error as long as a page', 400, JSON_TYPE, { error: 'x'.repeat(5_000) }, notOAuth),
  row('an error in another member', 400, JSON_TYPE, { message: 'invalid_grant' }, notOAuth),
  row('JSON that is a string', 400, JSON_TYPE, '"invalid_grant"', notOAuth),
  row('JSON that is null', 200, JSON_TYPE, 'null', notOAuth),
  row('HTML called JSON', 400, JSON_TYPE, PORTAL, notOAuth),
  row('tokens and an error at once', 200, JSON_TYPE, { ...good, error: 'invalid_grant' }, notOAuth),
  row('tokens called HTML', 200, HTML_TYPE, good, notOAuth),
  row('tokens with 201', 201, JSON_TYPE, good, notOAuth),
  row('tokens with 400', 400, JSON_TYPE, good, notOAuth),
  row('tokens cut short', 200, JSON_TYPE, '{"access_token":"fr', notOAuth),
  row('no access token', 200, JSON_TYPE, { ...good, access_token: undefined }, notOAuth),
  row('an empty access token', 200, JSON_TYPE, { ...good, access_token: '' }, notOAuth),
  row('an access token that is a number', 200, JSON_TYPE, { ...good, access_token: 7 }, notOAuth),
  row(
    'an access token with a line break',
    200,
    JSON_TYPE,
    { ...good, access_token: 'a\r\nX-Evil: 1' },
    notOAuth,
  ),
  row('no token type', 200, JSON_TYPE, { ...good, token_type: undefined }, notOAuth),
  row('a refresh token that is a number', 200, JSON_TYPE, { ...good, refresh_token: 7 }, notOAuth),
  row('a rate limit without JSON', 429, { 'retry-after': '60' }, 'slow', {
    ...notOAuth,
    retryAfterMs: 60_000,
  }),
  row('a rate limit of a year', 429, { 'retry-after': '31536000' }, '', {
    ...notOAuth,
    retryAfterMs: 86_400_000,
  }),
  row('a wait until a moment gone', 503, { 'retry-after': 'Thu, 01 Jan 1970 00:00:00 GMT' }, '', {
    ...notOAuth,
    retryAfterMs: 0,
  }),
  row('a wait of nonsense', 503, { 'retry-after': 'later' }, '', notOAuth),
  row('a request time-out', 408, {}, '', notOAuth),
  row('a proxy that wants a password', 407, HTML_TYPE, PORTAL, notOAuth),
]

const untrusted = [
  row('a DPoP token', 200, JSON_TYPE, { ...good, token_type: 'DPoP' }, { kind: 'untrusted' }),
  row('a MAC token', 200, JSON_TYPE, { ...good, token_type: 'mac' }, { kind: 'untrusted' }),
]

export const tokenAnswers: readonly TokenAnswerRow[] = [
  ...granting,
  ...permanent,
  ...keeping,
  ...unreadable,
  ...untrusted,
]
