/** A person tries how things look when a connection is in trouble: pretended, or really revoked at the provider. */
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Body } from '../../../shared/contract/routes.js'
import type { SimulationKind } from '../../../shared/contract/simulation.js'
import { recordDone, type RecordingPorts } from '../audit.js'
import type { Connection } from '../connection/connection.js'
import type { Caller } from '../ports.js'
import type { Roster } from '../roster/roster.js'

export class Simulations {
  readonly #ports: RecordingPorts
  readonly #roster: Roster

  constructor(ports: RecordingPorts, roster: Roster) {
    this.#ports = ports
    this.#roster = roster
  }

  async ask(request: Body<'simulate'>, caller: Caller): Promise<ConnectionStatus> {
    const connection = await this.#roster.found(request.connection)
    if (request.action === 'stop') {
      if (connection.simulation.end()) this.ended(connection, caller)
      return connection.status()
    }
    const { kind, really, seconds } = request
    if (really) await this.#reallyRevoke(connection, kind, caller)
    else {
      connection.simulation.begin(kind, seconds * 1_000)
      this.#record('simulate', connection, caller, connection.status().generation, kind)
    }
    return connection.status()
  }

  /** `caller`: who ended it; undefined for one whose time is over. */
  ended(connection: Connection, caller?: Caller): void {
    this.#record('simulate', connection, caller, connection.status().generation, 'ended')
  }

  async #reallyRevoke(connection: Connection, kind: SimulationKind, caller: Caller): Promise<void> {
    const { name } = connection.definition
    if (kind !== 'revoke') {
      throw new Refusal('bad_request', 'only a revocation can be done at the provider', {
        field: 'body.really',
        fix: `fob simulate ${name} ${kind}`,
      })
    }
    connection.simulation.end()
    const { generation } = connection.status()
    const { revoked, left } = await connection.revokeThere()
    this.#record('revoke', connection, caller, generation, revoked ? 'ok' : 'not_revoked')
    if (!revoked) {
      throw new Refusal('provider_refused', `${name}: ${left}`, { fix: `fob simulate ${name} revoke` })
    }
  }

  #record(
    event: 'simulate' | 'revoke',
    { definition }: Connection,
    caller: Caller | undefined,
    generation: number,
    outcome: string,
  ): void {
    recordDone(this.#ports, { event, connection: definition.name, caller, generation, outcome })
  }
}
