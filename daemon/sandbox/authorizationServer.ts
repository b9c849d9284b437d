/**
 * The authorization server itself: oidc-provider, set up for one person at one machine. Consent is given at once as
 * the account of the settings; refresh tokens rotate, and a spent one that comes back ends its grant.
 *
 * The signing key is made at start and lives in memory only: nothing that could forge a token is on disk. ID tokens
 * are checked when they are received, so a new key after a restart disturbs nobody.
 */
import { generateKeyPair } from 'node:crypto'
import { promisify } from 'node:util'
import type * as OidcProvider from 'oidc-provider'
import type { Exchange, Grant, Payload, Provider } from 'oidc-provider'
import { SANDBOX_SCOPES } from '../../shared/contract/sandbox.js'
import type { SandboxEndpoint } from '../../shared/contract/sandboxFault.js'
import { accountOf } from './accounts.js'
import { ClientAdapter, RefreshTokenAdapter, SESSION_S, SessionAdapter, StoreAdapter } from './adapter.js'
import { findMetadata } from './clients.js'
import { matchesDigest } from './digest.js'
import { codeConfirmPage, codeInputPage, deviceDonePage, failurePage } from './pages.js'
import { USUAL_LIFETIME_S, type Settings } from './settings.js'
import type { Store } from './store.js'

export type Library = typeof OidcProvider

/** Where each endpoint is. Device verification is for browsers and cannot be disturbed. */
const PATHS = {
  authorization: '/auth',
  token: '/token',
  device: '/device/auth',
  verification: '/device',
  revocation: '/revoke',
  userinfo: '/userinfo',
  jwks: '/jwks',
} as const

const ENDPOINTS: Readonly<Record<string, SandboxEndpoint>> = {
  [PATHS.authorization]: 'authorization',
  [PATHS.token]: 'token',
  [PATHS.device]: 'device',
  [PATHS.revocation]: 'revocation',
  [PATHS.userinfo]: 'userinfo',
  [PATHS.jwks]: 'jwks',
  '/.well-known/openid-configuration': 'discovery',
  '/.well-known/oauth-authorization-server': 'discovery',
}

export function endpointOf(path: string): SandboxEndpoint | undefined {
  return ENDPOINTS[path]
}

const DAY_S = 86_400
/** RSA of the size every client accepts; RS256 is the one algorithm all of them must know (OIDC Core §3.1.3.7). */
const KEY_BITS = 2048

/** Lifetimes in seconds. A grant outlives its refresh tokens, which are renewed with each rotation. */
function lifetimes(settings: Settings): Payload {
  return {
    AccessToken: () => settings.lifetime ?? USUAL_LIFETIME_S,
    ClientCredentials: () => settings.lifetime ?? USUAL_LIFETIME_S,
    AuthorizationCode: 60,
    DeviceCode: 600,
    Grant: 365 * DAY_S,
    IdToken: 3600,
    Interaction: 600,
    RefreshToken: 30 * DAY_S,
    Session: SESSION_S,
  }
}

/** Prompts are accepted and nothing is asked: each request gets a new grant, so that ending one ends only that. */
function consent(library: Library, provider: () => Provider, settings: Settings): Payload {
  const prompts = ['login', 'consent', 'select_account'].map((name) => {
    const prompt = new library.interactionPolicy.Prompt({ name, requestable: true })
    prompt.checks.clear()
    return prompt
  })
  return {
    interactions: { policy: prompts },
    loadExistingGrant: async ({ oidc }: Exchange) => {
      if (settings.consent === 'deny') throw new library.errors.AccessDenied('the person said no')
      return newGrant(provider(), settings.account, oidc.client.clientId, oidc.params.scope ?? '')
    },
  }
}

function knownScopes(scope: string): string[] {
  const known: readonly string[] = SANDBOX_SCOPES
  return scope.split(' ').filter((one) => known.includes(one))
}

/** Grants all scopes asked for that the sandbox knows, and saves it. */
async function newGrant(
  provider: Provider,
  accountId: string,
  clientId: string,
  scope: string,
): Promise<Grant> {
  const grant = new provider.Grant({ accountId, clientId })
  grant.addOIDCScope(knownScopes(scope).join(' '))
  await grant.save()
  return grant
}

function features(): Payload {
  return {
    clientCredentials: { enabled: true },
    devInteractions: { enabled: false },
    deviceFlow: {
      enabled: true,
      userCodeInputSource: (exchange: Exchange, form: string, _out: unknown, error: unknown) => {
        exchange.body = codeInputPage(form, error !== undefined)
      },
      userCodeConfirmSource: (
        exchange: Exchange,
        form: string,
        client: { clientId: string },
        _device: unknown,
        userCode: string,
      ) => {
        exchange.body = codeConfirmPage(form, client.clientId, userCode)
      },
      successSource: (exchange: Exchange) => {
        exchange.body = deviceDonePage()
      },
    },
    dPoP: { enabled: false },
    pushedAuthorizationRequests: { enabled: false },
    resourceIndicators: { enabled: false },
    revocation: {
      enabled: true,
      allowedPolicy: async (_: Exchange, client: { clientId: string }, token: { clientId: string }) =>
        client.clientId === token.clientId,
    },
    rpInitiatedLogout: { enabled: false },
  }
}

function adapters(store: Store, settings: Settings): (model: string) => StoreAdapter {
  return (model) => {
    if (model === 'RefreshToken') return new RefreshTokenAdapter(store, settings)
    if (model === 'Session') return new SessionAdapter(store, settings)
    if (model === 'Client') return new ClientAdapter(store, (id) => findMetadata(settings, id))
    return new StoreAdapter(model, store)
  }
}

/** Builds it for an issuer such as `http://127.0.0.1:40123`. */
export async function buildAuthorizationServer(
  issuer: string,
  library: Library,
  store: Store,
  settings: Settings,
): Promise<Provider> {
  const { privateKey } = await promisify(generateKeyPair)('rsa', { modulusLength: KEY_BITS })
  const provider: Provider = new library.Provider(issuer, {
    ...consent(library, () => provider, settings),
    adapter: adapters(store, settings),
    claims: { openid: ['sub', 'jti'], profile: ['name'], email: ['email', 'email_verified'] },
    clientBasedCORS: () => false,
    // Same clock on both sides: an expired token is refused the second it expires.
    clockTolerance: 0,
    // Who signed in is in the ID token, so that a client needs no second request to name the account.
    conformIdTokenClaims: false,
    expiresWithSession: async () => false,
    features: features(),
    findAccount: async (_: Exchange, subject: string) => accountOf(subject),
    jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig' }] },
    pkce: { required: () => true },
    renderError: async (exchange: Exchange, out: { error: string; error_description?: string }) => {
      exchange.type = 'html'
      exchange.body = failurePage(out.error, out.error_description ?? '')
    },
    rotateRefreshToken: true,
    routes: {
      authorization: PATHS.authorization,
      token: PATHS.token,
      device_authorization: PATHS.device,
      code_verification: PATHS.verification,
      revocation: PATHS.revocation,
      userinfo: PATHS.userinfo,
      jwks: PATHS.jwks,
    },
    scopes: [...SANDBOX_SCOPES],
    ttl: lifetimes(settings),
  })
  provider.Client.prototype.compareClientSecret = function (actual) {
    return matchesDigest(actual, this.clientSecret ?? '')
  }
  return provider
}

export type Decision = 'approve' | 'deny'

/** Answers a device code as the account of the settings. undefined: no such code is waiting. */
export async function decideDevice(
  provider: Provider,
  account: string,
  userCode: string,
  decision: Decision,
): Promise<{ client: string; scopes: string[] } | undefined> {
  const code = await provider.DeviceCode.findByUserCode(userCode.toUpperCase().replace(/\W/g, ''))
  if (code === undefined || code.isExpired || code.error !== undefined || code.accountId !== undefined) {
    return undefined
  }
  const asked = typeof code.params['scope'] === 'string' ? code.params['scope'] : ''
  const scopes = knownScopes(asked)
  if (decision === 'deny') {
    Object.assign(code, { error: 'access_denied', errorDescription: 'the person said no' })
  } else {
    const grant = await newGrant(provider, account, code.clientId, asked)
    const authTime = Math.floor(Date.now() / 1000)
    Object.assign(code, { accountId: account, authTime, grantId: grant.jti, scope: scopes.join(' ') })
  }
  await code.save()
  return { client: code.clientId, scopes }
}
