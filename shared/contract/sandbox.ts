/**
 * The sandbox's control API: what `fob sandbox` and the tests say to the embedded authorization server over its
 * 0600 socket. JSON in, JSON out; a refused request is an `ErrorBody` with the field named and changes nothing.
 */
import { z } from 'zod'
import { Instant, ProviderId, Scope } from './ids.js'
import { AddConnection } from './newConnection.js'

/** The public client that is there from the start; its redirect URI is `http://127.0.0.1/callback`, any port. */
export const SANDBOX_CLIENT_ID = 'fob-sandbox'
/** The scopes the sandbox knows. `offline_access` is what makes it issue a refresh token. */
export const SANDBOX_SCOPES = ['openid', 'profile', 'email', 'offline_access', 'read', 'write'] as const

/** A whole number within these bounds, both included. */
const between = (least: number, most: number) => {
  const message = `use a whole number from ${least} to ${most}`
  return z.number(message).int(message).min(least, message).max(most, message)
}

const Milliseconds = between(0, 600_000)
const ClientId = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,64}$/, 'use letters, digits, dots, dashes or underscores')

/** Life of the access tokens issued from now on, seconds. */
const Lifetime = between(1, 86_400)
/** Seconds after its first use in which a spent refresh token is still taken; 0 is strict. */
const Grace = between(0, 86_400)
/** Who says yes at the next consent; becomes the subject. */
const AccountName = z.string().regex(/^[a-z0-9._-]{1,40}@sandbox$/, 'use a name such as "you@sandbox"')

/** The one line on standard output: either it listens, or why it does not. */
export const SandboxReady = z.discriminatedUnion('ready', [
  z.object({ ready: z.literal(true), issuer: z.url(), pid: z.number().int() }),
  z.object({
    ready: z.literal(false),
    error: z.object({ code: z.string(), message: z.string(), fix: z.string() }),
  }),
])
export type SandboxReady = z.output<typeof SandboxReady>

const SandboxClientAuthentication = z.enum([
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
])
type SandboxClientAuthentication = z.output<typeof SandboxClientAuthentication>

export const SandboxStatus = z.object({
  running: z.literal(true),
  pid: z.number().int(),
  /** What to name as the issuer when a connection to it is added. */
  issuer: z.url(),
  /** Whom it plays; null for the standard server. */
  personality: ProviderId.nullable(),
  /** null: its access tokens do not end. */
  lifetime: z.number().int().min(1).nullable(),
  grace: Grace,
  account: AccountName,
  consent: z.enum(['approve', 'deny']),
  clients: z.array(z.object({ clientId: ClientId, authentication: SandboxClientAuthentication })),
  /** What a person tells to add a connection to it, but for the client. */
  connection: AddConnection.pick({ issuer: true, endpoints: true, details: true, scopes: true }),
})
export type SandboxStatus = z.output<typeof SandboxStatus>

/** What may change while it runs. Everything here outlives a restart. */
export const SandboxSettings = z.strictObject({
  lifetime: Lifetime.optional(),
  grace: Grace.optional(),
  account: AccountName.optional(),
  consent: z.enum(['approve', 'deny']).optional(),
})
export type SandboxSettings = z.output<typeof SandboxSettings>

export const SandboxEndpoint = z.enum([
  'token',
  'authorization',
  'device',
  'revocation',
  'userinfo',
  'discovery',
  'jwks',
])
export type SandboxEndpoint = z.output<typeof SandboxEndpoint>

/**
 * `before`: the request is disturbed and nothing was committed. `after`: it was processed and committed to disk,
 * then the answer is disturbed.
 */
const When = z.enum(['before', 'after']).default('before')

/** A process that may be ended: never 0, 1 or a negative group. */
const Pid = z.number().int().min(2).max(4_194_304)

const aimed = {
  endpoint: SandboxEndpoint.default('token'),
  /** Token endpoint only: disturb this grant type alone, such as `refresh_token`. */
  grantType: z.string().max(100).optional(),
  /** How many requests it meets; without it, all until cleared. */
  times: between(1, 1_000_000).optional(),
}

/** One disturbance. All that match a request act, in the order they were set. */
export const SandboxFault = z.discriminatedUnion('kind', [
  /** Waits, then goes on. */
  z.strictObject({ kind: z.literal('delay'), ms: Milliseconds, when: When, ...aimed }),
  /** Accepts and never answers. */
  z.strictObject({ kind: z.literal('hang'), when: When, ...aimed }),
  /** Answers this instead. */
  z.strictObject({
    kind: z.literal('status'),
    status: between(200, 599),
    body: z.enum(['json', 'html', 'empty']).default('json'),
    /** The OAuth `error` of a json body (RFC 6749 §5.2). */
    error: z
      .string()
      .regex(/^[a-z_]{1,60}$/)
      .default('server_error'),
    /** Seconds, as a Retry-After header. */
    retryAfter: between(0, 86_400).optional(),
    when: When,
    ...aimed,
  }),
  /** Destroys the connection without an answer. */
  z.strictObject({ kind: z.literal('cut'), when: When, ...aimed }),
  /** Processes, sends half of the answer, then destroys the connection. */
  z.strictObject({ kind: z.literal('truncate'), ...aimed }),
  /** SIGKILL to these processes `ms` after the request was received, or after its answer was handed to the kernel. */
  z.strictObject({
    kind: z.literal('kill'),
    pids: z.array(Pid).min(1).max(16),
    at: z.enum(['received', 'responded']),
    ms: Milliseconds.default(0),
    ...aimed,
  }),
])
export type SandboxFault = z.output<typeof SandboxFault>
export type SandboxFaultInput = z.input<typeof SandboxFault>

/** One request at the token endpoint. Tokens appear as base64url SHA-256 only. */
export const LedgerEntry = z.object({
  /** Counts from 1 since the last reset. */
  number: z.number().int(),
  receivedAt: Instant,
  /** null while it is under way: one left hanging ends when its client goes away. */
  endedAt: Instant.nullable(),
  /** As stated by the request; '' when it named none. */
  client: z.string(),
  grantType: z.string(),
  /** What the client was told; null when it got no answer. */
  status: z.number().int().nullable(),
  /** The OAuth error code the server itself came to; '' for success, or when it did not process the request. */
  error: z.string(),
  /** Whether tokens were issued and reached the disk, answered or not. */
  committed: z.boolean(),
  /** Kinds of the faults that disturbed it. */
  faults: z.array(z.string()),
  refreshTokenPresented: z.string().nullable(),
  refreshTokenIssued: z.string().nullable(),
  accessTokenIssued: z.string().nullable(),
})
export type LedgerEntry = z.output<typeof LedgerEntry>

export const SandboxLedger = z.object({
  /** Token requests received since start or reset. */
  received: z.number().int(),
  /** How many have committed tokens. */
  committed: z.number().int(),
  /** Spent refresh tokens that came back, each of which ended its grant. */
  reused: z.number().int(),
  /** The most token requests under way at one time. */
  mostAtOnce: z.number().int(),
  /** By grant type and status; status 0 counts those without an answer. */
  counts: z.array(z.object({ grantType: z.string(), status: z.number().int(), count: z.number().int() })),
  /** The latest, oldest first; bounded. */
  entries: z.array(LedgerEntry),
})
export type SandboxLedger = z.output<typeof SandboxLedger>

/** A secret that passed through while it was recorded. */
export const RecordedSecret = z.object({
  kind: z.enum([
    'accessToken',
    'refreshToken',
    'idToken',
    'code',
    'verifier',
    'state',
    'nonce',
    'clientSecret',
    'clientAssertion',
    'deviceCode',
  ]),
  text: z.string(),
})
export type RecordedSecret = z.output<typeof RecordedSecret>

const recording = z.object({ recording: z.boolean(), secrets: z.array(RecordedSecret) })

/** The public part of a key, as private_key_jwt needs it. Members of a private key are refused. */
const PublicJwk = z.union([
  z.strictObject({
    kty: z.literal('RSA'),
    n: z.string(),
    e: z.string(),
    kid: z.string().optional(),
    alg: z.string().optional(),
    use: z.literal('sig').optional(),
  }),
  z.strictObject({
    kty: z.literal('EC'),
    crv: z.string(),
    x: z.string(),
    y: z.string(),
    kid: z.string().optional(),
    alg: z.string().optional(),
    use: z.literal('sig').optional(),
  }),
  z.strictObject({
    kty: z.literal('OKP'),
    crv: z.string(),
    x: z.string(),
    kid: z.string().optional(),
    alg: z.string().optional(),
    use: z.literal('sig').optional(),
  }),
])

/** Adds a client, or replaces one of that id. `fob-sandbox` itself is fixed. */
export const SandboxClient = z
  .strictObject({
    clientId: ClientId.refine((id) => id !== SANDBOX_CLIENT_ID, 'this client is built in'),
    authentication: SandboxClientAuthentication.default('none'),
    /** The public key of a private_key_jwt client. */
    jwk: PublicJwk.optional(),
    redirectUris: z.array(z.url().max(2048)).max(10).default(['http://127.0.0.1/callback']),
  })
  .refine((client) => (client.authentication === 'private_key_jwt') === (client.jwk !== undefined), {
    path: ['jwk'],
    message: 'give the public key with private_key_jwt, and only with it',
  })
export type SandboxClient = z.output<typeof SandboxClient>

interface SandboxRoute {
  readonly method: 'GET' | 'POST' | 'DELETE'
  readonly path: string
  readonly query: z.ZodType
  readonly body: z.ZodType
  readonly answer: z.ZodType
}

const nothing = z.strictObject({})
const Count = z
  .string()
  .regex(/^\d{1,7}$/, 'use a whole number')
  .transform(Number)
const faultList = z.object({ faults: z.array(SandboxFault) })

export const sandboxRoutes = {
  status: { method: 'GET', path: '/status', query: nothing, body: nothing, answer: SandboxStatus },
  /** With `received=N` it answers once N requests came, or after `within` milliseconds, whichever is first. */
  ledger: {
    method: 'GET',
    path: '/ledger',
    query: z.strictObject({ received: Count.default(0), within: Count.default(10_000) }),
    body: nothing,
    answer: SandboxLedger,
  },
  /** Forgets the counts. Grants and faults stay. */
  reset: { method: 'POST', path: '/reset', query: nothing, body: nothing, answer: SandboxLedger },
  settings: {
    method: 'POST',
    path: '/settings',
    query: nothing,
    body: SandboxSettings,
    answer: SandboxStatus,
  },
  faults: { method: 'GET', path: '/faults', query: nothing, body: nothing, answer: faultList },
  addFault: { method: 'POST', path: '/faults', query: nothing, body: SandboxFault, answer: faultList },
  clearFaults: { method: 'DELETE', path: '/faults', query: nothing, body: nothing, answer: faultList },
  /** Ends grants with all their tokens, durably: everybody's, or those of one account or client. */
  revoke: {
    method: 'POST',
    path: '/revoke',
    query: nothing,
    body: z.strictObject({ account: AccountName.optional(), client: ClientId.optional() }),
    answer: z.object({ revoked: z.number().int() }),
  },
  /** Answers a device code in the person's place. */
  approve: {
    method: 'POST',
    path: '/approve',
    query: nothing,
    body: z.strictObject({
      userCode: z.string().min(1).max(40),
      decision: z.enum(['approve', 'deny']).default('approve'),
    }),
    answer: z.object({ decision: z.enum(['approve', 'deny']), client: z.string(), scopes: z.array(Scope) }),
  },
  /** `clientSecret` is made here, said once and kept as a digest. */
  addClient: {
    method: 'POST',
    path: '/clients',
    query: nothing,
    body: SandboxClient,
    answer: z.object({
      clientId: ClientId,
      authentication: SandboxClientAuthentication,
      clientSecret: z.string().optional(),
    }),
  },
  /**
   * From now on, and until it ends, the sandbox keeps the secrets it issues and receives, in memory: for a search of
   * a client's logs and files. Without this it keeps digests only.
   */
  record: { method: 'POST', path: '/recording', query: nothing, body: nothing, answer: recording },
  recorded: { method: 'GET', path: '/recording', query: nothing, body: nothing, answer: recording },
  shutdown: {
    method: 'POST',
    path: '/shutdown',
    query: nothing,
    body: nothing,
    answer: z.object({ stopping: z.literal(true), pid: z.number().int() }),
  },
} as const satisfies Record<string, SandboxRoute>

type SandboxRoutes = typeof sandboxRoutes
export type SandboxRouteName = keyof SandboxRoutes
export type SandboxBody<N extends SandboxRouteName> = z.output<SandboxRoutes[N]['body']>
export type SandboxBodyInput<N extends SandboxRouteName> = z.input<SandboxRoutes[N]['body']>
export type SandboxAnswer<N extends SandboxRouteName> = z.output<SandboxRoutes[N]['answer']>
