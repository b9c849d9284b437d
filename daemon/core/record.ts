/** What the vault keeps of a connection: plain facts, and beside them the secrets that are sealed. */
import type { Account, Claims, Flow } from '../../shared/contract/connection.js'
import type { ConnectionName, ProviderId, Scope } from '../../shared/contract/ids.js'
import type { ClientAuthentication, Details, Endpoints } from '../../shared/contract/newConnection.js'
import type { SecretReference } from '../../shared/contract/secretReference.js'
import type { Secret } from './secret.js'
import type { Setback } from './setback.js'

/** The authorization server as it was when the connection was added; nothing re-discovers it later. */
export interface PinnedServer {
  readonly issuer: string
  readonly endpoints: Endpoints
  /** Where its signing keys are; absent for plain OAuth servers, whose answers carry no id token. */
  readonly jwksUri: string | undefined
  /** RFC 9207 §3: the server promises `iss` in its answers, so an answer without it is refused. */
  readonly promisesIss: boolean
  /** Algorithms its id tokens may be signed with; empty when unknown. */
  readonly idTokenAlgorithms: readonly string[]
  /** Where an access token is turned into credentials of a role. */
  readonly roleEndpoint?: string | undefined
}

/** What a person set up. */
export interface ConnectionDefinition {
  readonly name: ConnectionName
  readonly provider: ProviderId
  /** null: a stored secret, for which nobody is asked. */
  readonly server: PinnedServer | null
  readonly clientId: string
  readonly authentication: ClientAuthentication
  readonly flow: Flow
  /** A page that sends the browser on to where fob listens, where the provider does not. */
  readonly redirectUri?: string | undefined
  readonly scopesAsked: readonly Scope[]
  /** What this provider alone needs to know. */
  readonly details?: Details | undefined
  /** The variable of terminals that a stored secret was added for. */
  readonly variable?: string | undefined
}

/** The definition of a connection that has a server to ask. */
export interface OAuthDefinition extends ConnectionDefinition {
  readonly server: PinnedServer
}

/** What is known about the grant, without its tokens. Times are epoch milliseconds. */
export interface GrantFacts {
  /** The rotation that produced these tokens; the first grant of a connection has 1. */
  readonly generation: number
  /** When the access token was asked for: its age is counted from here, so never too young. */
  readonly issuedAt: number
  /** null: does not expire. */
  readonly expiresAt: number | null
  readonly scopes: readonly Scope[]
  readonly account: Account | null
  /** Groups and roles, as the provider said at the sign-in. */
  readonly claims?: Claims | undefined
  /** Whether there is a refresh token, or client credentials to ask again with. */
  readonly renewable: boolean
  /** A refresh brought nothing of what callers get: the refresh token is good for being revoked, and no more. */
  readonly unrenewed?: true | undefined
  /** When a person consented, epoch ms; absent in records of before. */
  readonly consentedAt?: number | undefined
  /** When the refresh token ends, as the server said. */
  readonly refreshEnd?: RefreshEnd | undefined
}

export interface RefreshEnd {
  /** Epoch ms. */
  readonly at: number
  /** Whether a refresh puts it off, so that it never comes while fob runs; absent before the first, which tells. */
  readonly moves?: boolean | undefined
}

/** Why nobody can be served without a person, as stored. */
export type Standing =
  | { readonly kind: 'ok' }
  | { readonly kind: 'consentRequired'; readonly reason: string }
  | { readonly kind: 'blocked'; readonly reason: string; readonly fix: string }

/** A refresh that was about to be sent: found at start, it means the answer may have been lost. */
export interface RefreshIntent {
  /** The generation whose refresh token is (maybe) spent. */
  readonly generation: number
  readonly at: number
}

/** What is known of the client's secret, beside the secret itself. */
export interface ClientSecretFacts {
  /** Where it is read when it is needed; null: the vault keeps it. */
  readonly reference: SecretReference | null
  /** When it ends, epoch ms; absent when it does not, or nobody knows. */
  readonly expiresAt?: number | undefined
  /** The one before, in a rotation. */
  readonly before?: PreviousSecretFacts | undefined
}

export interface PreviousSecretFacts {
  readonly reference: SecretReference | null
  /** Kept at least until then, epoch ms. */
  readonly until: number
  /** What became of the new one so far. */
  readonly proof: 'untried' | 'worked' | 'failed'
}

export interface ConnectionRecord {
  readonly definition: ConnectionDefinition
  /** The highest generation ever used, kept through sign-outs so that late answers stay old. */
  readonly generation: number
  readonly grant: GrantFacts | null
  readonly standing: Standing
  readonly intent: RefreshIntent | null
  /** What last kept it from new tokens. */
  readonly setback?: Setback | undefined
  /** Absent for a public client, and in records of before. */
  readonly clientSecret?: ClientSecretFacts | undefined
}

/** A connection's secrets; each is absent when there is none. */
export interface ConnectionSecrets {
  readonly accessToken?: Secret
  readonly refreshToken?: Secret
  readonly clientSecret?: Secret
  /** The one before, in a rotation. */
  readonly previousClientSecret?: Secret
  /** The client that fob registered for this grant, where a person registered none. */
  readonly registered?: RegisteredClient
}

/** A client that the provider registered at our request (RFC 7591 §3.2.1). */
export interface RegisteredClient {
  readonly clientId: string
  readonly secret: Secret | undefined
  /** When the provider forgets it, epoch milliseconds; null: it does not. */
  readonly expiresAt: number | null
  /** It stays for the connection's life and outlasts its grants. */
  readonly kept?: true | undefined
}

export interface StoredConnection {
  readonly record: ConnectionRecord
  readonly secrets: ConnectionSecrets
}
