/**
 * The AuthorizationServer port over openid-client: the library builds requests and checks answers by the RFCs,
 * `outbound` sends, `tokenOutcome` reads. Invariants: each call is one exchange with one deadline and at most
 * one token request, never repeated; endpoints are the pinned ones; an id token counts only at sign-in and only
 * with the server's published keys, so that a refresh is never lost to a clock or a key set.
 */
import * as oauth from 'openid-client'
import type { Network } from '../../../shared/contract/config.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Scope } from '../../../shared/contract/ids.js'
import type { ClientAuthentication } from '../../../shared/contract/newConnection.js'
import type { PlannedConnection } from '../../core/newConnection.js'
import type { Outcome, RefreshOutcome } from '../../core/outcome.js'
import type { Clock } from '../../core/ports.js'
import type {
  AuthorizationServer,
  CodeRequest,
  DeviceRequest,
  DryAnswer,
  OAuthClient,
  Pinning,
  Probe,
  Revocation,
} from '../../core/providerPorts.js'
import { Secret } from '../../core/secret.js'
import { ownerFrom, type Owner } from './account.js'
import { CAME_ELSEWHERE, callbackOf } from './callback.js'
import { checkKeyMaterial, identityOf } from './clientAuthentication.js'
import { configurationOf, withoutProof } from './clientConfiguration.js'
import { forSignIn, speaking } from './clientRegistration.js'
import { codeParameters, expectsIdToken } from './codeParameters.js'
import { credentialOf, NO_ID_TOKEN } from './credential.js'
import { beginDevice } from './deviceAuthorization.js'
import { detailParameters } from './detailParameters.js'
import { askAuthorization, askPushed, dryRequestPolicy } from './dryRequest.js'
import { OUTBOUND_POLICY, Outbound } from '../network/outbound.js'
import type { Exchange, OutboundPolicy } from '../network/outbound.js'
import type { ServerDates } from '../network/serverDates.js'
import { EXCHANGE_GRANT, exchangeParameters, withoutRefreshToken } from './exchangeForLess.js'
import { pin } from './pinning.js'
import { probe, probeByIntrospection } from './probe.js'
import { pushedUrl } from './pushedRequest.js'
import { deleteToken, endItself, endSession, revoke } from './revocation.js'
import { narrowed } from './scopedCall.js'
import { joined, scopeParameters } from './scopeParameters.js'
import { TokenExchange } from './tokenExchange.js'
import { tokensOf } from './tokenOutcome.js'
import { wired } from './wire.js'

/** RFC 8628 §3.4. */
const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** Nobody was asked. */
const UNTOLD: Owner = { account: null, claims: undefined }

type Ask = (configuration: oauth.Configuration) => Promise<oauth.TokenEndpointResponse & Claims>
type Claims = Pick<oauth.TokenEndpointResponseHelpers, 'claims'>

export interface AuthorizationServerParts {
  readonly clock: Pick<Clock, 'now'>
  /** Proxy and certificate authorities: from the configuration, never from the environment. */
  readonly network: Network
  readonly policy?: OutboundPolicy
  /** Hears of every answer. */
  readonly dates?: ServerDates
}

export const createAuthorizationServer = (parts: AuthorizationServerParts): AuthorizationServer =>
  new OpenIdClientServer(parts)

class OpenIdClientServer implements AuthorizationServer {
  readonly #clock: Pick<Clock, 'now'>
  readonly #outbound: Outbound
  /** For what nobody waits for long. */
  readonly #brief: Outbound

  constructor({ clock, network, policy = OUTBOUND_POLICY, dates }: AuthorizationServerParts) {
    this.#clock = clock
    this.#outbound = new Outbound(network, policy, dates)
    this.#brief = new Outbound(network, dryRequestPolicy(policy), dates)
  }

  async pin(request: PlannedConnection): Promise<Pinning> {
    return pin(request, this.#outbound.begin())
  }

  checkSecret(authentication: ClientAuthentication, secret: Secret): Promise<void> {
    return checkKeyMaterial(authentication, secret)
  }

  async beginCode(asked: OAuthClient, redirectUri: string, claimsChallenge?: string): Promise<CodeRequest> {
    if (asked.definition.server.endpoints.authorization_endpoint === undefined) {
      throw new Refusal('misconfigured', 'this server has no authorization endpoint', {
        field: 'endpoints.authorization_endpoint',
        fix: `fob sign-in ${asked.definition.name} --device`,
      })
    }
    const client = await forSignIn(asked, this.#begin(asked), { flow: 'code', now: this.#clock.now() })
    const { parameters, state, nonce, verifier } = await codeParameters(client, redirectUri, claimsChallenge)
    const url = await this.#authorizationUrl(client, parameters)
    const request = { url: url.href, redirectUri, state, nonce, verifier: new Secret(verifier) }
    return { ...request, ...registeredOf(client) }
  }

  async dryRequest(client: OAuthClient, redirectUri: string): Promise<DryAnswer> {
    const asked = await codeParameters(client, redirectUri)
    // Nobody is there to be asked (OpenID Connect Core §3.1.2.1); other servers do not know the parameter.
    const parameters = { ...asked.parameters, ...(expectsIdToken(client) ? { prompt: 'none' } : {}) }
    const exchange = wired(this.#brief.begin(identityOf(client)), client.profile.wire)
    if (client.definition.server.endpoints.pushed_authorization_request_endpoint !== undefined) {
      return askPushed(client, exchange, parameters)
    }
    const url = oauth.buildAuthorizationUrl(withoutProof(client), parameters)
    return askAuthorization(url, redirectUri, exchange)
  }

  /** Where the browser is sent: with all that is asked, or with the name the server gave for it. */
  async #authorizationUrl(client: OAuthClient, parameters: Record<string, string>): Promise<URL> {
    if (client.definition.server.endpoints.pushed_authorization_request_endpoint !== undefined) {
      return pushedUrl(client, this.#begin(client), parameters)
    }
    return oauth.buildAuthorizationUrl(withoutProof(client), parameters)
  }

  async redeemCode(client: OAuthClient, request: CodeRequest, callback: string): Promise<Outcome> {
    const came = callbackOf(request, callback)
    if (came === undefined) return CAME_ELSEWHERE
    // The library repeats the address without its query to the token endpoint: it has to be the one asked for.
    const answered = new URL(client.definition.redirectUri ?? request.redirectUri)
    answered.search = came.search
    const checks = {
      expectedState: request.state,
      pkceCodeVerifier: request.verifier.reveal(),
      ...(expectsIdToken(client) ? { expectedNonce: request.nonce, idTokenExpected: true } : {}),
    }
    return this.#signIn(speaking(client, request.registered), (configuration) =>
      oauth.authorizationCodeGrant(configuration, answered, checks, detailParameters(client, 'later')),
    )
  }

  async beginDevice(asked: OAuthClient): Promise<DeviceRequest> {
    const exchange = this.#begin(asked)
    const client = await forSignIn(asked, exchange, { flow: 'device', now: this.#clock.now() })
    const { profile, definition } = client
    const parameters = profile.deviceParameters?.(definition.server) ?? scopeParameters(client)
    const named = { ...parameters, ...detailParameters(client, 'beginning') }
    return { ...(await beginDevice(client, exchange, named, this.#clock)), ...registeredOf(client) }
  }

  async pollDevice(client: OAuthClient, request: DeviceRequest): Promise<Outcome> {
    return this.#signIn(speaking(client, request.registered), (configuration) =>
      oauth.genericGrantRequest(configuration, DEVICE_GRANT, {
        device_code: request.deviceCode.reveal(),
        ...detailParameters(client, 'later'),
      }),
    )
  }

  async clientCredentials(client: OAuthClient, scopes?: readonly Scope[]): Promise<Outcome> {
    const named = {
      ...(scopes === undefined ? scopeParameters(client) : joined(scopes)),
      ...detailParameters(client, 'beginning'),
    }
    const exchange = this.#tokenExchange(client, false)
    const ask: Ask = (configuration) => oauth.clientCredentialsGrant(configuration, named)
    return this.#exchange(client, exchange, ask, asBefore)
  }

  async refresh(
    asked: OAuthClient,
    refreshToken: Secret,
    scopes: readonly Scope[] = [],
  ): Promise<RefreshOutcome> {
    const client = speaking(asked)
    const exchange = this.#tokenExchange(client, false)
    const outcome = await this.#exchange(
      client,
      exchange,
      (configuration) =>
        oauth.refreshTokenGrant(configuration, refreshToken.reveal(), {
          ...joined(scopes),
          ...detailParameters(client, 'later'),
        }),
      asBefore,
    )
    const { granted, sentAt } = exchange
    if (granted === undefined || credentialOf(granted, sentAt, client.profile) !== undefined) return outcome
    return { kind: 'unrenewed', reason: NO_ID_TOKEN, refreshToken: granted.refreshToken }
  }

  async narrow(asked: OAuthClient, accessToken: Secret, scopes: readonly Scope[]): Promise<Outcome> {
    const client = speaking(asked)
    const { downScope } = client.profile
    if (downScope.kind === 'exchange') {
      const parameters = exchangeParameters(downScope, accessToken, scopes)
      const outcome = await this.#exchange(
        client,
        this.#tokenExchange(client, false),
        (configuration) => oauth.genericGrantRequest(configuration, EXCHANGE_GRANT, parameters),
        asBefore,
      )
      return withoutRefreshToken(outcome)
    }
    return narrowed(client, this.#begin(client), { accessToken, scopes, sentAt: this.#clock.now() })
  }

  async revoke(
    asked: OAuthClient,
    token: Secret,
    hint: 'refresh_token' | 'access_token',
  ): Promise<Revocation> {
    const client = speaking(asked)
    if (hint === 'access_token' && client.profile.credential === 'idToken') return { kind: 'untilExpiry' }
    if (client.definition.server.endpoints.revocation_endpoint === undefined) return { kind: 'unsupported' }
    const exchange = this.#begin(client)
    const { revocation } = client.profile
    switch (revocation) {
      case 'deleteJson':
        return deleteToken(client, exchange, token, hint)
      case 'byItself':
        return endItself(client, exchange, token)
      case 'standard':
        return revoke(client, exchange, token, hint)
      default:
        return endSession(client, exchange, revocation.header, token, hint)
    }
  }

  async probe(asked: OAuthClient, accessToken: Secret): Promise<Probe> {
    const client = speaking(asked)
    const exchange = this.#begin(client)
    const { userinfo_endpoint, introspection_endpoint } = client.definition.server.endpoints
    if (userinfo_endpoint !== undefined || introspection_endpoint === undefined) {
      return probe(client, exchange, accessToken)
    }
    return probeByIntrospection(client, exchange, accessToken)
  }

  /** A grant a person gave: its id token is checked, and says whose account it is. */
  async #signIn(client: OAuthClient, ask: Ask): Promise<Outcome> {
    const exchange = this.#tokenExchange(client, client.definition.server.jwksUri !== undefined)
    return this.#exchange(client, exchange, ask, (configuration, accessToken, claims) =>
      ownerFrom(client, configuration, accessToken, claims),
    )
  }

  async #exchange(
    client: OAuthClient,
    exchange: TokenExchange,
    ask: Ask,
    whose: (
      configuration: oauth.Configuration,
      accessToken: Secret,
      claims: oauth.IDToken | undefined,
    ) => Promise<Owner>,
  ): Promise<Outcome> {
    try {
      const configuration = await configurationOf(client, exchange.fetch)
      const answer = await ask(configuration)
      const { granted } = exchange
      if (granted === undefined) throw new Error('tokens without an answer')
      const credential = credentialOf(granted, exchange.sentAt, client.profile)
      if (credential === undefined) return { kind: 'untrusted', reason: NO_ID_TOKEN }
      const owner = await whose(configuration, granted.accessToken, answer.claims())
      const tokens = tokensOf(granted, exchange.sentAt, client.profile, owner)
      return { kind: 'tokens', tokens: { ...tokens, ...credential, ...registeredOf(client) } }
    } catch (error) {
      return exchange.outcomeOf(error)
    }
  }

  #tokenExchange(client: OAuthClient, keepIdToken: boolean): TokenExchange {
    const tokenEndpoint = client.definition.server.endpoints.token_endpoint
    return new TokenExchange({
      exchange: this.#begin(client),
      tokenEndpoint,
      clock: this.#clock,
      rules: client.profile,
      keepIdToken,
    })
  }

  #begin(client: OAuthClient): Exchange {
    return wired(this.#outbound.begin(identityOf(client)), client.profile.wire)
  }
}

/** A grant nobody was asked for: the account is the one it was. */
const asBefore = (): Promise<Owner> => Promise.resolve(UNTOLD)

/** The client a grant belongs to, where fob registered it. */
const registeredOf = ({ registered }: OAuthClient): Pick<OAuthClient, 'registered'> =>
  registered === undefined ? {} : { registered }
