/** What the sandbox saw: each token request, and the secrets that passed through while they were recorded. */
import { z } from 'zod'
import { Instant } from './ids.js'

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
