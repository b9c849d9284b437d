/**
 * A fake of the AuthorizationServer port. Left alone it is an honest server in memory: it grants, rotates
 * refresh tokens strictly (a second use ends the grant) and honours revocation. Each call has a `Script`, so
 * a test can queue answers, hold one back, count calls and wait for them.
 */
import type { Account } from '../../shared/contract/connection.js'
import type { Scope } from '../../shared/contract/ids.js'
import type { ClientAuthentication } from '../../shared/contract/newConnection.js'
import type { PlannedConnection } from '../../daemon/core/newConnection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { Outcome, Tokens } from '../../daemon/core/outcome.js'
import type { Clock } from '../../daemon/core/ports.js'
import type {
  AuthorizationServer,
  CodeRequest,
  DeviceRequest,
  DryAnswer,
  OAuthClient,
  Pinning,
  Probe,
  Revocation,
} from '../../daemon/core/providerPorts.js'
import { Secret } from '../../daemon/core/secret.js'
import { Script } from './script.js'

export interface TokensInPlain {
  readonly accessToken?: string
  /** null: the answer carries none. */
  readonly refreshToken?: string | null
  readonly issuedAt?: number
  readonly refreshEndsAt?: number
  /** null: does not expire. */
  readonly expiresAt?: number | null
  readonly scopes?: Tokens['scopes']
  readonly account?: Account | null
}

/** A token outcome in plain words, for scripts. */
export function tokensOutcome(plain: TokensInPlain): Outcome {
  const issuedAt = plain.issuedAt ?? 0
  return {
    kind: 'tokens',
    tokens: {
      accessToken: new Secret(plain.accessToken ?? 'access'),
      refreshToken: plain.refreshToken == null ? undefined : new Secret(plain.refreshToken),
      issuedAt,
      ...(plain.refreshEndsAt !== undefined && { refreshEndsAt: plain.refreshEndsAt }),
      expiresAt: plain.expiresAt === undefined ? issuedAt + 60_000 : plain.expiresAt,
      scopes: plain.scopes,
      account: plain.account === undefined ? { id: 'ada', label: 'ada@example.test' } : plain.account,
    },
  }
}

/** An OAuth error outcome, for scripts. */
export const oauthErrorOutcome = (error: string, status = 400, retryAfterMs?: number): Outcome => ({
  kind: 'oauthError',
  status,
  error,
  description: '',
  retryAfterMs,
})

/** Scopes a request names; none means all. */
type Named = readonly Scope[] | undefined

type TokenHint = 'refresh_token' | 'access_token'

interface Family {
  ended: boolean
  /** The one refresh token that may be used next. */
  current: string
}

export class ScriptedAuthorizationServer implements AuthorizationServer {
  /** Life of the access tokens it mints, in milliseconds. */
  lifetimeMs = 60_000
  account: Account | null = { id: 'ada', label: 'ada@example.test' }
  /** The client secrets it takes; undefined for any. */
  clientSecrets: readonly string[] | undefined
  /** Whether its answers carry refresh tokens (client credentials never do). */
  givesRefreshTokens = true

  readonly on = {
    pin: new Script<[PlannedConnection], Pinning>((request) => this.#pin(request)),
    checkSecret: new Script<[ClientAuthentication, Secret], undefined>(() => undefined),
    beginCode: new Script<[OAuthClient, string, string?], CodeRequest>((client, redirectUri) =>
      this.#beginCode(client, redirectUri),
    ),
    dryRequest: new Script<[OAuthClient, string], DryAnswer>(() => ({ kind: 'nothing' })),
    redeemCode: new Script<[OAuthClient, CodeRequest, string], Outcome>((client, request, callback) =>
      this.#authenticated(client, () => this.#redeem(request, callback)),
    ),
    beginDevice: new Script<[OAuthClient], DeviceRequest>(() => this.#beginDevice()),
    pollDevice: new Script<[OAuthClient, DeviceRequest], Outcome>((_client, request) => this.#poll(request)),
    clientCredentials: new Script<[OAuthClient, Named?], Outcome>((client, scopes) =>
      this.#authenticated(client, () => this.#mint(undefined, null, scopes)),
    ),
    refresh: new Script<[OAuthClient, Secret, Named?], Outcome>((client, token, scopes) =>
      this.#authenticated(client, () => this.#refresh(client, token.reveal(), scopes)),
    ),
    narrow: new Script<[OAuthClient, Secret, readonly Scope[]], Outcome>((client, _token, scopes) =>
      this.#authenticated(client, () => this.#mint(undefined, null, scopes)),
    ),
    revoke: new Script<[OAuthClient, Secret, TokenHint], Revocation>((_client, token) =>
      this.#revoke(token.reveal()),
    ),
    probe: new Script<[OAuthClient, Secret], Probe>(() => 'unknown'),
  }

  readonly #clock: Pick<Clock, 'now'>
  readonly #families = new Map<string, Family>()
  readonly #codes = new Set<string>()
  readonly #devices = new Map<string, 'pending' | 'approved' | 'denied'>()
  #count = 0

  constructor(clock: Pick<Clock, 'now'> = { now: () => 0 }) {
    this.#clock = clock
  }

  pin = (request: PlannedConnection) => this.on.pin.run(request)
  checkSecret = (authentication: ClientAuthentication, secret: Secret) =>
    this.on.checkSecret.run(authentication, secret)
  beginCode = (client: OAuthClient, redirectUri: string, claimsChallenge?: string) =>
    this.on.beginCode.run(client, redirectUri, claimsChallenge)
  dryRequest = (client: OAuthClient, redirectUri: string) => this.on.dryRequest.run(client, redirectUri)
  redeemCode = (client: OAuthClient, request: CodeRequest, callback: string) =>
    this.on.redeemCode.run(client, request, callback)
  beginDevice = (client: OAuthClient) => this.on.beginDevice.run(client)
  pollDevice = (client: OAuthClient, request: DeviceRequest) => this.on.pollDevice.run(client, request)
  clientCredentials = (client: OAuthClient, scopes?: Named) => this.on.clientCredentials.run(client, scopes)
  refresh = (client: OAuthClient, refreshToken: Secret, scopes?: Named) =>
    this.on.refresh.run(client, refreshToken, scopes)
  narrow = (client: OAuthClient, accessToken: Secret, scopes: readonly Scope[]) =>
    this.on.narrow.run(client, accessToken, scopes)
  revoke = (client: OAuthClient, token: Secret, hint: TokenHint) => this.on.revoke.run(client, token, hint)
  probe = (client: OAuthClient, token: Secret) => this.on.probe.run(client, token)

  /** Exchanges made at the token endpoint so far. */
  get tokenRequests(): number {
    const { redeemCode, pollDevice, clientCredentials, refresh } = this.on
    return redeemCode.count + pollDevice.count + clientCredentials.count + refresh.count
  }

  /** The person approves in the browser: gives the URL the browser comes back to. */
  approve(request: CodeRequest): string {
    const code = `code-${++this.#count}`
    this.#codes.add(code)
    return `${request.redirectUri}?${new URLSearchParams({ code, state: request.state }).toString()}`
  }

  /** The person says no in the browser. */
  deny(request: CodeRequest): string {
    const query = new URLSearchParams({ error: 'access_denied', state: request.state })
    return `${request.redirectUri}?${query.toString()}`
  }

  approveDevice(request: DeviceRequest): void {
    this.#devices.set(request.deviceCode.reveal(), 'approved')
  }

  denyDevice(request: DeviceRequest): void {
    this.#devices.set(request.deviceCode.reveal(), 'denied')
  }

  /** Who the client is comes before what it wants (RFC 6749 §3.2.1). */
  #authenticated({ secret }: OAuthClient, answer: () => Outcome): Outcome {
    const { clientSecrets } = this
    const isKnown = clientSecrets === undefined || clientSecrets.includes(secret?.reveal() ?? '')
    return isKnown ? answer() : oauthErrorOutcome('invalid_client', 401)
  }

  #pin(request: PlannedConnection): Pinning {
    if (!request.issuer.startsWith('https:') && new URL(request.issuer).hostname !== '127.0.0.1')
      throw new Refusal('bad_request', 'the issuer must be an https URL', { field: 'issuer' })
    const secretMethod = request.clientSecret === undefined ? 'none' : 'client_secret_basic'
    return {
      server: {
        issuer: request.issuer,
        endpoints: request.endpoints ?? { token_endpoint: new URL('/token', request.issuer).href },
        jwksUri: undefined,
        promisesIss: false,
        idTokenAlgorithms: [],
      },
      authentication: request.authentication ?? secretMethod,
    }
  }

  #beginCode(client: OAuthClient, redirectUri: string): CodeRequest {
    const state = `state-${++this.#count}`
    const query = new URLSearchParams({
      redirect_uri: redirectUri,
      state,
      client_id: client.definition.clientId,
    })
    return {
      url: `https://server.test/authorize?${query.toString()}`,
      redirectUri,
      state,
      nonce: `nonce-${this.#count}`,
      verifier: new Secret(`verifier-${this.#count}`),
    }
  }

  #redeem(request: CodeRequest, callback: string): Outcome {
    const query = new URL(callback).searchParams
    if (query.get('state') !== request.state)
      return { kind: 'untrusted', reason: 'the answer does not carry the state that was sent' }
    const error = query.get('error')
    if (error !== null) return oauthErrorOutcome(error)
    if (!this.#codes.delete(query.get('code') ?? '')) return oauthErrorOutcome('invalid_grant')
    return this.#grant()
  }

  #beginDevice(): DeviceRequest {
    const deviceCode = `device-${++this.#count}`
    this.#devices.set(deviceCode, 'pending')
    return {
      userCode: `USER-${this.#count}`,
      verificationUri: 'https://server.test/device',
      verificationUriComplete: null,
      expiresAt: this.#clock.now() + 300_000,
      intervalMs: 5_000,
      deviceCode: new Secret(deviceCode),
    }
  }

  #poll(request: DeviceRequest): Outcome {
    const code = request.deviceCode.reveal()
    const standing = this.#devices.get(code)
    if (standing === 'pending') return oauthErrorOutcome('authorization_pending')
    this.#devices.delete(code)
    if (standing === 'denied') return oauthErrorOutcome('access_denied')
    return standing === 'approved' ? this.#grant() : oauthErrorOutcome('invalid_grant')
  }

  #refresh({ definition, profile }: OAuthClient, refreshToken: string, scopes: Named): Outcome {
    const family = this.#families.get(refreshToken)
    if (!family || family.ended) return oauthErrorOutcome('invalid_grant')
    if (family.current !== refreshToken) {
      family.ended = true
      return oauthErrorOutcome('invalid_grant')
    }
    const known = profile.downScope.kind === 'resources' || scopes === undefined
    if (!known && scopes.some((scope) => !definition.scopesAsked.includes(scope))) {
      return oauthErrorOutcome('invalid_scope')
    }
    family.current = this.#newRefreshToken(family)
    return this.#mint(family.current, this.account, scopes)
  }

  #revoke(token: string): Revocation {
    const family = this.#families.get(token)
    if (family) family.ended = true
    return { kind: 'revoked' }
  }

  #grant(): Outcome {
    if (!this.givesRefreshTokens) return this.#mint(undefined, this.account)
    const family: Family = { ended: false, current: '' }
    family.current = this.#newRefreshToken(family)
    return this.#mint(family.current, this.account)
  }

  #newRefreshToken(family: Family): string {
    const token = `refresh-${++this.#count}`
    this.#families.set(token, family)
    return token
  }

  #mint(refreshToken: string | undefined, account: Account | null, scopes?: Named): Outcome {
    const now = this.#clock.now()
    return tokensOutcome({
      accessToken: `access-${++this.#count}`,
      refreshToken: refreshToken ?? null,
      issuedAt: now,
      expiresAt: now + this.lifetimeMs,
      account,
      ...(scopes === undefined ? {} : { scopes }),
    })
  }
}
