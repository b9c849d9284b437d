/** The whole picture: the daemon, its vault, and every connection. */
import type { Status } from '../../../shared/contract/connection.js'
import type { Broker } from '../../core/broker.js'
import type { Handlers } from '../handlers.js'

/** What only the process itself knows. `startedAt` is ISO 8601 in UTC. */
export type DaemonFacts = Status['daemon']

/** Taken in one turn, so all of it belongs to one moment. */
export const statusOf = (broker: Broker, daemon: DaemonFacts): Status => ({
  daemon,
  vault: broker.vaultStatus(),
  connections: broker.connections(),
  quarantined: [...broker.quarantined()],
})

export const statusRoutes = (broker: Broker, daemon: DaemonFacts): Pick<Handlers, 'status'> => ({
  status: async () => {
    await broker.looked()
    return statusOf(broker, daemon)
  },
})
