/**
 * The sandbox's control API: what `fob sandbox` and the tests say to the embedded authorization server over its
 * 0600 socket. JSON in, JSON out; a refused request is an `ErrorBody` with the field named and changes nothing.
 */
import { z } from 'zod'
import { ProviderId, Scope } from './ids.js'
import { AddConnection } from './newConnection.js'
import { SandboxFault } from './sandboxFault.js'
import { RecordedSecret, SandboxLedger } from './sandboxLedger.js'
import { between } from './between.js'

/** The public client that is there from the start; its redirect URI is `http://127.0.0.1/callback`, any port. */
export const SANDBOX_CLIENT_ID = 'fob-sandbox'
/** The scopes the sandbox knows. `offline_access` is what makes it issue a refresh token. */
export const SANDBOX_SCOPES = ['openid', 'profile', 'email', 'offline_access', 'read', 'write'] as const

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
