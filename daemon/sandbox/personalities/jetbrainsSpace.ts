/**
 * JetBrains Space on premises as it answers: short access tokens, a refresh token only for offline access, and
 * `unauthorized_client` for a redirect address that is not the application's.
 */
import { authorize, codeIn } from './authorize.js'
import type { Desk } from './desk.js'
import type { Refused } from './refused.js'
import * as misfortunes from './misfortunes.js'
import {
  bearerOf,
  json,
  numberOf,
  text,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'
import { answered, clientOf, exchanged, members } from './tokenEndpoint.js'

const TOKEN = 'POST /oauth/token'
const ENDPOINTS = {
  authorization: 'GET /oauth/auth',
  userinfo: 'GET /api/http/team-directory/profiles/me',
}

const registered = (uri: string): boolean => uri === 'http://localhost:34112/callback'

const refusal = ({ fault }: Refused): Answer =>
  json(fault === 'invalid_client' ? 401 : 400, { error: fault, error_description: `Space says ${fault}.` })

function user(desk: Desk, asked: Asked): Answer {
  const username = desk.accountOf(bearerOf(asked))
  if (username === undefined) return json(401, { error: 'authentication-required' })
  return json(200, {
    id: `2kaw${numberOf(username)}`,
    username,
    name: { firstName: 'Octo', lastName: 'Cat' },
  })
}

/** Codes that were asked for with offline access: theirs is the refresh token. */
function routes(desk: Desk, person: () => Person): Routes {
  const offline = new Set<string>()

  const begin = (asked: Asked): Answer => {
    const { query } = asked
    if (!registered(query.get('redirect_uri') ?? '')) return text(400, 'unauthorized_client')
    if (query.get('code_challenge_method') !== 'S256') return text(400, 'PKCE is required of public clients')
    const answer = authorize(desk, asked, person(), registered)
    const code = codeIn(answer)
    if (code !== null && query.get('access_type') === 'offline') offline.add(code)
    return answer
  }

  const token = (asked: Asked): Answer => {
    const issued = exchanged(desk, asked, clientOf(desk, asked))
    const lasts =
      asked.form.get('grant_type') === 'refresh_token' || offline.has(asked.form.get('code') ?? '')
    return json(200, members(lasts ? issued : { ...issued, refreshToken: undefined }))
  }

  return {
    [ENDPOINTS.authorization]: begin,
    [TOKEN]: (asked) => answered(() => token(asked), refusal),
    [ENDPOINTS.userinfo]: (asked) => user(desk, asked),
  }
}

export const jetbrainsSpace: Personality = {
  id: 'jetbrains-space',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  grantsScopes: true,
  revokes: false,
  misfortunes: misfortunes.jetbrainsSpace,
  rules: {
    accessLifetimeS: 600,
    refresh: 'singleUse',
    refreshEndsAccessToken: true,
    reuseEndsGrant: false,
    prefixes: { access: '', refresh: '' },
  },
  routes,
}
