/** One line of the record: who did what with which connection. Never a secret. */
import { z } from 'zod'
import { Instant } from './ids.js'

/** Who asked, as the kernel says. `executable` is evidence, not proof: a process can replace its program. */
export const AuditCaller = z.object({
  uid: z.number().int(),
  pid: z.number().int(),
  executable: z.string(),
})
export type AuditCaller = z.output<typeof AuditCaller>

export const AuditEvent = z.enum([
  'lease',
  'refresh',
  'reject',
  'refusal',
  'add',
  'signIn',
  'signOut',
  'revoke',
  'setSecret',
  'rotateSecret',
  'simulate',
  'vaultMove',
  'approval',
  'accept',
  'start',
  'stop',
])
export type AuditEvent = z.output<typeof AuditEvent>

export const AuditEntry = z.object({
  time: Instant,
  event: AuditEvent,
  /** '' for what concerns no connection. */
  connection: z.string(),
  /** null for what the daemon does by itself, such as a refresh ahead of time. */
  caller: AuditCaller.nullable(),
  /** `ok`, or the stable code of what went wrong. */
  outcome: z.string(),
  generation: z.number().int().nonnegative(),
  /** Keyed digest of the access token concerned: equal tokens give equal values; '' where none is. */
  fingerprint: z.string(),
})
export type AuditEntry = z.output<typeof AuditEntry>
