/** The calls by which a person decides: questions and their answers, rules and their acceptance. */
import { z } from 'zod'
import { ApprovalAnswer, ApprovalId, PendingApproval, StandingApproval } from './approvals.js'
import { Policy } from './config.js'
import { nothing, type Route } from './route.js'

const ConfigState = z.object({
  inForce: Policy,
  file: Policy,
  /** Of the file's rules. */
  digest: z.string(),
  /** Whether the file's rules are those in force. */
  accepted: z.boolean(),
})

export const ruleRoutes = {
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
} as const satisfies Record<string, Route>
