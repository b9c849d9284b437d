/**
 * A plain OAuth 2.0 server, as identity-aware gateways have it: it describes itself nowhere, gives no id token, and
 * says whose an access token is to clients that ask (RFC 7662).
 */
import { anyLoopbackPort, authorize } from './authorize.js'
import type { Desk } from './desk.js'
import { standard } from './misfortunesOfVendors.js'
import type { Refused } from './refused.js'
import { empty, json, numberOf, type Answer, type Asked, type Personality } from './personality.js'
import { answered, clientOf, deviceMembers, exchangedOrForItself, members } from './tokenEndpoint.js'

const TOKEN = 'POST /gate/token'

const refusal = ({ fault }: Refused): Answer => json(fault === 'invalid_client' ? 401 : 400, { error: fault })

const token = (desk: Desk, asked: Asked): Answer =>
  json(200, members(exchangedOrForItself(desk, asked, clientOf(desk, asked))))

function device(desk: Desk, asked: Asked): Answer {
  return json(200, deviceMembers(desk, clientOf(desk, asked), asked, `${asked.base}/gate/activate`))
}

function introspect(desk: Desk, asked: Asked): Answer {
  clientOf(desk, asked)
  const token = asked.form.get('token') ?? ''
  const username = desk.accountOf(token)
  if (username === undefined) return json(200, { active: false })
  const scope = (desk.scopesOf(token) ?? []).join(' ')
  return json(200, { active: true, sub: String(numberOf(username)), username, scope })
}

function revoke(desk: Desk, asked: Asked): Answer {
  clientOf(desk, asked)
  desk.endGrantOf(asked.form.get('token') ?? '')
  return empty(200)
}

export const oauth2: Personality = {
  id: 'oauth2',
  addresses: (base) => ({
    authorization_endpoint: `${base}/gate/authorize`,
    token_endpoint: `${base}/gate/token`,
    device_authorization_endpoint: `${base}/gate/device`,
    revocation_endpoint: `${base}/gate/revoke`,
    introspection_endpoint: `${base}/gate/introspect`,
  }),
  tokenRequest: TOKEN,
  endpoints: {
    authorization: 'GET /gate/authorize',
    device: 'POST /gate/device',
    revocation: 'POST /gate/revoke',
  },
  grantsScopes: true,
  revokes: true,
  rules: {
    accessLifetimeS: 3_600,
    refresh: 'singleUse',
    refreshEndsAccessToken: false,
    reuseEndsGrant: true,
    prefixes: { access: '', refresh: '' },
  },
  misfortunes: standard,
  routes: (desk, person) => ({
    'GET /gate/authorize': (asked) => authorize(desk, asked, person(), anyLoopbackPort),
    [TOKEN]: (asked) => answered(() => token(desk, asked), refusal),
    'POST /gate/device': (asked) => answered(() => device(desk, asked), refusal),
    'POST /gate/introspect': (asked) => answered(() => introspect(desk, asked), refusal),
    'POST /gate/revoke': (asked) => answered(() => revoke(desk, asked), refusal),
  }),
}
