/** Questions of callers to the person: what is asked, what can be said, and what was said for longer. */
import { z } from 'zod'
import { AuditCaller } from './audit.js'
import { ConnectionName, Instant, Scope } from './ids.js'

/** What a rule can make a question of. */
export const AskedAction = z.enum(['lease', 'refresh'])
export type AskedAction = z.output<typeof AskedAction>

export const ApprovalId = z
  .string()
  .regex(/^[A-Za-z0-9_-]{6,64}$/, 'use an id as listed by `fob approvals list`')
  .brand('ApprovalId')
export type ApprovalId = z.output<typeof ApprovalId>

/** A question that waits for its answer. */
export const PendingApproval = z.object({
  id: ApprovalId,
  connection: ConnectionName,
  action: AskedAction,
  /** Those asked for; empty for all that the connection has. */
  scopes: z.array(Scope),
  caller: AuditCaller,
  /** The folder of the editor's terminal the caller sits in; '' when it is in none. */
  folder: z.string(),
  /** Whether it sits in some terminal, so that an answer can be for that. */
  inTerminal: z.boolean(),
  /** When nobody waits any more. */
  until: Instant,
})
export type PendingApproval = z.output<typeof PendingApproval>

/** An answer that goes on: for a terminal as long as it lives, else until it is forgotten. */
export const StandingApproval = z.object({
  id: ApprovalId,
  connection: ConnectionName,
  action: AskedAction,
  scopes: z.array(Scope),
  allowed: z.boolean(),
  /** Path of the program it is for; '' for any program of a terminal. */
  program: z.string(),
  /** Whether it ends with a terminal. */
  untilTerminalEnds: z.boolean(),
  since: Instant,
})
export type StandingApproval = z.output<typeof StandingApproval>

/**
 * - `once`: who waits now. `refuse`: the opposite.
 * - `terminal`: any program in the caller's terminal, as long as that lives.
 * - `always`, `never`: this program, until the answer is forgotten.
 * - `forget`: takes a standing answer back.
 */
export const ApprovalAnswer = z.enum(['once', 'refuse', 'terminal', 'always', 'never', 'forget'])
export type ApprovalAnswer = z.output<typeof ApprovalAnswer>
