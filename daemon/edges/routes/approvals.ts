/** Questions to the person: listed, and answered by those who may. */
import type { Approvals } from '../../core/policy/approvals.js'
import type { Caller } from '../../core/ports.js'
import type { Handlers } from '../handlers.js'

/** Who listens for questions that it puts to a person. */
export interface Links {
  asks(caller: Caller): boolean
}

export const approvalRoutes = (
  approvals: Approvals,
  links: Links,
): Pick<Handlers, 'approvals' | 'answerApproval'> => ({
  approvals: () => ({ pending: approvals.pending(), standing: approvals.standing() }),
  answerApproval: async ({ body, caller }) => {
    await approvals.answer(body.id, body.answer, caller, links.asks(caller))
    return body
  },
})
