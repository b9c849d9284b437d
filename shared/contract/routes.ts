/**
 * THE route table: every call of the socket, what it takes and what it answers. The server builds its
 * handlers from it (a missing handler does not compile) and the client its calls, so both sides agree.
 */
import { z } from 'zod'
import { ApprovalAnswer, ApprovalId, PendingApproval, StandingApproval } from './approvals.js'
import { AuditEntry } from './audit.js'
import { AwsCredentials, AwsRole } from './awsCredentials.js'
import { Policy } from './config.js'
import { ConsentBegun } from './consent.js'
import { Diagnosis } from './doctor.js'
import { Environment, VariableList } from './environment.js'
import { Lease } from './lease.js'
import { AddConnection, AddedConnection } from './newConnection.js'
import { ProviderSummary } from './provider.js'
import { ConnectionState, ConnectionStatus, Flow, KeySource, Status, VaultStatus } from './connection.js'
import { ConnectionName, Instant, LeaseId, Scope } from './ids.js'
import { SecretReference } from './secretReference.js'
import { SimulateRequest } from './simulation.js'

/** What a call does, for policy: hand out a token, forward a request, spend a refresh, look, or administer. */
export type Action = 'lease' | 'proxy' | 'refresh' | 'read' | 'admin'

interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Express notation: `:c` stands for a connection's name. */
  readonly path: string
  readonly action: Action
  readonly params: z.ZodType
  readonly query: z.ZodType
  readonly body: z.ZodType
  readonly answer: z.ZodType
}

const nothing = z.strictObject({})
const named = z.strictObject({ c: ConnectionName })

/** `scopes=a b` in a query, `"a b"` in a body: space-separated as in RFC 6749 §3.3. */
const ScopeList = z
  .string()
  .max(4096)
  .transform((text) => text.split(' ').filter((scope) => scope !== ''))
  .pipe(z.array(Scope))

/** Seconds; a year is the most that makes sense for "valid for at least". */
const Seconds = z
  .string()
  .regex(/^\d{1,8}$/, 'use a whole number of seconds')
  .transform(Number)
  .pipe(z.number().int().max(31_536_000, 'at most 31536000 seconds (one year)'))

export const Refreshed = z.object({
  connection: ConnectionName,
  generation: z.number().int(),
  expiresAt: Instant.nullable(),
})

export const SignedOut = z.object({
  connection: ConnectionName,
  /** Whether the provider confirmed that the grant is gone. */
  revoked: z.boolean(),
  /** What could not be revoked and where to do it by hand; '' when all is gone. */
  left: z.string(),
  /** With `verify=true`: what the provider said to the access token afterwards. */
  probe: z.enum(['refused', 'taken', 'unknown']).optional(),
})

/** An absolute path, or '' for none. Shown to a person, so nothing that moves a cursor is in it. */
const FolderPath = z
  .string()
  .max(4096)
  .regex(/^(\/[^\p{Cc}\p{Zl}\p{Zp}\p{Cf}]*)?$/u, 'use an absolute path without control characters')

const ConfigState = z.object({
  inForce: Policy,
  file: Policy,
  /** Of the file's rules. */
  digest: z.string(),
  /** Whether the file's rules are those in force. */
  accepted: z.boolean(),
})

const Flag = z.enum(['true', 'false']).transform((text) => text === 'true')

export const routes = {
  /** Frozen for ever: any client of any version may ask any daemon of any version. */
  hello: {
    method: 'GET',
    path: '/v1/hello',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({
      product: z.literal('fob'),
      version: z.string(),
      /** Which build of that version. */
      build: z.string().optional(),
      protocol: z.number().int(),
      capabilities: z.array(z.string()),
      pid: z.number().int(),
    }),
  },
  status: {
    method: 'GET',
    path: '/v1/status',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: Status,
  },
  providers: {
    method: 'GET',
    path: '/v1/providers',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({
      providers: z.array(ProviderSummary),
    }),
  },
  addConnection: {
    method: 'POST',
    path: '/v1/connections',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: AddConnection,
    answer: AddedConnection,
  },
  /** Signs out and revokes; with `forget=true` the definition goes too. */
  signOut: {
    method: 'DELETE',
    path: '/v1/connections/:c',
    action: 'admin',
    params: named,
    query: z.strictObject({
      forget: Flag.default(false),
      /** Ask the provider afterwards whether it still takes the access token. */
      verify: Flag.default(false),
    }),
    body: nothing,
    answer: SignedOut,
  },
  beginConsent: {
    method: 'POST',
    path: '/v1/connections/:c/consent',
    action: 'admin',
    params: named,
    query: nothing,
    body: z.strictObject({
      /** Defaults to the connection's own flow. */
      flow: Flow.optional(),
      /** Ask the daemon to open the browser. Only a person's command may ask this. */
      open: z.boolean().default(false),
      /** End a consent of this connection that is already running instead of refusing. */
      preempt: z.boolean().default(false),
    }),
    answer: ConsentBegun,
  },
  cancelConsent: {
    method: 'DELETE',
    path: '/v1/connections/:c/consent',
    action: 'admin',
    params: named,
    query: nothing,
    body: nothing,
    answer: z.object({ connection: ConnectionName, state: ConnectionState }),
  },
  accessToken: {
    method: 'GET',
    path: '/v1/connections/:c/access-token',
    action: 'lease',
    params: named,
    query: z.strictObject({
      min_validity: Seconds.default(0),
      scopes: ScopeList.optional(),
      resource: z.url('use a URL, such as https://api.example.com').max(2048).optional(),
    }),
    body: nothing,
    answer: Lease,
  },
  /** Of a role that the connection's access token opens. */
  awsCredentials: {
    method: 'GET',
    path: '/v1/connections/:c/aws-credentials',
    action: 'lease',
    params: named,
    query: AwsRole,
    body: nothing,
    answer: AwsCredentials,
  },
  reject: {
    method: 'POST',
    path: '/v1/connections/:c/reject',
    action: 'refresh',
    params: named,
    query: nothing,
    body: z.strictObject({ lease: LeaseId }),
    answer: z.object({ connection: ConnectionName, generation: z.number().int(), replaced: z.boolean() }),
  },
  /** The same for a caller who has the access token but not the lease, as git's `erase` has it. */
  rejectToken: {
    method: 'POST',
    path: '/v1/connections/:c/reject-token',
    action: 'refresh',
    params: named,
    query: nothing,
    body: z.strictObject({ accessToken: z.string().min(1).max(65_536) }),
    answer: z.object({ connection: ConnectionName, generation: z.number().int(), replaced: z.boolean() }),
  },
  refresh: {
    method: 'POST',
    path: '/v1/connections/:c/refresh',
    action: 'refresh',
    params: named,
    query: nothing,
    body: nothing,
    answer: Refreshed,
  },
  /** Sets or replaces a client secret, or the secret that is handed out; the old one is gone once this answers. */
  setSecret: {
    method: 'POST',
    path: '/v1/connections/:c/client-secret',
    action: 'admin',
    params: named,
    query: nothing,
    body: z.strictObject({
      /** One of the two. */
      clientSecret: z.string().min(1).max(65_536).optional(),
      clientSecretFrom: SecretReference.optional(),
      /** When it ends; left out when it does not, or nobody knows. */
      expiresAt: Instant.optional(),
    }),
    answer: ConnectionStatus,
  },
  /**
   * Puts a new client secret beside the one there is, and tries it: one that the provider refuses is not kept. The one
   * before is tried as well until the overlap is over and the new one has worked.
   */
  rotateSecret: {
    method: 'POST',
    path: '/v1/connections/:c/client-secret/rotation',
    action: 'admin',
    params: named,
    query: nothing,
    body: z.strictObject({
      /** One of the two. */
      clientSecret: z.string().min(1).max(65_536).optional(),
      clientSecretFrom: SecretReference.optional(),
      /** When the new one ends; left out when it does not, or nobody knows. */
      expiresAt: Instant.optional(),
      overlapSeconds: z
        .number()
        .int()
        .min(0)
        .max(2_592_000, 'at most 2592000 seconds (30 days)')
        .default(86_400),
    }),
    answer: ConnectionStatus,
  },
  /** Which connection serves a git host; null for hosts that are none of fob's business, and for several. */
  gitHost: {
    method: 'GET',
    path: '/v1/git/host',
    action: 'read',
    params: nothing,
    query: z.strictObject({
      protocol: z.string().max(64),
      host: z.string().max(1024),
      username: z.string().max(1024).default(''),
      path: z.string().max(4096).default(''),
    }),
    body: nothing,
    answer: z.object({
      connection: ConnectionName.nullable(),
      username: z.string(),
      /** What to name for its access token; '' where it has but one. */
      scope: z.string(),
      /** All that could serve the host. */
      among: z.array(ConnectionName),
      /** What git has to tell so that one of several is chosen; null when it is, or none can be. */
      say: z.enum(['user', 'path']).nullable(),
    }),
  },
  /** The variables of a terminal: those of the settings, and those the terminal was approved for. */
  env: {
    method: 'GET',
    path: '/v1/env',
    action: 'lease',
    params: nothing,
    query: z.strictObject({ variables: VariableList.default({}) }),
    body: nothing,
    answer: Environment,
  },
  /** Which folder a terminal was opened in, so that a question can say where its caller sits. */
  registerTerminal: {
    method: 'POST',
    path: '/v1/terminals',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.strictObject({
      /** Its shell: a living process of this user. Forgotten when it ends. */
      pid: z.number().int().positive().max(4_194_304, 'no system has a process of this number'),
      folder: FolderPath,
    }),
    answer: z.object({ pid: z.number().int(), session: z.number().int() }),
  },
  /** Questions that wait, and answers that go on. */
  approvals: {
    method: 'GET',
    path: '/v1/approvals',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({ pending: z.array(PendingApproval), standing: z.array(StandingApproval) }),
  },
  /** Counts only from an editor or a terminal that has nothing to do with who asked. */
  answerApproval: {
    method: 'POST',
    path: '/v1/approvals',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.strictObject({ id: ApprovalId, answer: ApprovalAnswer }),
    answer: z.object({ id: ApprovalId, answer: ApprovalAnswer }),
  },
  /** The person's rules: in force, and in the file. */
  config: {
    method: 'GET',
    path: '/v1/config',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: ConfigState,
  },
  /** Puts the file's rules in force. Counts from an editor or a terminal. */
  acceptConfig: {
    method: 'POST',
    path: '/v1/config/accept',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.strictObject({ digest: z.string().max(64) }),
    answer: ConfigState,
  },
  audit: {
    method: 'GET',
    path: '/v1/audit',
    action: 'read',
    params: nothing,
    query: z.strictObject({
      limit: z
        .string()
        .regex(/^\d{1,6}$/, 'use a whole number')
        .transform(Number)
        .default(100),
      connection: ConnectionName.optional(),
    }),
    body: nothing,
    answer: z.object({ entries: z.array(AuditEntry) }),
  },
  /** Can each connection give a valid access token now? */
  health: {
    method: 'GET',
    path: '/v1/health',
    action: 'read',
    params: nothing,
    query: nothing,
    body: nothing,
    answer: z.object({
      healthy: z.boolean(),
      connections: z.array(z.object({ name: ConnectionName, state: ConnectionState, servable: z.boolean() })),
    }),
  },
  /** Pretends a trouble of one connection for a while, or ends that. Nothing is sent to the provider. */
  simulate: {
    method: 'POST',
    path: '/v1/simulate',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: SimulateRequest,
    answer: ConnectionStatus,
  },
  /** What is wrong, and what mends it; of one connection or of everything. */
  doctor: {
    method: 'GET',
    path: '/v1/doctor',
    action: 'read',
    params: nothing,
    query: z.strictObject({ connection: ConnectionName.optional() }),
    body: nothing,
    answer: Diagnosis,
  },
  vault: {
    method: 'POST',
    path: '/v1/vault',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.discriminatedUnion('action', [
      z.strictObject({ action: z.literal('move'), to: KeySource }),
      z.strictObject({ action: z.literal('unlock') }),
    ]),
    answer: VaultStatus,
  },
  /** Ends the daemon, or hands socket and lock over to another installed version. */
  shutdown: {
    method: 'POST',
    path: '/v1/shutdown',
    action: 'admin',
    params: nothing,
    query: nothing,
    body: z.strictObject({
      successor: z
        .strictObject({ node: z.string().startsWith('/'), program: z.string().startsWith('/') })
        .optional(),
    }),
    answer: z.object({ stopping: z.literal(true), pid: z.number().int() }),
  },
} as const satisfies Record<string, Route>

export type Routes = typeof routes
export type RouteName = keyof Routes
export type Params<N extends RouteName> = z.output<Routes[N]['params']>
export type Query<N extends RouteName> = z.output<Routes[N]['query']>
export type Body<N extends RouteName> = z.output<Routes[N]['body']>
export type Answer<N extends RouteName> = z.output<Routes[N]['answer']>

/** Prometheus text, so not a JSON route. */
export const METRICS_PATH = '/metrics'
/** The WebSocket's path. */
export const EVENTS_PATH = '/v1/events'
