/** How the sandbox disturbs a request. */
import { z } from 'zod'
import { between } from './between.js'

const Milliseconds = between(0, 600_000)

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
