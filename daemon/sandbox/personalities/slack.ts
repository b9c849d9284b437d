/**
 * Slack as it answers: every answer has status 200 and says `ok`, scopes are joined by commas, a person's token lies
 * within the answer that is the bot's, and a refresh brings it by itself. Where the browser comes back to this
 * machine no bot scope is granted. Token rotation is the app's choice.
 * https://docs.slack.dev/authentication/using-token-rotation
 */
import { authorize } from './authorize.js'
import type { Desk } from './desk.js'
import type { DeskRules } from './deskRules.js'
import type { Issued } from './deskHoldings.js'
import type { Refused } from './refused.js'
import * as misfortunes from './misfortunes.js'
import {
  bearerOf,
  json,
  numberOf,
  scopesIn,
  text,
  type Answer,
  type Asked,
  type Person,
  type Personality,
} from './personality.js'
import { answered, clientOf, exchanged } from './tokenEndpoint.js'

const TOKEN = 'POST /api/oauth.v2.access'
const ENDPOINTS = {
  authorization: 'GET /oauth/v2/authorize',
  revocation: 'POST /api/auth.revoke',
  userinfo: 'GET /api/auth.test',
}

/** On this machine, and a page of the developers' own. */
const DESKTOP = 'http://localhost:34110/callback'
const PAGE = 'https://tools.example.test/fob'

/** The desk keeps scopes of one grant; so are those of bots told from those of people. */
const BOT = 'bot:'
const isBot = ({ scopes }: Issued): boolean => scopes.some((scope) => scope.startsWith(BOT))
const names = (scopes: readonly string[]): string =>
  scopes.map((scope) => scope.replace(/^bot:/, '')).join(',')

const TEAM = { id: 'T024BE7LD', name: 'Octo Works' }

function begin(desk: Desk, asked: Asked, person: Person): Answer {
  const bot = scopesIn(asked.query.get('scope')).map((scope) => BOT + scope)
  const user = scopesIn(asked.query.get('user_scope'))
  if (bot.length + user.length === 0) return text(200, 'no_scopes')
  const joined = `${asked.query.get('scope') ?? ''}${asked.query.get('user_scope') ?? ''}`
  if (joined.includes(' ')) return text(200, 'invalid_scope: scopes are separated by commas')
  const isDesktop = asked.query.get('redirect_uri') === DESKTOP
  if (isDesktop && bot.length > 0) return text(200, 'desktop redirects may not request bot scopes')
  const query = new URLSearchParams(asked.query)
  query.set('scope', [...bot, ...user].join(' '))
  return authorize(desk, { ...asked, query }, person, (uri) => uri === DESKTOP || uri === PAGE)
}

/** What a token is, without whose. */
const tokenMembers = (issued: Issued) => ({
  access_token: issued.accessToken,
  token_type: isBot(issued) ? 'bot' : 'user',
  scope: names(issued.scopes),
  ...(issued.refreshToken === undefined ? {} : { refresh_token: issued.refreshToken }),
  ...(issued.expiresIn === null ? {} : { expires_in: issued.expiresIn }),
})

function token(desk: Desk, asked: Asked): Answer {
  const issued = exchanged(desk, asked, clientOf(desk, asked))
  const around = {
    ok: true,
    app_id: 'A0118NQPZZC',
    team: TEAM,
    enterprise: null,
    is_enterprise_install: false,
  }
  if (asked.form.get('grant_type') === 'refresh_token')
    return json(200, { ...around, ...tokenMembers(issued) })
  const person = { id: `U${numberOf(desk.accountOf(issued.accessToken) ?? '')}` }
  if (isBot(issued)) {
    return json(200, { ...around, ...tokenMembers(issued), bot_user_id: 'U0KRQLJ9H', authed_user: person })
  }
  return json(200, { ...around, authed_user: { ...person, ...tokenMembers(issued) } })
}

function refusal({ fault }: Refused, asked: Asked): Answer {
  const refreshing = asked.form.get('grant_type') === 'refresh_token'
  const words: Record<string, string> = {
    invalid_grant: refreshing ? 'invalid_refresh_token' : 'invalid_code',
    invalid_client: 'bad_client_secret',
    unsupported_grant_type: 'invalid_grant_type',
  }
  return json(200, { ok: false, error: words[fault] ?? fault })
}

function test(desk: Desk, asked: Asked): Answer {
  const user = desk.accountOf(bearerOf(asked))
  if (user === undefined) return json(200, { ok: false, error: 'invalid_auth' })
  const { id, name: team } = TEAM
  return json(200, { ok: true, url: asked.base, team, user, team_id: id, user_id: `U${numberOf(user)}` })
}

function revoke(desk: Desk, asked: Asked): Answer {
  if (desk.endGrantOf(bearerOf(asked))) return json(200, { ok: true, revoked: true })
  return json(200, { ok: false, error: 'invalid_auth' })
}

const played = (rules: Pick<DeskRules, 'accessLifetimeS' | 'refresh'>): Personality => ({
  id: 'slack',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  grantsScopes: true,
  revokes: true,
  rules: {
    ...rules,
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'xoxe.xoxp-', refresh: 'xoxe-1-' },
  },
  misfortunes: misfortunes.slack,
  routes: (desk, person) => ({
    [ENDPOINTS.authorization]: (asked) => begin(desk, asked, person()),
    [TOKEN]: (asked) =>
      answered(
        () => token(desk, asked),
        (refused) => refusal(refused, asked),
      ),
    [ENDPOINTS.userinfo]: (asked) => test(desk, asked),
    [ENDPOINTS.revocation]: (asked) => revoke(desk, asked),
  }),
})

export const slack = played({ accessLifetimeS: 43_200, refresh: 'singleUse' })

/** An app that has not turned rotation on. */
export const slackWithoutRotation = {
  ...played({ accessLifetimeS: null, refresh: 'none' }),
  as: 'without rotation',
}
