/**
 * Microsoft Entra ID as it answers for one tenant: the issuer names the tenant by its id whatever it was asked by;
 * refresh tokens stay valid when used and are dead after 90 days unused; one access token is for one resource, which
 * each request to the token endpoint has to name. Some errors say in `claims` what they want proven: only a grant whose
 * sign-in asked for exactly that gets through, and a sign-in by a code asks for nothing. No way to end a grant.
 * https://learn.microsoft.com/entra/identity-platform/v2-oauth2-auth-code-flow
 */
import { authorize, codeIn, type RedirectRule } from './authorize.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import { Refused, type Fault } from './refused.js'
import { declined, entraDemands, EntraRefusal, entraRefusal } from './entraErrors.js'
import { entraMisfortunes } from './entraMisfortunes.js'
import { idToken, keyOfThisRun } from './idToken.js'
import {
  json,
  numberOf,
  scopesIn,
  text,
  type Answer,
  type Asked,
  type Person,
  type Personality,
  type Routes,
} from './personality.js'
import { DEVICE_GRANT, deviceMembers, redeemed } from './tokenEndpoint.js'

export const TENANT = '72f988bf-0000-4000-8000-2d7cd011db47'
/** The same tenant by one of its domains. */
export const DOMAIN = 'contoso.example'
const ALIASES = new Set([TENANT, DOMAIN, 'organizations'])

export const DEVOPS = '499b84ac-1321-427f-aa17-267ca6975798'
/** What the person agreed to. */
const AGREED = new Set([DEVOPS, 'https://management.azure.com', 'https://vault.azure.net'])
/** In the tenant, but nobody agreed to it. */
const FOREIGN = 'https://graph.microsoft.com'

const OPENID_SCOPES = new Set(['openid', 'profile', 'email', 'offline_access'])
const UNUSED_MS = 90 * 86_400_000
/** Its clocks: what it signs is said to be from five minutes ago. */
const BACKDATED_S = 300

const TOKEN = `POST /${TENANT}/oauth2/v2.0/token`
const LINES = {
  authorization: `GET /${TENANT}/oauth2/v2.0/authorize`,
  device: `POST /${TENANT}/oauth2/v2.0/devicecode`,
  discovery: `GET /${TENANT}/v2.0/.well-known/openid-configuration`,
  jwks: `GET /${TENANT}/discovery/v2.0/keys`,
} as const

/** Path exact, port not looked at; address literals are not what was typed into the form. */
const registered: RedirectRule = (uri) => /^http:\/\/localhost(:\d+)?\/callback$/.test(uri)

/** The number for what the desk refuses, by what was asked for. */
const NUMBERS: Partial<Record<Fault, number>> = { authorization_pending: 70016, expired_token: 70019 }

class EntraServer {
  readonly #desk: Desk
  readonly #person: () => Person
  readonly #key = keyOfThisRun()
  readonly #issuedAt = new Map<string, number>()
  /** The claims that a sign-in asked for, by its code and by the refresh tokens that came of it. */
  readonly #claims = new Map<string, string>()

  constructor(desk: Desk, person: () => Person) {
    this.#desk = desk
    this.#person = person
  }

  routes(): Routes {
    const own = [LINES.authorization, LINES.discovery, LINES.jwks].map(
      (line) => [line, (asked: Asked) => this.#get({ ...asked, rest: line.replace('GET /', '') })] as const,
    )
    return {
      ...Object.fromEntries(own),
      [TOKEN]: (asked) => this.#answered(asked, () => this.#token(asked)),
      [LINES.device]: (asked) => this.#answered(asked, () => this.#device(asked)),
      'GET /*': (asked) => this.#get(asked),
      'POST /*': (asked) => this.#answered(asked, () => this.#post(asked)),
    }
  }

  /** `TENANT/what/it/is`. */
  #get(asked: Asked): Answer {
    const { tenant, path } = placeOf(asked)
    if (!ALIASES.has(tenant)) return entraRefusal(new EntraRefusal(90002), asked)
    switch (path) {
      case 'v2.0/.well-known/openid-configuration':
        return json(200, describes(asked.base, tenant))
      case 'discovery/v2.0/keys':
        return json(200, { keys: [this.#key.jwk] })
      case 'oauth2/v2.0/authorize':
        return this.#authorize(asked)
      default:
        return text(404, 'Not Found')
    }
  }

  #authorize(asked: Asked): Answer {
    const answer = authorize(this.#desk, asked, this.#person(), registered)
    const code = codeIn(answer)
    const claims = asked.query.get('claims')
    if (code !== null && claims !== null) this.#claims.set(code, claims)
    return answer
  }

  #post(asked: Asked): Answer {
    const { tenant, path } = placeOf(asked)
    if (!ALIASES.has(tenant)) throw new EntraRefusal(90002)
    if (path === 'oauth2/v2.0/token') return this.#token(asked)
    return path === 'oauth2/v2.0/devicecode' ? this.#device(asked) : text(404, 'Not Found')
  }

  #device(asked: Asked): Answer {
    const page = `${asked.base}/devicelogin`
    const begun = deviceMembers(this.#desk, this.#client(asked), asked, page)
    const message = `To sign in, use a web browser to open the page ${page} and enter the code ${begun.user_code}.`
    return json(200, { ...begun, message })
  }

  #client({ form }: Asked) {
    const client = this.#desk.client(form.get('client_id') ?? '')
    if (client === undefined) throw new EntraRefusal(700016)
    if (form.has('client_secret') || form.has('client_assertion')) throw new EntraRefusal(700025)
    return client
  }

  #token(asked: Asked): Answer {
    const { form } = asked
    const client = this.#client(asked)
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#said(redeemed(this.#desk, asked, client), asked)
      case DEVICE_GRANT:
        return this.#said(this.#desk.pollDevice(form.get('device_code') ?? '', client.id), asked)
      case 'refresh_token':
        return this.#refresh(asked, client.id)
      default:
        throw new EntraRefusal(900144)
    }
  }

  #refresh(asked: Asked, client: string): Answer {
    const { trouble } = this.#person()
    const token = asked.form.get('refresh_token') ?? ''
    if (trouble !== undefined && !this.#hasProven(token, trouble)) throw new EntraRefusal(Number(trouble))
    const scopes = scopesIn(asked.form.get('scope'))
    checkScopes(scopes)
    const issuedAt = this.#issuedAt.get(token)
    if (issuedAt !== undefined && asked.now - issuedAt > UNUSED_MS) throw new EntraRefusal(700082)
    return this.#said(this.#desk.refresh(token, client, scopes), asked)
  }

  #hasProven(refreshToken: string, trouble: string): boolean {
    const demand = entraDemands[Number(trouble)]
    return demand !== undefined && this.#claims.get(refreshToken) === demand
  }

  #said({ accessToken, refreshToken, expiresIn, scopes, nonce }: Issued, asked: Asked): Answer {
    const brings = refreshToken !== undefined && scopes.includes('offline_access')
    const claims = this.#claims.get(asked.form.get('code') ?? asked.form.get('refresh_token') ?? '')
    if (brings) this.#issuedAt.set(refreshToken, asked.now)
    if (brings && claims !== undefined) this.#claims.set(refreshToken, claims)
    return json(200, {
      token_type: 'Bearer',
      scope: stated(scopes).join(' '),
      expires_in: expiresIn,
      ext_expires_in: expiresIn,
      access_token: accessToken,
      ...(brings ? { refresh_token: refreshToken } : {}),
      ...(scopes.includes('openid') ? { id_token: this.#identity(asked, accessToken, nonce) } : {}),
    })
  }

  #identity({ base, now, form }: Asked, accessToken: string, nonce: string | undefined): string {
    const account = this.#desk.accountOf(accessToken) ?? ''
    const iat = Math.floor(now / 1_000) - BACKDATED_S
    const claims = {
      iss: `${base}/${TENANT}/v2.0`,
      aud: form.get('client_id'),
      iat,
      exp: iat + 3_900,
      sub: 'pairwise-of-this-client',
      oid: objectIdOf(account),
      tid: TENANT,
      preferred_username: account,
      ver: '2.0',
      ...(nonce === undefined ? {} : { nonce }),
    }
    return idToken(claims, this.#key)
  }

  #answered(asked: Asked, act: () => Answer): Answer {
    try {
      return act()
    } catch (error) {
      if (error instanceof EntraRefusal) return entraRefusal(error, asked)
      if (!(error instanceof Refused)) throw error
      if (error.fault === 'access_denied') return declined
      const number = NUMBERS[error.fault] ?? this.#numberOf(asked)
      return entraRefusal(new EntraRefusal(number), asked)
    }
  }

  /** Of a code or refresh token that is not taken. */
  #numberOf({ form }: Asked): number {
    if (form.get('grant_type') !== 'refresh_token') return 54005
    return this.#issuedAt.has(form.get('refresh_token') ?? '') ? 50173 : 70000
  }
}

const objectIdOf = (account: string): string =>
  `00000000-0000-4000-8000-${numberOf(account).toString(16).padStart(12, '0')}`

function placeOf({ rest }: Asked): { tenant: string; path: string } {
  const [tenant = '', ...path] = rest.split('/')
  return { tenant, path: path.join('/') }
}

/** Asked by a domain it names the tenant's id; asked for all tenants it names none. */
function describes(base: string, tenant: string) {
  const own = `${base}/${tenant}`
  return {
    issuer: `${base}/${tenant === 'organizations' ? '{tenantid}' : TENANT}/v2.0`,
    authorization_endpoint: `${own}/oauth2/v2.0/authorize`,
    token_endpoint: `${own}/oauth2/v2.0/token`,
    device_authorization_endpoint: `${own}/oauth2/v2.0/devicecode`,
    userinfo_endpoint: `${base}/oidc/userinfo`,
    jwks_uri: `${own}/discovery/v2.0/keys`,
    response_types_supported: ['code', 'id_token', 'code id_token', 'id_token token'],
    subject_types_supported: ['pairwise'],
    id_token_signing_alg_values_supported: ['RS256'],
    token_endpoint_auth_methods_supported: ['client_secret_post', 'private_key_jwt', 'client_secret_basic'],
  }
}

const resourceOf = (scope: string): string => scope.slice(0, scope.lastIndexOf('/'))

/** One resource, which the tenant knows and the person agreed to; all of it, or some permissions. */
function checkScopes(scopes: readonly string[]): void {
  const permissions = scopes.filter((scope) => !OPENID_SCOPES.has(scope))
  const resources = new Set(permissions.map(resourceOf))
  const [resource] = resources
  if (resource === undefined) throw new EntraRefusal(90009)
  if (resources.size > 1) throw new EntraRefusal(28000)
  if (permissions.length > 1 && permissions.some((scope) => scope.endsWith('/.default'))) {
    throw new EntraRefusal(70011)
  }
  if (resource === FOREIGN) throw new EntraRefusal(65001)
  if (!AGREED.has(resource)) throw new EntraRefusal(500011)
}

/** As it names them: what is for the client alone is left out, and `.default` is told in full. */
function stated(scopes: readonly string[]): string[] {
  return scopes.flatMap((scope) => {
    if (scope === 'offline_access') return []
    return scope.endsWith('/.default') ? [`${resourceOf(scope)}/user_impersonation`, scope] : [scope]
  })
}

export const entra: Personality = {
  id: 'azure-devops',
  path: `/${TENANT}/v2.0`,
  tokenRequest: TOKEN,
  endpoints: LINES,
  grantsScopes: false,
  revokes: false,
  rules: {
    // Said as 3599 or so to over an hour and a half; the least of it.
    accessLifetimeS: 3_599,
    refresh: 'renewed',
    refreshEndsAccessToken: false,
    reuseEndsGrant: false,
    prefixes: { access: 'eyJ0eXAiOiJKV1QiLCJub25jZSI6I', refresh: '0.AXEA' },
  },
  misfortunes: entraMisfortunes,
  routes: (desk, person) => new EntraServer(desk, person).routes(),
}
