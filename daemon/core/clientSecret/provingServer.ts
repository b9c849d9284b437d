/**
 * The authorization server as connections ask it: by a client whose secret may be kept elsewhere, and is fetched when
 * it is needed. A secret that was changed there meanwhile is tried as well, and in a rotation the other one: who is
 * refused as a client has spent neither code nor refresh token (RFC 6749 §5.2). Invariant: a secret that is not to be
 * had sends nothing, and says so as an outcome.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { Scope } from '../../../shared/contract/ids.js'
import type { ClientAuthentication } from '../../../shared/contract/newConnection.js'
import type { ClientSecret } from './clientSecret.js'
import type { FetchedSecrets } from './fetchedSecrets.js'
import type { PlannedConnection } from '../newConnection.js'
import type { Outcome, RefreshOutcome } from '../outcome.js'
import type {
  AskedServer,
  AuthorizationServer,
  CodeRequest,
  DeviceRequest,
  DryAnswer,
  OAuthClient,
  Pinning,
  Probe,
  Revocation,
} from '../providerPorts.js'
import type { RegisteredClient } from '../record.js'
import type { Secret } from '../secret.js'

/** A client with its secret, wherever that is. */
export interface Client extends AskedServer {
  readonly secret: ClientSecret | undefined
  /** In a rotation, what is tried when the server does not take the first. */
  readonly other?: ClientSecret | undefined
  /** Hears whether the server took one of them. */
  readonly tried?: (secret: ClientSecret, works: boolean) => void
  readonly registered?: RegisteredClient | undefined
}

type Question<T> = (client: OAuthClient) => Promise<T>

/** How servers say that they do not take the client's proof; some have no word of their own for it. */
const REFUSED = new Set(['invalid_client', 'unauthorized_client'])

/** Whatever a server says beside it, 401 is for the client (RFC 6749 §5.2), unless it speaks of the grant. */
const isRefused = (outcome: RefreshOutcome): boolean =>
  outcome.kind === 'oauthError' &&
  (REFUSED.has(outcome.error) || (outcome.status === 401 && outcome.error !== 'invalid_grant'))

/** Who gets an answer has proven who it is. */
const wasTaken = ({ kind }: RefreshOutcome): boolean => kind === 'tokens' || kind === 'unrenewed'

const isUseless = (outcome: RefreshOutcome): boolean => outcome.kind === 'unproven' || isRefused(outcome)

const withOther = (client: Client): Client => ({ ...client, secret: client.other })

export class ProvingServer {
  readonly #server: AuthorizationServer
  readonly #fetched: FetchedSecrets

  constructor(server: AuthorizationServer, fetched: FetchedSecrets) {
    this.#server = server
    this.#fetched = fetched
  }

  pin(request: PlannedConnection): Promise<Pinning> {
    return this.#server.pin(request)
  }

  /** Rejects with a Refusal when the secret cannot be read, or the client cannot prove itself with it. */
  async checkSecret(authentication: ClientAuthentication, secret: ClientSecret): Promise<void> {
    await this.#server.checkSecret(authentication, await this.reveal(secret))
  }

  /** Rejects with a Refusal naming what keeps the secret from being read. */
  async reveal(secret: ClientSecret): Promise<Secret> {
    return secret.kind === 'kept' ? secret.secret : this.#fetched.get(secret.reference)
  }

  beginCode(client: Client, redirectUri: string, claimsChallenge?: string): Promise<CodeRequest> {
    return this.#begun(client, (proven) => this.#server.beginCode(proven, redirectUri, claimsChallenge))
  }

  /** Only a request that is pushed proves who the client is. */
  async dryRequest(client: Client, redirectUri: string): Promise<DryAnswer> {
    const pushes = client.definition.server.endpoints.pushed_authorization_request_endpoint !== undefined
    const asking = pushes ? await this.#proven(client) : { ...client, secret: undefined }
    return this.#server.dryRequest(asking, redirectUri)
  }

  redeemCode(client: Client, request: CodeRequest, callback: string): Promise<Outcome> {
    return this.#outcome(client, (proven) => this.#server.redeemCode(proven, request, callback))
  }

  beginDevice(client: Client): Promise<DeviceRequest> {
    return this.#begun(client, (proven) => this.#server.beginDevice(proven))
  }

  pollDevice(client: Client, request: DeviceRequest): Promise<Outcome> {
    return this.#outcome(client, (proven) => this.#server.pollDevice(proven, request))
  }

  clientCredentials(client: Client, scopes?: readonly Scope[]): Promise<Outcome> {
    return this.#outcome(client, (proven) => this.#server.clientCredentials(proven, scopes))
  }

  refresh(client: Client, refreshToken: Secret, scopes?: readonly Scope[]): Promise<RefreshOutcome> {
    return this.#outcome(client, (proven) => this.#server.refresh(proven, refreshToken, scopes))
  }

  narrow(client: Client, accessToken: Secret, scopes: readonly Scope[]): Promise<Outcome> {
    return this.#outcome(client, (proven) => this.#server.narrow(proven, accessToken, scopes))
  }

  async revoke(client: Client, token: Secret, hint: 'refresh_token' | 'access_token'): Promise<Revocation> {
    const revoked = await this.#server.revoke(await this.#proven(client), token, hint)
    if (client.other === undefined || revoked.kind !== 'failed') return revoked
    return this.#server.revoke(await this.#proven(withOther(client)), token, hint)
  }

  async probe(client: Client, accessToken: Secret): Promise<Probe> {
    return this.#server.probe(await this.#proven(client), accessToken)
  }

  async #proven(client: Client): Promise<OAuthClient> {
    return { ...client, secret: client.secret && (await this.reveal(client.secret)) }
  }

  async #begun<T>(client: Client, ask: Question<T>): Promise<T> {
    try {
      return await ask(await this.#proven(client))
    } catch (error) {
      if (client.other === undefined || !(error instanceof Refusal)) throw error
      return ask(await this.#proven(withOther(client)))
    }
  }

  async #outcome<T extends RefreshOutcome>(client: Client, ask: Question<T>): Promise<T | Outcome> {
    const outcome = await this.#heard(client, ask)
    if (client.other === undefined || !isUseless(outcome)) return outcome
    const other = await this.#heard(withOther(client), ask)
    return isUseless(other) ? outcome : other
  }

  /** The client hears what it means for its secret. */
  async #heard<T extends RefreshOutcome>(client: Client, ask: Question<T>): Promise<T | Outcome> {
    const outcome = await this.#provenOutcome(client, ask)
    const { secret, tried } = client
    if (secret !== undefined && wasTaken(outcome)) tried?.(secret, true)
    if (secret !== undefined && isUseless(outcome)) tried?.(secret, false)
    return outcome
  }

  async #provenOutcome<T extends RefreshOutcome>(client: Client, ask: Question<T>): Promise<T | Outcome> {
    let proven: OAuthClient
    try {
      proven = await this.#proven(client)
    } catch (error) {
      return unproven(error)
    }
    const outcome = await ask(proven)
    if (!isRefused(outcome)) return outcome
    const changed = await this.#changed(client.secret, proven.secret)
    return changed === undefined ? outcome : ask({ ...proven, secret: changed })
  }

  async #changed(secret: ClientSecret | undefined, refused: Secret | undefined): Promise<Secret | undefined> {
    if (secret?.kind !== 'referred' || refused === undefined) return undefined
    // What cannot be read any more is no other secret.
    return this.#fetched.another(secret.reference, refused).catch(() => undefined)
  }
}

function unproven(error: unknown): Outcome {
  if (!(error instanceof Refusal)) throw error
  const { message, fix, remedy } = error
  return { kind: 'unproven', reason: message, fix, passes: remedy === 'retry' }
}
