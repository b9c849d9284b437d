/**
 * HashiCorp Vault in the place of an authorization server: a login by its JWT/OIDC method gives a token, the token
 * renews itself, and ends itself. What is kept to refresh with is the token itself.
 * Invariants: each call is one exchange with one deadline; nothing is sent but to the pinned addresses and, by the
 * person's browser, to the identity provider that Vault names; a token is in a header, never in an address.
 */
import { randomBytes } from 'node:crypto'
import { z } from 'zod'
import type { Account } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Scope } from '../../../shared/contract/ids.js'
import type { ClientAuthentication } from '../../../shared/contract/newConnection.js'
import type { PlannedConnection } from '../../core/newConnection.js'
import type { Outcome } from '../../core/outcome.js'
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
import { ExchangeFailure } from '../network/exchangeFailure.js'
import type { Answer, Exchange, Outbound } from '../network/outbound.js'
import { readAccount } from './account.js'
import { CAME_ELSEWHERE, callbackOf } from './callback.js'
import { checkKeyMaterial } from './clientAuthentication.js'
import { withoutRefreshToken } from './exchangeForLess.js'
import { exactJsonIn } from './jsonBody.js'
import { pin } from './pinning.js'
import { outcomeOfFailure, printable } from './tokenOutcome.js'
import {
  endOf,
  errorsIn,
  isOver,
  readVaultAnswer,
  refusedOutcome,
  renewed,
  type VaultRefusal,
} from './vaultAnswer.js'
import { providerPage } from './vaultPage.js'

/** What every token has unless it is asked for without. */
const DEFAULT_POLICY = 'default'

const Looked = z.object({ data: z.record(z.string(), z.unknown()) })

/** 256 bits, which Vault wants again with the code: whoever only saw the browser's addresses lacks it. */
const newNonce = (): string => randomBytes(32).toString('base64url')

export class HashicorpVault implements AuthorizationServer {
  readonly #clock: Pick<Clock, 'now'>
  readonly #outbound: Outbound

  constructor(clock: Pick<Clock, 'now'>, outbound: Outbound) {
    this.#clock = clock
    this.#outbound = outbound
  }

  async pin(request: PlannedConnection): Promise<Pinning> {
    return pin(request, this.#outbound.begin())
  }

  checkSecret(authentication: ClientAuthentication, secret: Secret): Promise<void> {
    return checkKeyMaterial(authentication, secret)
  }

  async beginCode(client: OAuthClient, redirectUri: string): Promise<CodeRequest> {
    const { clientId: role, redirectUri: page } = client.definition
    const nonce = newNonce()
    const body = { role, redirect_uri: page ?? redirectUri, client_nonce: nonce }
    const answer = await this.#send('POST', authorizationOf(client), { body }).catch(
      refuseUnreachable(client),
    )
    const { url, state } = providerPage(answer, client, redirectUri)
    return { url, redirectUri, state, nonce: '', verifier: new Secret(nonce) }
  }

  /** Asking it is beginning a sign-in, and its error is told where that begins. */
  async dryRequest(): Promise<DryAnswer> {
    return { kind: 'nothing' }
  }

  async redeemCode(client: OAuthClient, request: CodeRequest, callback: string): Promise<Outcome> {
    const came = callbackOf(request, callback)
    if (came === undefined) return CAME_ELSEWHERE
    const query = came.searchParams
    const error = query.get('error')
    if (error !== null) return atProvider(printable(error), printable(query.get('error_description') ?? ''))
    const code = query.get('code') ?? ''
    if (query.get('state') !== request.state || code === '') {
      return { kind: 'untrusted', reason: 'the browser brought no code for this sign-in' }
    }
    // Vault takes these in the address of a GET and nowhere else.
    const url = new URL('callback', authorizationOf(client))
    const nonce = request.verifier.reveal()
    url.search = new URLSearchParams({ state: request.state, code, client_nonce: nonce }).toString()
    return this.#logIn(client, 'GET', url.href, {}, [code, nonce], 'invalid_request')
  }

  async beginDevice({ definition: { name } }: OAuthClient): Promise<DeviceRequest> {
    throw noDevice(name)
  }

  async pollDevice({ definition: { name } }: OAuthClient): Promise<Outcome> {
    throw noDevice(name)
  }

  async clientCredentials({ definition, secret, ...rest }: OAuthClient): Promise<Outcome> {
    if (secret === undefined) return { kind: 'unreachable', reason: 'the JWT to log in with is not set' }
    const jwt = secret.reveal()
    const { token_endpoint: login } = definition.server.endpoints
    const body = { role: definition.clientId, jwt: jwt.trim() }
    // A JWT that is no longer taken is a client that cannot prove itself: another one mends it.
    return this.#logIn({ definition, secret, ...rest }, 'POST', login, { body }, [jwt], 'invalid_client')
  }

  async refresh({ definition }: OAuthClient, token: Secret): Promise<Outcome> {
    const sentAt = this.#clock.now()
    return answered(async () => {
      const url = definition.server.endpoints.token_endpoint
      const answer = await this.#send('POST', url, { token, body: {} })
      const read = readVaultAnswer(answer, this.#clock.now(), [token.reveal()])
      if (read.kind === 'given') return { kind: 'tokens', tokens: renewed(read, sentAt) }
      return read.kind === 'refused' ? renewalRefused(read) : read
    })
  }

  /** A child of the token there is. That it cannot be renewed keeps it from outliving what it was asked for. */
  async narrow(
    { definition, profile }: OAuthClient,
    token: Secret,
    policies: readonly Scope[],
  ): Promise<Outcome> {
    const { downScope } = profile
    const below = definition.server.endpoints.revocation_endpoint
    if (downScope.kind !== 'child' || below === undefined) {
      throw new Error('a Vault whose tokens have no children')
    }
    const sentAt = this.#clock.now()
    const body = {
      policies,
      no_default_policy: !policies.includes(DEFAULT_POLICY),
      ttl: downScope.ttl,
      renewable: false,
      display_name: 'fob',
    }
    return answered(async () => {
      const answer = await this.#send('POST', new URL('create', below).href, { token, body })
      const read = readVaultAnswer(answer, this.#clock.now(), [token.reveal()])
      if (read.kind === 'given') {
        // What the grant goes on with is its own token, also where the child could be renewed.
        return withoutRefreshToken({ kind: 'tokens', tokens: renewed(read, sentAt) })
      }
      if (read.kind !== 'refused') return read
      return refusedOutcome(read, read.status === 403 ? 'unauthorized_client' : 'invalid_scope')
    })
  }

  async revoke({ definition }: OAuthClient, token: Secret): Promise<Revocation> {
    const url = definition.server.endpoints.revocation_endpoint
    if (url === undefined) return { kind: 'unsupported' }
    try {
      const answer = await this.#send('POST', url, { token, body: {} })
      if (answer.status >= 200 && answer.status < 300) return { kind: 'revoked' }
      const said = errorsIn(exactJsonIn(answer)) ?? ''
      // It has ended already.
      if (answer.status === 403 && isOver(said)) return { kind: 'revoked' }
      return { kind: 'failed', reason: `Vault answered ${answer.status}` }
    } catch (error) {
      if (error instanceof ExchangeFailure) return { kind: 'failed', reason: error.message }
      throw error
    }
  }

  async probe({ definition }: OAuthClient, token: Secret): Promise<Probe> {
    const url = definition.server.endpoints.userinfo_endpoint
    if (url === undefined) return 'unknown'
    try {
      const { status } = await this.#send('GET', url, { token })
      return status === 200 ? 'taken' : status === 403 ? 'refused' : 'unknown'
    } catch {
      return 'unknown'
    }
  }

  #logIn(
    client: OAuthClient,
    method: 'GET' | 'POST',
    url: string,
    { body }: Pick<Message, 'body'>,
    sent: readonly string[],
    error: 'invalid_request' | 'invalid_client',
  ): Promise<Outcome> {
    const sentAt = this.#clock.now()
    const exchange = this.#outbound.begin()
    return answered(async () => {
      const answer = await this.#send(method, url, body === undefined ? {} : { body }, exchange)
      const read = readVaultAnswer(answer, this.#clock.now(), sent)
      if (read.kind === 'refused') return refusedOutcome(read, error)
      if (read.kind !== 'given') return read
      const account = await this.#whose(client, read.token, exchange)
      return { kind: 'tokens', tokens: { ...renewed(read, sentAt), expiresAt: endOf(read, sentAt), account } }
    })
  }

  /** Not knowing costs nothing: a policy may keep a token from looking at itself. */
  async #whose(
    { definition, profile }: OAuthClient,
    token: Secret,
    exchange: Exchange,
  ): Promise<Account | null> {
    const url = definition.server.endpoints.userinfo_endpoint
    if (url === undefined) return null
    try {
      const looked = Looked.safeParse(exactJsonIn(await this.#send('GET', url, { token }, exchange)))
      return readAccount(looked.data?.data, profile.account)
    } catch {
      return null
    }
  }

  #send(
    method: 'GET' | 'POST',
    url: string,
    { token, body }: Message,
    exchange: Exchange = this.#outbound.begin(),
  ): Promise<Answer> {
    const headers = {
      accept: 'application/json',
      'content-type': 'application/json',
      // A Vault Agent in between may insist on it, so that no page can forge a request.
      'x-vault-request': 'true',
      ...(token === undefined ? {} : { 'x-vault-token': token.reveal() }),
    }
    return exchange.send({ url, method, headers, body: body === undefined ? null : JSON.stringify(body) })
  }
}

interface Message {
  readonly token?: Secret
  readonly body?: Readonly<Record<string, string | boolean | readonly string[]>>
}

/** What the identity provider says by the browser, which has no status: 400 is what a token endpoint would give it. */
const atProvider = (error: string, description: string): Outcome => ({
  kind: 'oauthError',
  status: 400,
  error,
  description,
  retryAfterMs: undefined,
})

/** 403 is a token that has ended, or one that its policy keeps from renewing: no token comes without a person. */
const renewalRefused = (read: VaultRefusal): Outcome =>
  refusedOutcome(read, read.status === 403 || isOver(read.words) ? 'invalid_grant' : 'invalid_request')

async function answered(ask: () => Promise<Outcome>): Promise<Outcome> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof ExchangeFailure) return outcomeOfFailure(error)
    throw error
  }
}

function authorizationOf({ definition }: OAuthClient): string {
  const url = definition.server.endpoints.authorization_endpoint
  if (url !== undefined) return url
  throw new Refusal('misconfigured', 'this connection logs in by a JWT and asks no person', {
    field: 'body.flow',
    fix: `fob sign-in ${definition.name}`,
  })
}

const refuseUnreachable =
  ({ definition }: OAuthClient) =>
  (error: unknown): never => {
    if (!(error instanceof ExchangeFailure)) throw error
    throw new Refusal('provider_unreachable', error.message, { fix: `fob sign-in ${definition.name}` })
  }

const noDevice = (name: string): Refusal =>
  new Refusal('bad_request', 'Vault has no sign-in by code', {
    field: 'body.flow',
    fix: `fob sign-in ${name}`,
  })
