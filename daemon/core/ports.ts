/**
 * Everything the core needs from outside, as small interfaces. Adapters and edges implement them, tests bring
 * fakes, and one contract suite runs on both.
 */
import type { StandingApproval } from '../../shared/contract/approvals.js'
import type { AuditEntry } from '../../shared/contract/audit.js'
import type { Policy } from '../../shared/contract/config.js'
import type { Account, KeySource, VaultStatus } from '../../shared/contract/connection.js'
import type { ClientAuthentication } from '../../shared/contract/newConnection.js'
import { Refusal, type ErrorCode, type RefusalDetail } from '../../shared/contract/errors.js'
import type { ConnectionName, Scope } from '../../shared/contract/ids.js'
import type { SecretReference } from '../../shared/contract/secretReference.js'
import type { ProviderProfile, RedirectRule } from '../providers/profile.js'
import type { PlannedConnection } from './newConnection.js'
import type { OAuthDefinition, PinnedServer, RegisteredClient, StoredConnection } from './record.js'
import type { Secret } from './secret.js'
import type { Outcome, RefreshOutcome } from './outcome.js'

export type Cancel = () => void

/** Time. `now` may jump (sleep, clock changes); `monotonic` never does, but stands still during sleep. */
export interface Clock {
  /** Epoch milliseconds. */
  now(): number
  /** Milliseconds since some fixed moment. */
  monotonic(): number
  /** Calls back once after `ms`; callers keep `ms` small and look at `now` again. */
  wake(ms: number, callback: () => void): Cancel
}

export interface Random {
  /** At least 0, less than 1. */
  fraction(): number
  /** 128 unguessable bits as URL-safe text. */
  id(): string
}

/** Who is on the other end of a socket, as the kernel says. */
export interface Caller {
  readonly uid: number
  readonly pid: number
  /** Kernel start time of the process, in clock ticks; with `pid` it names one process, not two. */
  readonly startTime: number
  /** Path of the program, '' when it cannot be read. Evidence for the record, never a boundary. */
  readonly executable: string
}

/** Reads kernel facts about a connected socket. Throws when the peer is gone or cannot be known. */
export interface PeerCredentials {
  of(fileDescriptor: number): Caller
}

/** One process, as the kernel lists it. With `startTime`, `pid` names one process and not two. */
export interface ProcessFacts {
  readonly pid: number
  readonly uid: number
  readonly parent: number
  /** Its kernel session (setsid(2)): what is typed in one terminal runs in one session. */
  readonly session: number
  /** Its controlling terminal by device number; 0 when it has none, as in the background. */
  readonly tty: number
  /** In clock ticks, as a caller's. */
  readonly startTime: number
}

export interface Processes {
  /** undefined when there is no such process, or it has ended. */
  of(pid: number): ProcessFacts | undefined
}

/** What the vault gives back at start. A record restored from its `.prev` copy may hold a spent refresh token. */
export interface LoadedConnection extends StoredConnection {
  readonly restored: boolean
}

export interface LoadedVault {
  readonly connections: readonly LoadedConnection[]
  /** Paths of files that could not be read and were set aside. */
  readonly quarantined: readonly string[]
}

/**
 * Durable, sealed storage. Every promise that resolves has reached the disk.
 * While locked, `load`, `commit` and `forget` reject with `vault_locked`.
 * A write that fails rejects with `store_unwritable` and leaves the old record whole.
 */
export interface Vault {
  status(): VaultStatus
  /** Resolves with all connections once the key is there. */
  load(): Promise<LoadedVault>
  commit(stored: StoredConnection): Promise<void>
  /** Removes record and copies. */
  forget(name: ConnectionName): Promise<void>
  /** Reads the key again, within the keychain deadline; 'locked' stays locked. */
  unlock(): Promise<VaultStatus>
  /** Re-keys everything under a key from another source. */
  move(to: KeySource): Promise<VaultStatus>
}

/** What adding a connection settles: the server as checked, and how the client proves itself there. */
export interface Pinning {
  readonly server: PinnedServer
  /** As asked; else `none` without a secret, Basic or post by what the server offers. */
  readonly authentication: ClientAuthentication
}

/** Answers that go on, on disk. A write that fails rejects with `store_unwritable` and leaves the old ones. */
export interface StandingApprovals {
  load(): Promise<readonly StandingApproval[]>
  save(all: readonly StandingApproval[]): Promise<void>
}

/** The rules that were accepted, on disk; null when none ever were. Rejects rather than forget one. */
export interface AcceptedPolicy {
  load(): Promise<Policy | null>
  save(policy: Policy): Promise<void>
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
  /** An access token for less, by a call of the provider's own: only where `downScope` is one. Spends nothing. */
  narrow(client: OAuthClient, accessToken: Secret, scopes: readonly Scope[]): Promise<Outcome>
  revoke(client: OAuthClient, token: Secret, hint: 'refresh_token' | 'access_token'): Promise<Revocation>
  /** Asks whose account it is, which changes nothing. */
  probe(client: OAuthClient, accessToken: Secret): Promise<Probe>
}

/** A role of AWS: by name within an account, or by ARN with no account. */
export interface Role {
  readonly account: string
  readonly name: string
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

/** Client secrets that somebody else keeps. */
export interface SecretReferences {
  /** Rejects with a Refusal naming what is wrong and what mends it; its remedy is `retry` when that may pass. */
  resolve(reference: SecretReference): Promise<Secret>
}

/** What the person sees in the browser at the end. */
export type FinishedPage =
  | {
      readonly kind: 'signedIn'
      readonly connection: ConnectionName
      readonly account: Account | null
      /** What may not be as it was meant. */
      readonly warning?: string
    }
  | { readonly kind: 'denied'; readonly connection: ConnectionName; readonly message: string }
  | {
      readonly kind: 'failed'
      readonly connection: ConnectionName
      readonly message: string
      readonly fix: string
    }
  /** Not an answer to the running attempt: shown, and the attempt goes on. */
  | { readonly kind: 'stray' }

/** What this machine knows of its own network. */
export interface LocalNetwork {
  /** Some text that is the same as long as the machine's addresses are. */
  addresses(): string
}

/** Receives the browser after consent, on loopback, for one attempt. */
export interface RedirectListener {
  /**
   * Listens by the rule and calls `receive` with each candidate answer; any page but `stray` ends it.
   * Rejects with `misconfigured` when a fixed port is taken, naming it.
   */
  open(rule: RedirectRule, receive: (callback: string) => Promise<FinishedPage>): Promise<OpenRedirect>
}

export interface OpenRedirect {
  readonly uri: string
  close(): Promise<void>
}

/** Opens the person's browser. false when there is none: an outcome, never an exception. */
export interface Browser {
  open(url: string): Promise<boolean>
}

/** The record of who did what. A write that fails throws `store_unwritable`, and nothing is handed out. */
export interface Audit {
  record(entry: AuditEntry): void
  /** Keyed digest of a secret, short and stable within this installation. */
  fingerprint(secret: Secret): string
  read(limit: number, connection: string | undefined): AuditEntry[]
}

export interface Log {
  debug(facts: object, message: string): void
  info(facts: object, message: string): void
  warn(facts: object, message: string): void
  error(facts: object, message: string): void
}

/** Counts for operators; names and shapes are the adapter's. */
export interface Metrics {
  leased(connection: ConnectionName): void
  refreshed(connection: ConnectionName, outcome: string): void
  refused(code: string): void
  text(): Promise<string>
}
