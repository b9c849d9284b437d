/**
 * GitLab as it answers: standard words, pairs that replace each other at once, Basic or body for the secret of
 * confidential applications, and none for others.
 * https://docs.gitlab.com/api/oauth2/
 */
import { anyLoopbackPort, authorize } from './authorize.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import { Refused, type Fault } from './refused.js'
import * as misfortunes from './misfortunes.js'
import {
  bearerOf,
  json,
  numberOf,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'
import { answered, clientOf, DEVICE_GRANT, deviceMembers, exchanged, members } from './tokenEndpoint.js'

const TOKEN = 'POST /oauth/token'
const ENDPOINTS = {
  authorization: 'GET /oauth/authorize',
  device: 'POST /oauth/authorize_device',
  revocation: 'POST /oauth/revoke',
  userinfo: 'GET /oauth/userinfo',
}

/** Doorkeeper's own sentences; people paste them into searches. */
const SENTENCES: Partial<Record<Fault, string>> = {
  invalid_grant:
    'The provided authorization grant is invalid, expired, revoked, does not match the redirection URI used in ' +
    'the authorization request, or was issued to another client.',
  invalid_client:
    'Client authentication failed due to unknown client, no client authentication included, or unsupported ' +
    'authentication method.',
  invalid_scope: 'The requested scope is invalid, unknown, or malformed.',
}

const said = (issued: Issued, asked: Asked): Answer =>
  json(200, { ...members(issued), created_at: Math.floor(asked.now / 1000) })

function refusal({ fault }: Refused): Answer {
  const status = fault === 'invalid_client' ? 401 : 400
  return json(status, { error: fault, error_description: SENTENCES[fault] ?? fault })
}

function device(desk: Desk, asked: Asked): Answer {
  const client = desk.client(asked.form.get('client_id') ?? '')
  if (client === undefined) throw new Refused('invalid_client')
  const page = `${asked.base}/oauth/device`
  const begun = deviceMembers(desk, client, asked, page)
  return json(200, {
    ...begun,
    verification_uri_complete: `${page}?user_code=${begun.user_code}`,
    // Of the fifteen minutes a code would live GitLab allows five.
    expires_in: Math.min(begun.expires_in, 300),
  })
}

function revoke(desk: Desk, asked: Asked): Answer {
  clientOf(desk, asked)
  const token = asked.form.get('token') ?? ''
  // Unknown ones count as gone (RFC 7009 §2.2).
  desk.endGrantOf(token)
  return json(200, {})
}

function userinfo(desk: Desk, asked: Asked): Answer {
  const nickname = desk.accountOf(bearerOf(asked))
  if (nickname === undefined) return json(401, { error: 'invalid_token' })
  return json(200, {
    sub: String(numberOf(nickname)),
    name: 'Jean Example',
    nickname,
    groups: ['fob/testers'],
  })
}

type Answering = (issued: Issued, asked: Asked) => Answer

const routes = (desk: Desk, person: () => Person, tokens: Answering = said): Routes => ({
  [ENDPOINTS.authorization]: (asked) => authorize(desk, asked, person(), anyLoopbackPort),
  [TOKEN]: (asked) => answered(() => tokens(exchanged(desk, asked, clientOf(desk, asked)), asked), refusal),
  [ENDPOINTS.device]: (asked) => answered(() => device(desk, asked), refusal),
  [ENDPOINTS.revocation]: (asked) => answered(() => revoke(desk, asked), refusal),
  [ENDPOINTS.userinfo]: (asked) => userinfo(desk, asked),
})

export const gitlab: Personality = {
  id: 'gitlab',
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  grantsScopes: true,
  revokes: true,
  misfortunes: misfortunes.gitlab,
  rules: {
    accessLifetimeS: 7_200,
    refresh: 'singleUse',
    refreshEndsAccessToken: true,
    reuseEndsGrant: false,
    prefixes: { access: '', refresh: '' },
  },
  routes: (desk, person) => routes(desk, person),
}

const saidWithoutDevices: Answering = (issued, asked) =>
  said(asked.form.get('grant_type') === DEVICE_GRANT ? { ...issued, refreshToken: undefined } : issued, asked)

/** As its pages show an answer to a device, without a refresh token; they say elsewhere that each answer has one. */
export const gitlabAloneByDevice: Personality = {
  ...gitlab,
  as: 'with an access token alone for devices',
  bringsNoRefreshToken: 'device',
  misfortunes: [],
  routes: (desk, person) => routes(desk, person, saidWithoutDevices),
}
