/**
 * GitHub as it answers: form-encoded unless JSON is asked for, errors with status 200, scopes joined by commas,
 * and two kinds of clients. OAuth apps get access tokens that do not end; GitHub Apps get pairs that replace each
 * other at once.
 * https://docs.github.com/en/apps/oauth-apps/building-oauth-apps/authorizing-oauth-apps
 */
import { z } from 'zod'
import { anyLoopbackPort, authorize, type RedirectRule } from './authorize.js'
import { proves } from './client.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import { Refused, type Fault } from './refused.js'
import * as misfortunes from './misfortunes.js'
import {
  basicOf,
  bearerOf,
  empty,
  json,
  numberOf,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'
import { DEVICE_GRANT, deviceMembers, exchanged } from './tokenEndpoint.js'

const AUTHORIZE = 'GET /login/oauth/authorize'
const TOKEN = 'POST /login/oauth/access_token'
const DEVICE = 'POST /login/device/code'
const REVOKE = 'DELETE /api/v3/applications/*'
const SCOPED = 'POST /api/v3/applications/*'
const USER = 'GET /api/v3/user'

/** GitHub's words where they differ from the RFC's. */
const WORDS: Partial<Record<Fault, string>> = {
  invalid_client: 'incorrect_client_credentials',
  invalid_request: 'redirect_uri_mismatch',
}

/** What the words of the desk are for each grant. */
const GRANT_WORDS: Readonly<Record<string, string>> = {
  authorization_code: 'bad_verification_code',
  refresh_token: 'bad_refresh_token',
  [DEVICE_GRANT]: 'incorrect_device_code',
}

/** JSON only for those who ask; everybody else gets a form. */
function encoded(asked: Asked, body: Readonly<Record<string, string | number>>): Answer {
  if (/application\/json/.test(asked.header('accept') ?? '')) return json(200, body)
  const form = new URLSearchParams()
  for (const [name, value] of Object.entries(body)) form.set(name, String(value))
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' }
  return { status: 200, headers, body: form.toString() }
}

function wordFor({ fault }: Refused, grantType: string): string {
  if (fault === 'invalid_grant') return GRANT_WORDS[grantType] ?? fault
  return WORDS[fault] ?? fault
}

function said(issued: Issued, isApp: boolean): Record<string, string | number> {
  const { accessToken, refreshToken, expiresIn, scopes } = issued
  return {
    access_token: accessToken,
    token_type: 'bearer',
    // The permissions of an App are its own: the scope of its tokens is always empty.
    scope: isApp ? '' : scopes.join(','),
    ...(expiresIn === null ? {} : { expires_in: expiresIn }),
    ...(refreshToken === undefined
      ? {}
      : { refresh_token: refreshToken, refresh_token_expires_in: SIX_MONTHS_S }),
  }
}

const SIX_MONTHS_S = 15_897_600

function token(desk: Desk, asked: Asked, isApp: boolean): Answer {
  const { form } = asked
  const grantType = form.get('grant_type') ?? 'authorization_code'
  try {
    return encoded(asked, said(granted(desk, asked, grantType), isApp))
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    const word = wordFor(error, grantType)
    return encoded(asked, { error: word, error_description: `GitHub says ${word}.` })
  }
}

/** The secret is asked for but where a device began it, whatever Basic would say. */
function granted(desk: Desk, asked: Asked, grantType: string): Issued {
  const { form } = asked
  const client = desk.client(form.get('client_id') ?? '')
  if (client === undefined) throw new Refused('invalid_client')
  const byDevice = grantType === DEVICE_GRANT || desk.isFromDevice(form.get('refresh_token') ?? '')
  if (!byDevice && !proves(client, form.get('client_secret') ?? '')) throw new Refused('invalid_client')
  return exchanged(desk, asked, client)
}

function device(desk: Desk, asked: Asked): Answer {
  const client = desk.client(asked.form.get('client_id') ?? '')
  if (client === undefined) return json(404, { error: 'Not Found' })
  return encoded(asked, deviceMembers(desk, client, asked, `${asked.base}/login/device`))
}

/** Whether the client in the path is the one that Basic proves. */
function isProven(desk: Desk, asked: Asked): boolean {
  const [id = ''] = asked.rest.split('/')
  const basic = basicOf(asked)
  const client = desk.client(id)
  return client !== undefined && basic?.user === id && proves(client, basic.password)
}

const ScopedQuestion = z.object({
  access_token: z.string(),
  target: z.string(),
  repositories: z.array(z.string()).min(1).optional(),
  permissions: z.record(z.string(), z.enum(['read', 'write', 'admin'])).default({}),
})

/** https://docs.github.com/en/rest/apps/apps#create-a-scoped-access-token */
function scopedToken(desk: Desk, asked: Asked): Answer {
  if (!/^[^/]+\/token\/scoped$/.test(asked.rest) || !isProven(desk, asked)) {
    return json(404, { message: 'Not Found' })
  }
  const question = ScopedQuestion.safeParse(asked.json)
  if (!question.success) return json(422, { message: 'Validation Failed' })
  const { access_token, target, repositories = ['*'], permissions } = question.data
  const issued = desk.narrow(access_token, [
    ...Object.entries(permissions).map(([permission, level]) => `${permission}:${level}`),
    ...repositories.map((repository) => `${target}/${repository}`),
  ])
  if (issued === undefined) return json(404, { message: 'Not Found' })
  const { accessToken, expiresIn } = issued
  const end = expiresIn === null ? null : new Date(asked.now + expiresIn * 1_000).toISOString()
  return json(200, { token: accessToken, expires_at: end, scopes: null })
}

/** https://docs.github.com/en/rest/apps/oauth-applications#delete-an-app-token */
function deleteToken(desk: Desk, asked: Asked): Answer {
  if (!isProven(desk, asked)) return json(404, { message: 'Not Found' })
  const sent = asked.json
  const accessToken =
    typeof sent === 'object' && sent !== null && 'access_token' in sent ? sent.access_token : ''
  const known = typeof accessToken === 'string' && desk.endGrantOf(accessToken)
  return known ? empty(204) : json(422, { message: 'Validation Failed' })
}

function user(desk: Desk, asked: Asked): Answer {
  const login = desk.accountOf(bearerOf(asked))
  if (login === undefined) return json(401, { message: 'Bad credentials' })
  return json(200, { id: numberOf(login), login, name: 'The Octocat' })
}

const organisations = (desk: Desk, asked: Asked): Answer =>
  desk.scopesOf(bearerOf(asked)) === undefined
    ? json(401, { message: 'Bad credentials' })
    : json(200, [{ login: 'octo' }])

/** A GitHub App's callback URLs are compared whole, an OAuth app's without the port of a loopback address. */
const registered: RedirectRule = (uri) => uri === 'http://127.0.0.1:34113/callback'

const routes =
  (isApp: boolean) =>
  (desk: Desk, person: () => Person): Routes => ({
    [AUTHORIZE]: (asked) => authorize(desk, asked, person(), isApp ? registered : anyLoopbackPort),
    [TOKEN]: (asked) => token(desk, asked, isApp),
    [DEVICE]: (asked) => device(desk, asked),
    [REVOKE]: (asked) => deleteToken(desk, asked),
    ...(isApp ? { [SCOPED]: (asked: Asked) => scopedToken(desk, asked) } : {}),
    [USER]: (asked) => user(desk, asked),
    [`${USER}/orgs`]: (asked) => organisations(desk, asked),
  })

const ENDPOINTS = { authorization: AUTHORIZE, device: DEVICE, revocation: REVOKE, userinfo: USER }

export const github: Personality = {
  id: 'github',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  grantsScopes: true,
  revokes: true,
  revokesBySecret: true,
  misfortunes: misfortunes.github,
  rules: {
    accessLifetimeS: null,
    refresh: 'none',
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'gho_', refresh: '' },
  },
  routes: routes(false),
}

export const githubApp: Personality = {
  id: 'github-app',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  grantsScopes: false,
  revokes: true,
  revokesBySecret: true,
  misfortunes: misfortunes.githubApp,
  rules: {
    accessLifetimeS: 28_800,
    refresh: 'singleUse',
    refreshEndsAccessToken: true,
    reuseEndsGrant: false,
    prefixes: { access: 'ghu_', refresh: 'ghr_' },
  },
  routes: routes(true),
}

/** An App with "Expire user authorization tokens" off: they do not end, and there is no refresh token. */
export const githubAppWithoutExpiry: Personality = {
  ...githubApp,
  as: 'without expiry',
  misfortunes: [],
  rules: {
    accessLifetimeS: null,
    refresh: 'none',
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'ghu_', refresh: '' },
  },
}
