/** The whole picture: the daemon, its vault, its settings and every connection. */
import type { Status } from '../../../shared/contract/connection.js'
import type { Acceptance } from '../../core/policy/acceptance.js'
import type { Broker } from '../../core/broker/broker.js'
import type { Handlers } from '../handlers.js'

/** What only the process itself knows. `startedAt` is ISO 8601 in UTC. */
export type DaemonFacts = Status['daemon']

export interface StatusParts {
  readonly broker: Broker
  readonly daemon: DaemonFacts
  readonly acceptance: Acceptance
}

/** Taken in one turn, so all of it belongs to one moment. */
export function statusOf({ broker, daemon, acceptance }: StatusParts): Status {
  const settings = acceptance.trouble()
  return {
    daemon,
    vault: broker.vaultStatus(),
    connections: broker.connections(),
    quarantined: [...broker.quarantined()],
    ...(settings === undefined ? {} : { settings }),
  }
}

export const statusRoutes = (parts: StatusParts): Pick<Handlers, 'status'> => ({
  status: async () => {
    await parts.broker.looked()
    return statusOf(parts)
  },
})
