/** The rules in force, those in the file, and making the one the other. */
import type { Acceptance } from '../../core/policy/acceptance.js'
import type { Handlers } from '../handlers.js'
import type { Links } from './approvals.js'

export const configRoutes = (
  acceptance: Acceptance,
  links: Links,
): Pick<Handlers, 'config' | 'acceptConfig'> => ({
  config: () => acceptance.state(),
  acceptConfig: ({ body, caller }) => acceptance.accept(body.digest, caller, links.asks(caller)),
})
