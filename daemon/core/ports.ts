/**
 * What the core needs from this machine and from whoever keeps things on it, as small interfaces; what it needs from
 * providers is in `providerPorts`. Adapters and edges implement them, tests bring fakes, and one contract suite runs
 * on both.
 */
import type { StandingApproval } from '../../shared/contract/approvals.js'
import type { AuditEntry } from '../../shared/contract/audit.js'
import type { Policy } from '../../shared/contract/config.js'
import type { Account, KeySource, VaultStatus } from '../../shared/contract/connection.js'
import type { ConnectionName } from '../../shared/contract/ids.js'
import type { SecretReference } from '../../shared/contract/secretReference.js'
import type { RedirectRule } from '../providers/profile.js'
import type { StoredConnection } from './record.js'
import type { Secret } from './secret.js'

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
