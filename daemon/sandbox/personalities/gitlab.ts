/**
 * GitLab as it answers: standard words, pairs that replace each other at once, Basic or body for the secret of
 * confidential applications, and none for others.
 * https://docs.gitlab.com/api/oauth2/
 */
import { anyLoopbackPort, authorize } from './authorize.js'
import { Refused, type Client, type Desk, type Fault, type Issued } from './desk.js'
import {
  basicOf,
  bearerOf,
  json,
  scopesIn,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'

const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

const TOKEN = 'POST /oauth/token'

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

/** The client, proven as it must be; Basic comes before the body. */
function clientOf(desk: Desk, asked: Asked): Client {
  const basic = basicOf(asked)
  const id = basic?.user ?? asked.form.get('client_id') ?? ''
  const secret = basic?.password ?? asked.form.get('client_secret') ?? undefined
  const client = desk.client(id)
  if (client === undefined || client.secret !== (secret === '' ? undefined : secret)) {
    throw new Refused('invalid_client')
  }
  return client
}

const said = ({ accessToken, refreshToken, expiresIn, scopes }: Issued, asked: Asked): Answer =>
  json(200, {
    access_token: accessToken,
    token_type: 'Bearer',
    expires_in: expiresIn,
    ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
    scope: scopes.join(' '),
    created_at: Math.floor(asked.now / 1000),
  })

function refusal({ fault }: Refused): Answer {
  const status = fault === 'invalid_client' ? 401 : 400
  return json(status, { error: fault, error_description: SENTENCES[fault] ?? fault })
}

function answered(act: () => Answer): Answer {
  try {
    return act()
  } catch (error) {
    if (error instanceof Refused) return refusal(error)
    throw error
  }
}

function exchanged(desk: Desk, { form }: Asked, client: Client): Issued {
  switch (form.get('grant_type')) {
    case 'authorization_code': {
      const verifier = form.get('code_verifier') ?? undefined
      return desk.redeem(form.get('code') ?? '', client.id, form.get('redirect_uri') ?? '', verifier)
    }
    case DEVICE_GRANT:
      return desk.pollDevice(form.get('device_code') ?? '', client.id)
    case 'refresh_token':
      return desk.refresh(form.get('refresh_token') ?? '', client.id)
    default:
      throw new Refused('unsupported_grant_type')
  }
}

function device(desk: Desk, asked: Asked): Answer {
  const client = desk.client(asked.form.get('client_id') ?? '')
  if (client === undefined) throw new Refused('invalid_client')
  const { deviceCode, userCode, expiresIn } = desk.beginDevice(client.id, scopesIn(asked.form.get('scope')))
  const page = `${asked.base}/oauth/device`
  return json(200, {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: page,
    verification_uri_complete: `${page}?user_code=${userCode}`,
    // Of the fifteen minutes a code would live GitLab allows five.
    expires_in: Math.min(expiresIn, 300),
    interval: 5,
  })
}

function revoke(desk: Desk, asked: Asked): Answer {
  clientOf(desk, asked)
  const token = asked.form.get('token') ?? ''
  // Unknown ones count as gone (RFC 7009 §2.2).
  desk.endGrantOf(token)
  return json(200, {})
}

function userinfo(desk: Desk, asked: Asked, { name }: Person): Answer {
  if (desk.scopesOf(bearerOf(asked)) === undefined) return json(401, { error: 'invalid_token' })
  return json(200, { sub: '1701', name: 'Jean Example', nickname: name, email: `${name}@example.test` })
}

const routes = (desk: Desk, person: () => Person): Routes => ({
  'GET /oauth/authorize': (asked) => authorize(desk, asked, person(), anyLoopbackPort),
  [TOKEN]: (asked) => answered(() => said(exchanged(desk, asked, clientOf(desk, asked)), asked)),
  'POST /oauth/authorize_device': (asked) => answered(() => device(desk, asked)),
  'POST /oauth/revoke': (asked) => answered(() => revoke(desk, asked)),
  'GET /oauth/userinfo': (asked) => userinfo(desk, asked, person()),
})

export const gitlab: Personality = {
  id: 'gitlab',
  tokenRequest: TOKEN,
  grantsScopes: true,
  rules: {
    accessLifetimeS: 7_200,
    refresh: 'singleUse',
    refreshEndsAccessToken: true,
    reuseEndsGrant: false,
    prefixes: { access: '', refresh: '' },
  },
  routes,
}
