/**
 * Atlassian Cloud (3LO) as it answers: an audience must be named, refresh tokens come for `offline_access` alone and
 * change at each use, and a dead one is a 403.
 * https://developer.atlassian.com/cloud/oauth/getting-started/refresh-tokens/
 */
import { authorize } from './authorize.js'
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
} from './personality.js'
import { answered, clientOf, exchanged, members } from './tokenEndpoint.js'

const TOKEN = 'POST /oauth/token'
const ENDPOINTS = { authorization: 'GET /authorize', userinfo: 'GET /me' }

const registered = (uri: string): boolean => uri === 'http://localhost:34107/callback'

function begin(desk: Desk, asked: Asked, person: Person): Answer {
  if (asked.query.get('audience') !== 'api.atlassian.com') return text(400, 'the audience is missing')
  return authorize(desk, asked, person, registered)
}

const refusal = ({ fault }: Refused): Answer =>
  json(fault === 'invalid_client' ? 401 : 403, {
    error: fault,
    error_description: 'Unknown or invalid refresh token.',
  })

function token(desk: Desk, asked: Asked): Answer {
  const { refreshToken, ...issued } = exchanged(desk, asked, clientOf(desk, asked))
  const offline = issued.scopes.includes('offline_access')
  return json(200, members({ ...issued, refreshToken: offline ? refreshToken : undefined }))
}

function me(desk: Desk, asked: Asked): Answer {
  const name = desk.accountOf(bearerOf(asked))
  if (name === undefined) return json(401, { code: 401, message: 'Unauthorized' })
  return json(200, { account_id: `5b10a2844c${numberOf(name)}`, name, email: name })
}

export const atlassian: Personality = {
  id: 'atlassian',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  grantsScopes: true,
  revokes: false,
  misfortunes: misfortunes.atlassian,
  rules: {
    accessLifetimeS: 3_600,
    refresh: 'singleUse',
    refreshEndsAccessToken: true,
    reuseEndsGrant: true,
    prefixes: { access: '', refresh: '' },
  },
  routes: (desk, person) => ({
    [ENDPOINTS.authorization]: (asked) => begin(desk, asked, person()),
    [TOKEN]: (asked) => answered(() => token(desk, asked), refusal),
    [ENDPOINTS.userinfo]: (asked) => me(desk, asked),
  }),
}
