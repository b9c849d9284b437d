/**
 * Bitbucket Cloud as it answers: Basic for key and secret, one callback address registered, refresh tokens that
 * change at each use, no device flow and nothing to revoke at.
 * https://support.atlassian.com/bitbucket-cloud/docs/use-oauth-on-bitbucket-cloud/
 */
import { authorize } from './authorize.js'
import type { Desk } from './desk.js'
import { Refused } from './refused.js'
import * as misfortunes from './misfortunes.js'
import {
  basicOf,
  bearerOf,
  json,
  numberOf,
  type Answer,
  type Asked,
  type Personality,
} from './personality.js'
import { answered, clientOf, exchanged, members } from './tokenEndpoint.js'

const TOKEN = 'POST /site/oauth2/access_token'
const ENDPOINTS = { authorization: 'GET /site/oauth2/authorize', userinfo: 'GET /2.0/user' }

/** What the consumer registered; what is asked for has to begin with it. */
const registered = (uri: string): boolean => uri.startsWith('http://localhost:34106/')

const refusal = ({ fault }: Refused): Answer =>
  json(400, { error: fault, error_description: `Bitbucket says ${fault}.` })

/** What is ticked on the consumer, whatever a request names. */
const TICKED = 'account repository pullrequest'

/** Scopes are `scope` since May 2026, and were `scopes` before: a refresh answers in the new way, a code in the old. */
function token(desk: Desk, asked: Asked): Answer {
  if (basicOf(asked) === undefined) throw new Refused('invalid_client')
  const said = members(exchanged(desk, asked, clientOf(desk, asked)))
  const isRefresh = asked.form.get('grant_type') === 'refresh_token'
  const scopes = isRefresh ? { scope: TICKED } : { scope: undefined, scopes: TICKED }
  return json(200, { ...said, ...scopes })
}

function user(desk: Desk, asked: Asked): Answer {
  const nickname = desk.accountOf(bearerOf(asked))
  if (nickname === undefined) return json(401, { type: 'error' })
  return json(200, { account_id: `557058:${numberOf(nickname)}`, nickname, display_name: 'Octo Cat' })
}

export const bitbucket: Personality = {
  id: 'bitbucket',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  // What a consumer may do is ticked at its registration.
  grantsScopes: false,
  revokes: false,
  misfortunes: misfortunes.bitbucket,
  rules: {
    accessLifetimeS: 7_200,
    refresh: 'singleUse',
    // Nothing says so; the worse is played, since fob counts on it.
    refreshEndsAccessToken: true,
    reuseEndsGrant: true,
    prefixes: { access: '', refresh: '' },
  },
  routes: (desk, person) => ({
    [ENDPOINTS.authorization]: (asked) => authorize(desk, asked, person(), registered),
    [TOKEN]: (asked) => answered(() => token(desk, asked), refusal),
    [ENDPOINTS.userinfo]: (asked) => user(desk, asked),
  }),
}
