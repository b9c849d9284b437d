/** The calls about one connection: adding it, consent, access tokens, refreshes, its client secret, its end. */
import { z } from 'zod'
import { AwsCredentials, AwsRole } from './awsCredentials.js'
import { ConnectionState, ConnectionStatus, Flow } from './connection.js'
import { ConsentBegun } from './consent.js'
import { ConnectionName, Instant, LeaseId, Scope } from './ids.js'
import { Lease } from './lease.js'
import { AddConnection, AddedConnection } from './newConnection.js'
import { named, nothing, type Route } from './route.js'
import { SecretReference } from './secretReference.js'

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

const Flag = z.enum(['true', 'false']).transform((text) => text === 'true')

const NewSecret = z.strictObject({
  /** One of the two. */
  clientSecret: z.string().min(1).max(65_536).optional(),
  clientSecretFrom: SecretReference.optional(),
  /** When it ends; left out when it does not, or nobody knows. */
  expiresAt: Instant.optional(),
})

export const connectionRoutes = {
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
    body: NewSecret,
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
    body: NewSecret.extend({
      overlapSeconds: z
        .number()
        .int()
        .min(0)
        .max(2_592_000, 'at most 2592000 seconds (30 days)')
        .default(86_400),
    }),
    answer: ConnectionStatus,
  },
} as const satisfies Record<string, Route>
