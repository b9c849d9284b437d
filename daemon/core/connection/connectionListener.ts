/** What a connection needs of the world, and whom it tells how it goes on. */
import type { Account } from '../../../shared/contract/connection.js'
import type { ConsentOutcome } from '../../../shared/contract/events.js'
import type { AttemptId } from '../../../shared/contract/ids.js'
import type { Recorder } from '../audit.js'
import type { Clock, Log, Metrics, Random, Vault } from '../ports.js'
import type { ProvingServer } from '../clientSecret/provingServer.js'

export interface ConnectionPorts {
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly server: ProvingServer
  readonly recorder: Recorder
  readonly metrics: Metrics
  readonly log: Log
}

/** What a connection tells the broker. */
export interface ConnectionListener<Connection> {
  /** What people see of it is another. */
  changed(connection: Connection): void
  /** It went on, seen or not: it may be due at another time. */
  moved(connection: Connection): void
  /** A connection, this one too, with a grant that the account gave to the same client. */
  holderOf(connection: Connection, account: Account | null): Connection | undefined
  /** It is about to ask its server. */
  asking(connection: Connection): void
  consentEnded(
    connection: Connection,
    end: { attempt: AttemptId; outcome: ConsentOutcome; message: string; fix: string },
  ): void
  /** The server understood and answered: others of the same server may try again. */
  reached(connection: Connection): void
  /** Its time is over, or a new grant took its place. */
  simulationEnded(connection: Connection): void
}
