/**
 * AWS IAM Identity Center as it answers: JSON in camel case, errors named by exceptions, clients that register
 * themselves for 90 days, a session that role credentials are made from.
 * https://docs.aws.amazon.com/singlesignon/latest/OIDCAPIReference/
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import { digest, matchesDigest } from '../digest.js'
import { authorize } from './authorize.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import * as misfortunes from './misfortunesInOwnWords.js'
import { Refused, type Fault } from './refused.js'
import { empty, json, type Answer, type Asked, type Personality, type Routes } from './personality.js'
import { answered, DEVICE_GRANT } from './tokenEndpoint.js'

const TOKEN = 'POST /token'
const ENDPOINTS = {
  authorization: 'GET /authorize',
  device: 'POST /device_authorization',
  revocation: 'POST /logout',
}

export const AWS = Object.freeze({
  region: 'eu-central-1',
  startPath: '/start',
  registrationMs: 90 * 86_400_000,
  intervalMs: 1_000,
  account: '111122223333',
})

/** The roles that are assigned; each permission set has its own length of a session, milliseconds. */
const ROLES: Readonly<Record<string, number>> = { ReadOnlyAccess: 3_600_000, Deploy: 900_000 }

/** Status and exception for each word of the RFCs. */
const EXCEPTIONS: Readonly<Record<Fault, readonly [status: number, exception: string]>> = {
  access_denied: [400, 'AccessDeniedException'],
  authorization_pending: [400, 'AuthorizationPendingException'],
  expired_token: [400, 'ExpiredTokenException'],
  invalid_client: [401, 'InvalidClientException'],
  invalid_grant: [400, 'InvalidGrantException'],
  invalid_request: [400, 'InvalidRequestException'],
  invalid_scope: [400, 'InvalidScopeException'],
  slow_down: [400, 'SlowDownException'],
  unauthorized_client: [400, 'UnauthorizedClientException'],
  unsupported_grant_type: [400, 'UnsupportedGrantTypeException'],
}

function exception(status: number, name: string, members: Readonly<Record<string, string>>): Answer {
  const answer = json(status, members)
  return { ...answer, headers: { ...answer.headers, 'x-amzn-errortype': `${name}:http://internal/` } }
}

function refusal({ fault }: Refused): Answer {
  const [status, name] = EXCEPTIONS[fault]
  return exception(status, name, { error: fault, error_description: `${name} of AWS` })
}

/** Bodies are read strictly: what is not told in camel case is not told. */
const Registration = z.object({
  clientName: z.string(),
  clientType: z.literal('public'),
  scopes: z.array(z.string()).optional(),
  grantTypes: z.array(z.string()).optional(),
  redirectUris: z.array(z.string()).optional(),
  issuerUrl: z.string().optional(),
})
const Client = z.object({ clientId: z.string(), clientSecret: z.string() })
const Device = Client.extend({ startUrl: z.string() })
const CreateToken = Client.extend({
  grantType: z.string(),
  code: z.string().optional(),
  redirectUri: z.string().optional(),
  codeVerifier: z.string().optional(),
  deviceCode: z.string().optional(),
  refreshToken: z.string().optional(),
})

const read = <T>(schema: z.ZodType<T>, asked: Asked): T => {
  const isJson = asked.header('content-type') === 'application/json'
  const body = schema.safeParse(isJson ? asked.json : undefined)
  if (body.success) return body.data
  throw new Refused('invalid_request')
}

/** A client secret says what was registered: nothing has to be kept of it, as AWS's own need not be. */
const Statement = z.object({
  clientId: z.string(),
  scopes: z.array(z.string()),
  grantTypes: z.array(z.string()),
  endsAt: z.number(),
})
type Statement = z.output<typeof Statement>

function secretSaying(statement: Statement): string {
  const said = Buffer.from(JSON.stringify(statement)).toString('base64url')
  return `${said}.${digest(said)}`
}

function statementIn(secret: string): Statement | undefined {
  const [said = '', sum = ''] = secret.split('.')
  if (!matchesDigest(said, sum)) return undefined
  return Statement.safeParse(parsedJson(Buffer.from(said, 'base64url').toString('utf8'))).data
}

class IdentityCenter {
  readonly #desk: Desk
  readonly #polledAt = new Map<string, number>()

  constructor(desk: Desk) {
    this.#desk = desk
  }

  register(asked: Asked): Answer {
    const { scopes = [], grantTypes = [] } = read(Registration, asked)
    const clientId = randomUUID()
    const endsAt = asked.now + AWS.registrationMs
    const clientSecret = secretSaying({ clientId, scopes, grantTypes, endsAt })
    this.#desk.register({ id: clientId, secret: clientSecret })
    return json(200, {
      clientId,
      clientSecret,
      clientIdIssuedAt: Math.floor(asked.now / 1000),
      clientSecretExpiresAt: Math.floor(endsAt / 1000),
    })
  }

  device(asked: Asked): Answer {
    const { startUrl, ...proof } = read(Device, asked)
    const { id, scopes } = this.#client(proof, asked, DEVICE_GRANT)
    if (startUrl !== `${asked.base}${AWS.startPath}`) throw new Refused('invalid_request')
    const { deviceCode, userCode, expiresIn } = this.#desk.beginDevice(id, scopes)
    const verificationUri = `${asked.base}/device`
    return json(200, {
      deviceCode,
      userCode,
      verificationUri,
      verificationUriComplete: `${verificationUri}?user_code=${userCode}`,
      expiresIn,
      interval: AWS.intervalMs / 1000,
    })
  }

  token(asked: Asked): Answer {
    const body = read(CreateToken, asked)
    const { id } = this.#client(body, asked, body.grantType)
    return json(200, members(this.#issued(body, id, asked.now)))
  }

  #issued(body: z.output<typeof CreateToken>, client: string, now: number): Issued {
    const { code = '', redirectUri = '', codeVerifier, deviceCode = '', refreshToken = '' } = body
    switch (body.grantType) {
      case 'authorization_code':
        return this.#desk.redeem(code, client, redirectUri, codeVerifier)
      case DEVICE_GRANT:
        this.#pace(deviceCode, now)
        return this.#desk.pollDevice(deviceCode, client)
      case 'refresh_token':
        return this.#desk.refresh(refreshToken, client)
      default:
        throw new Refused('unsupported_grant_type')
    }
  }

  /** A poll that comes before its time is one to slow down. */
  #pace(deviceCode: string, now: number): void {
    const before = this.#polledAt.get(deviceCode)
    this.#polledAt.set(deviceCode, now)
    if (before !== undefined && now - before < AWS.intervalMs) throw new Refused('slow_down')
  }

  /** Forgotten once its time is over, and held to what it registered for. */
  #client({ clientId, clientSecret }: z.output<typeof Client>, { now }: Asked, grantType: string) {
    const registered = statementIn(clientSecret)
    if (registered?.clientId !== clientId || registered.endsAt <= now) throw new Refused('invalid_client')
    if (!registered.grantTypes.includes(grantType)) throw new Refused('unauthorized_client')
    return { id: clientId, scopes: registered.scopes }
  }
}

/** No scope: what was registered is what there is. */
const members = ({ accessToken, refreshToken, expiresIn }: Issued) => ({
  accessToken,
  tokenType: 'Bearer',
  expiresIn,
  ...(refreshToken === undefined ? {} : { refreshToken }),
})

/** The scopes have their own name there. */
const inPlainWords = (asked: Asked): Asked => {
  const query = new URLSearchParams(asked.query)
  query.set('scope', query.get('scopes') ?? '')
  return { ...asked, query }
}

const registeredRedirect = (uri: string): boolean => /^http:\/\/127\.0\.0\.1:\d+\/oauth\/callback$/.test(uri)

const sessionOf = (asked: Asked): string => asked.header('x-amz-sso_bearer_token') ?? ''

const unauthorized = (): Answer =>
  exception(401, 'UnauthorizedException', { message: 'Session token not found or invalid' })

/** https://docs.aws.amazon.com/singlesignon/latest/PortalAPIReference/API_GetRoleCredentials.html */
function roleCredentials(desk: Desk, asked: Asked): Answer {
  if (desk.scopesOf(sessionOf(asked)) === undefined) return unauthorized()
  const [account, role] = [asked.query.get('account_id'), asked.query.get('role_name')]
  if (account === null || role === null) {
    return exception(400, 'InvalidRequestException', { message: 'account_id and role_name are required' })
  }
  const lifetime = account === AWS.account ? ROLES[role] : undefined
  if (lifetime === undefined) return exception(403, 'ForbiddenException', { message: 'No access' })
  return json(200, {
    roleCredentials: {
      accessKeyId: 'ASIAPLAYEDPLAYED0000',
      secretAccessKey: `secret/of+${role}`,
      sessionToken: `session==of ${role} at ${asked.now}`.replaceAll(' ', '/'),
      expiration: asked.now + lifetime,
    },
  })
}

function logout(desk: Desk, asked: Asked): Answer {
  if (desk.scopesOf(sessionOf(asked)) === undefined) return unauthorized()
  desk.endGrantOf(sessionOf(asked))
  return empty(200)
}

export const aws: Personality = {
  id: 'aws',
  path: AWS.startPath,
  details: { region: AWS.region, account: AWS.account, role: 'ReadOnlyAccess' },
  tokenRequest: TOKEN,
  endpoints: ENDPOINTS,
  grantsScopes: true,
  revokes: true,
  knowsAccount: false,
  rules: {
    accessLifetimeS: 3_600,
    refresh: 'singleUse',
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'aoa', refresh: 'aor' },
  },
  misfortunes: misfortunes.aws,
  routes: (desk, person): Routes => {
    const center = new IdentityCenter(desk)
    return {
      'POST /client/register': (asked) => answered(() => center.register(asked), refusal),
      [ENDPOINTS.device]: (asked) => answered(() => center.device(asked), refusal),
      [TOKEN]: (asked) => answered(() => center.token(asked), refusal),
      [ENDPOINTS.authorization]: (asked) =>
        authorize(desk, inPlainWords(asked), person(), registeredRedirect),
      'GET /federation/credentials': (asked) => roleCredentials(desk, asked),
      [ENDPOINTS.revocation]: (asked) => logout(desk, asked),
    }
  },
}
