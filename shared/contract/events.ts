/** What the daemon tells its listeners over `WS /v1/events`: a snapshot first, then changes. */
import { z } from 'zod'
import { PendingApproval } from './approvals.js'
import { AuditEntry } from './audit.js'
import { ConnectionStatus, Status, VaultStatus } from './connection.js'
import { AttemptId, ConnectionName } from './ids.js'

/** How one run of a consent ended. Only `granted` changed anything. */
export const ConsentOutcome = z.enum(['granted', 'denied', 'deadline', 'cancelled', 'wrongAccount', 'failed'])
export type ConsentOutcome = z.output<typeof ConsentOutcome>

export const ConsentEnded = z.object({
  type: z.literal('consentEnded'),
  connection: ConnectionName,
  attempt: AttemptId,
  outcome: ConsentOutcome,
  message: z.string(),
  fix: z.string(),
})
export type ConsentEnded = z.output<typeof ConsentEnded>

export const DaemonEvent = z.discriminatedUnion('type', [
  z.object({ type: z.literal('snapshot'), status: Status }),
  z.object({ type: z.literal('connection'), connection: ConnectionStatus }),
  z.object({ type: z.literal('connectionRemoved'), name: ConnectionName }),
  ConsentEnded,
  z.object({ type: z.literal('vault'), vault: VaultStatus }),
  z.object({ type: z.literal('audit'), entry: AuditEntry }),
  /** All questions that wait for an answer now. */
  z.object({ type: z.literal('approvals'), pending: z.array(PendingApproval) }),
  z.object({ type: z.literal('stopping'), reason: z.enum(['shutdown', 'upgrade']) }),
])
export type DaemonEvent = z.output<typeof DaemonEvent>
