/** What the core needs from providers, as small interfaces. `adapters/oauth` implements them, tests bring fakes. */
import type { ClientAuthentication } from '../../shared/contract/newConnection.js'
import { Refusal, type ErrorCode, type RefusalDetail } from '../../shared/contract/errors.js'
import type { Scope } from '../../shared/contract/ids.js'
import type { ProviderProfile } from '../providers/profile.js'
import type { PlannedConnection } from './newConnection.js'
import type { Outcome, RefreshOutcome } from './outcome.js'
import type { OAuthDefinition, PinnedServer, RegisteredClient } from './record.js'
import type { Secret } from './secret.js'

/** What adding a connection settles: the server as checked, and how the client proves itself there. */
export interface Pinning {
  readonly server: PinnedServer
  /** As asked; else `none` without a secret, Basic or post by what the server offers. */
  readonly authentication: ClientAuthentication
}

/** The server that a connection belongs to, and how it is. */
export interface AskedServer {
  readonly definition: OAuthDefinition
  readonly profile: ProviderProfile
}

/** The client as one authorization server knows it. */
export interface OAuthClient extends AskedServer {
  readonly secret: Secret | undefined
  /** The client of the grant in use, when fob registered it. */
  readonly registered?: RegisteredClient | undefined
}

/** An authorization request under way. The adapter's own matter; the core keeps it and hands it back. */
export interface CodeRequest {
  readonly url: string
  readonly redirectUri: string
  readonly state: string
  readonly nonce: string
  readonly verifier: Secret
  /** The client that asks, when it was registered for this. */
  readonly registered?: RegisteredClient | undefined
}

export interface DeviceRequest {
  readonly userCode: string
  readonly verificationUri: string
  readonly verificationUriComplete: string | null
  readonly expiresAt: number
  /** Milliseconds between polls, as the server asked (RFC 8628 §3.2). */
  readonly intervalMs: number
  readonly deviceCode: Secret
  /** The client that asks, when it was registered for this. */
  readonly registered?: RegisteredClient | undefined
}

/** A sign-in that the provider did not begin, with what it said instead. */
export class NotBegun extends Refusal {
  readonly outcome: Exclude<Outcome, { kind: 'tokens' }>

  constructor(outcome: NotBegun['outcome'], message: string, detail: RefusalDetail = {}, code?: ErrorCode) {
    super(
      code ?? (outcome.kind === 'oauthError' ? 'provider_refused' : 'provider_unreachable'),
      message,
      detail,
    )
    this.outcome = outcome
  }
}

/** What became of an attempt to end tokens at the provider (RFC 7009). */
export type Revocation =
  | { readonly kind: 'revoked' }
  | { readonly kind: 'unsupported' }
  /** Nothing ends it: whoever checks it asks nobody. */
  | { readonly kind: 'untilExpiry' }
  | { readonly kind: 'failed'; readonly reason: string }

/**
 * What the provider says to an access token: it takes it, it does not, or it has no place to ask, or did not answer.
 */
export type Probe = 'taken' | 'refused' | 'unknown'

/** What a server answers to the request of a sign-in when nobody is there to sign in. */
export type DryAnswer =
  /** It would ask a person, or nothing came that could be read. */
  | { readonly kind: 'nothing' }
  /** The browser is sent back with an error (RFC 6749 §4.1.2.1). */
  | { readonly kind: 'sentBack'; readonly error: string; readonly said: string }
  /** An error in JSON. */
  | { readonly kind: 'error'; readonly status: number; readonly error: string; readonly said: string }
  /** What a person would read, line by line. */
  | { readonly kind: 'page'; readonly status: number; readonly lines: readonly string[] }

/**
 * One OAuth 2.0 server. Token answers, good or bad, come back as an `Outcome`: these calls reject only for
 * defects. Connecting takes at most 5 s, a whole exchange at most 15 s.
 */
export interface AuthorizationServer {
  /** Discovers and checks, or takes the endpoints given. Rejects with a Refusal naming the field at fault. */
  pin(request: PlannedConnection): Promise<Pinning>
  /** Rejects with a Refusal when the client cannot prove itself with this secret. Asks no server. */
  checkSecret(authentication: ClientAuthentication, secret: Secret): Promise<void>
  /** `claimsChallenge`: what the provider said that it wants to be asked for. */
  beginCode(client: OAuthClient, redirectUri: string, claimsChallenge?: string): Promise<CodeRequest>
  /** Asks once what `beginCode` would send a browser to ask, within a few seconds. Never rejects. */
  dryRequest(client: OAuthClient, redirectUri: string): Promise<DryAnswer>
  /** Checks `state` and `iss`, then redeems. `callback` is the URL the browser came to. */
  redeemCode(client: OAuthClient, request: CodeRequest, callback: string): Promise<Outcome>
  /** Rejects with `NotBegun` when the provider does not begin one. */
  beginDevice(client: OAuthClient): Promise<DeviceRequest>
  /** One poll. Waiting, slowing down and the deadline are the core's. */
  pollDevice(client: OAuthClient, request: DeviceRequest): Promise<Outcome>
  /** `scopes`: only these; left out, all of the connection. */
  clientCredentials(client: OAuthClient, scopes?: readonly Scope[]): Promise<Outcome>
  refresh(client: OAuthClient, refreshToken: Secret, scopes?: readonly Scope[]): Promise<RefreshOutcome>
  /** An access token for less, by the one there is: only where `downScope` has a way. Spends nothing. */
  narrow(client: OAuthClient, accessToken: Secret, scopes: readonly Scope[]): Promise<Outcome>
  revoke(client: OAuthClient, token: Secret, hint: 'refresh_token' | 'access_token'): Promise<Revocation>
  /** Asks whose account it is, which changes nothing. */
  probe(client: OAuthClient, accessToken: Secret): Promise<Probe>
}

/** A role of AWS: by name within an account, or by ARN with no account. */
export interface Role {
  readonly account: string
  readonly name: string
  /** A managed policy, by its ARN, beyond which its credentials may do nothing. */
  readonly policy?: string
}

export interface RoleCredentials {
  readonly accessKeyId: string
  readonly secretAccessKey: Secret
  readonly sessionToken: Secret
  /** Epoch milliseconds. */
  readonly expiresAt: number
}

/** What became of an attempt to turn an access token into credentials of a role. */
export type RoleOutcome =
  | { readonly kind: 'credentials'; readonly credentials: RoleCredentials }
  /** The access token does not work there. */
  | { readonly kind: 'rejected'; readonly reason: string }
  /** This role is not given to whoever signed in. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'later'; readonly reason: string }

/** Turns access tokens into credentials of roles. Rejects only for defects. */
export interface RoleServer {
  credentials(client: AskedServer, role: Role, accessToken: Secret): Promise<RoleOutcome>
}

/** What came of asking a provider's API with an access token. `approval` is what it says is not approved yet. */
export type Trial =
  | { readonly kind: 'works'; readonly url: string; readonly approval: string }
  | {
      readonly kind: 'refused'
      readonly url: string
      readonly status: number
      /** Its own word for it, and the sentence beside it. */
      readonly word: string
      readonly said: string
      readonly approval: string
    }
  /** No answer, or none that says anything of the access token. */
  | { readonly kind: 'unknown' }

/** How providers look from here, for whoever wonders what is wrong. Never rejects. */
export interface ProviderLook {
  /** How far a server's clock was ahead of this machine's at its last answer, milliseconds. */
  aheadMs(origin: string): number | undefined
  /** Asks what the profile names as trial. */
  tryAccessToken(client: AskedServer, accessToken: Secret): Promise<Trial>
}
