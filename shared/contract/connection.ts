/** A connection as everybody may see it: facts without secrets. */
import { z } from 'zod'
import { ConnectionName, Instant, ProviderId, Scope } from './ids.js'
import { Simulation } from './simulation.js'

/** The states of the lifecycle, in the order from "nothing there" to "needs a person". */
export const ConnectionState = z.enum([
  'signedOut',
  'authorizing',
  'active',
  'refreshing',
  'retrying',
  'inDoubt',
  'unsaved',
  'blocked',
  'consentRequired',
])
export type ConnectionState = z.output<typeof ConnectionState>

/** Whose account a grant belongs to. `id` is the subject, `label` what a person recognises. */
export const Account = z.object({ id: z.string(), label: z.string() })
export type Account = z.output<typeof Account>

/**
 * How consent is got: a browser on this machine, a code typed elsewhere, or no person at all. `static`: there is
 * none to get, a person stores a secret as it is.
 */
export const Flow = z.enum(['code', 'device', 'client-credentials', 'static'])
export type Flow = z.output<typeof Flow>
/** A flow by which a provider gives a grant. */
export type ConsentFlow = Exclude<Flow, 'static'>

/** What is known of a client secret, without it. */
export const ClientSecretStatus = z.object({
  /** `vault`, or where it is read when it is needed: `file:/…`, `exec:/…`. */
  source: z.string(),
  /** When it ends, as far as somebody said. */
  expiresAt: Instant.nullable().default(null),
  /** In a rotation: the one before, kept until the new one has worked, and at least until then. */
  before: z
    .object({
      until: Instant,
      /** What became of the new one so far: when it failed, the one before serves. */
      proof: z.enum(['untried', 'worked', 'failed']),
    })
    .nullable()
    .default(null),
})
export type ClientSecretStatus = z.output<typeof ClientSecretStatus>
/** Where scopes granted, asked for and used are not the same. */
export const ScopeDrift = z.object({
  /** Asked for, and not granted. */
  missing: z.array(Scope),
  /** Granted, and not asked for. */
  extra: z.array(Scope),
  /** Asked for and granted, and used by no caller since the daemon started, of which all named what they use. */
  unused: z.array(Scope),
  /** What to do about it, one sentence. */
  hint: z.string(),
})
export type ScopeDrift = z.output<typeof ScopeDrift>

/** Groups and roles that the provider says the account has, by the name of their claim. */
export const Claims = z.record(z.string(), z.array(z.string()))
export type Claims = z.output<typeof Claims>

/** That a person is needed by then, told while all is still well. */
export const NeedsYouBy = z.object({
  at: Instant,
  /** What ends: the grant, or what the client proves itself by. */
  matter: z.enum(['grant', 'client']),
  /** A clause such as `the stored secret ends`. */
  why: z.string(),
  /** How fob knows. */
  known: z.string(),
  /** The command that settles it. */
  fix: z.string(),
})
export type NeedsYouBy = z.output<typeof NeedsYouBy>

export const ConnectionStatus = z.object({
  name: ConnectionName,
  provider: ProviderId,
  state: ConnectionState,
  /** Why it is in this state, one sentence; '' when all is well. */
  reason: z.string(),
  /** The command that mends it; '' when nothing is needed. */
  fix: z.string(),
  account: Account.nullable(),
  /** What the provider granted; `scopesAsked` is what was asked for. */
  scopes: z.array(Scope),
  scopesAsked: z.array(Scope),
  flow: Flow,
  /** How a person can sign in to it, and nothing where nobody does. */
  signInBy: z.array(z.enum(['code', 'device'])).default(['code', 'device']),
  /** '' where there is no server: for a stored secret. */
  issuer: z.string(),
  /** The variable it has in terminals by its own definition; null when it has none. */
  variable: z.string().nullable().default(null),
  /** null for a public client, and where there is no client. */
  clientSecret: ClientSecretStatus.nullable().default(null),
  /** When the cached access token expires; null when there is none or it never expires. */
  expiresAt: Instant.nullable(),
  /** Retrying, because its server is not reached at all. */
  offline: z.boolean().default(false),
  /** When the next attempt is due, while retrying. */
  retryAt: Instant.nullable(),
  /** null while nothing is known to end soon, and when a person is needed already. */
  needsYouBy: NeedsYouBy.nullable().default(null),
  lastRefreshAt: Instant.nullable(),
  /** Counts rotations: goes up by one with each durable new grant or refresh. */
  generation: z.number().int().nonnegative(),
  /** Access tokens handed out since the daemon started. */
  leases: z.number().int().nonnegative(),
  /** The trouble that is only pretended; what is said here of state and scopes is part of it. */
  simulation: Simulation.optional(),
  /** Those that callers named since the daemon started; absent when none named any. */
  scopesUsed: z.array(Scope).optional(),
  /** Absent when scopes are as asked, and as used as far as that is known. */
  drift: ScopeDrift.optional(),
  /** Absent when the provider says nothing of groups and roles. */
  claims: Claims.optional(),
})
export type ConnectionStatus = z.output<typeof ConnectionStatus>

/** Where the key that seals secrets comes from. */
export const KeySource = z.enum(['keychain', 'keyFile'])
export type KeySource = z.output<typeof KeySource>

export const VaultStatus = z.object({
  state: z.enum(['open', 'locked']),
  keySource: KeySource,
  /** Why it is locked, or what the key source protects against; one sentence. */
  reason: z.string(),
  fix: z.string(),
})
export type VaultStatus = z.output<typeof VaultStatus>

const DaemonStatus = z.object({
  pid: z.number().int(),
  socket: z.string(),
  version: z.string(),
  startedAt: Instant,
  /** The last version that was to take over and could not, so that this one goes on. */
  handOverFailed: z.object({ at: Instant, message: z.string(), fix: z.string() }).optional(),
})

/** What a person has to do about fob.json; nothing where it is as it should be. */
export const SettingsTrouble = z.object({
  /** `waiting`: its rules are not those in force. `malformed`: it is not understood as it is now. */
  kind: z.enum(['waiting', 'malformed']),
  /** One sentence without its full stop. */
  reason: z.string(),
  /** The command that mends it. */
  fix: z.string(),
})
export type SettingsTrouble = z.output<typeof SettingsTrouble>

/** The answer of `GET /v1/status` and of `fob status --json`. */
export const Status = z.object({
  daemon: DaemonStatus,
  vault: VaultStatus,
  connections: z.array(ConnectionStatus),
  /** State files that could not be read and were set aside, by path. */
  quarantined: z.array(z.string()),
  settings: SettingsTrouble.optional(),
})
export type Status = z.output<typeof Status>
