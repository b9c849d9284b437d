/**
 * A person changes a secret: that of a client, or one that is stored as it is and handed out itself. Each change
 * leaves its line in the record.
 */
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ConnectionName } from '../../../shared/contract/ids.js'
import type { Body } from '../../../shared/contract/routes.js'
import { recordDone, type RecordingPorts } from '../audit.js'
import { endOf, neededSecret } from '../clientSecret/clientSecret.js'
import type { Consents } from '../consent/consent.js'
import type { Caller } from '../ports.js'
import type { Roster } from '../roster/roster.js'
import { rotateSecret, type SecretRotationPorts } from './secretRotation.js'
import { storedSecret } from '../clientSecret/storedSecret.js'

type SecretChangesPorts = SecretRotationPorts & RecordingPorts

export class SecretChanges {
  readonly #ports: SecretChangesPorts
  readonly #roster: Roster
  readonly #consents: Consents

  constructor(ports: SecretChangesPorts, roster: Roster, consents: Consents) {
    this.#ports = ports
    this.#roster = roster
    this.#consents = consents
  }

  async set(name: ConnectionName, asked: Body<'setSecret'>, caller: Caller): Promise<ConnectionStatus> {
    const connection = await this.#roster.found(name)
    const { server, clock } = this.#ports
    if (connection.definition.server === null) {
      await this.#consents.store(connection, storedSecret(asked, clock.now()), caller)
    } else {
      const secret = neededSecret(asked)
      const expiresAt = endOf(asked.expiresAt, clock.now(), 'body.expiresAt')
      await server.checkSecret(connection.definition.authentication, secret)
      await connection.ownClient.setSecret({ secret, expiresAt })
    }
    const { generation } = connection.status()
    recordDone(this.#ports, { event: 'setSecret', connection: name, caller, generation, outcome: 'ok' })
    return connection.status()
  }

  async rotate(name: ConnectionName, asked: Body<'rotateSecret'>, caller: Caller): Promise<ConnectionStatus> {
    const connection = await this.#roster.found(name)
    const record = (outcome: string): void => {
      const { generation } = connection.status()
      recordDone(this.#ports, { event: 'rotateSecret', connection: name, caller, generation, outcome })
    }
    try {
      record(await rotateSecret(this.#ports, connection, asked, caller))
    } catch (error) {
      if (error instanceof Refusal) record(error.code)
      throw error
    }
    return connection.status()
  }
}
