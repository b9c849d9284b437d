/**
 * Handing out access tokens: a lease, the report that one failed, and the wish for a new one. Nothing is handed
 * out before its line is in the record.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { ConnectionName, LeaseId } from '../../../shared/contract/ids.js'
import type { Lease } from '../../../shared/contract/lease.js'
import type { Answer } from '../../../shared/contract/routes.js'
import type { Recorder } from '../audit.js'
import { keyOf, refuseUngranted, wishOf, type Named } from '../lifecycle/besideWish.js'
import type { Connection } from '../connection/connection.js'
import { Instants } from '../instants.js'
import type { LeaseRecord } from './leaseRecord.js'
import { Leases } from './leases.js'
import type { Caller, Random } from '../ports.js'
import type { Roster } from '../roster/roster.js'
import type { Secret } from '../secret.js'
import { grantOf } from '../lifecycle/states.js'
import type { Servable } from '../connection/waiters.js'

export interface LeaseRequest extends Named {
  readonly connection: string
  readonly minValidityMs: number
}

export interface LeasingPorts {
  readonly random: Random
  readonly recorder: Recorder
}

export class Leasing {
  readonly #ports: LeasingPorts
  readonly #roster: Roster
  readonly #record: LeaseRecord
  readonly #leases: Leases
  readonly #expiries = new Instants()

  constructor(ports: LeasingPorts, roster: Roster, record: LeaseRecord) {
    this.#ports = ports
    this.#roster = roster
    this.#record = record
    this.#leases = new Leases(ports.random.id())
  }

  lease(request: LeaseRequest, caller: Caller): Lease | Promise<Lease> {
    if (!this.#roster.loaded) return this.#roster.opened().then(() => this.lease(request, caller))
    const connection = this.#roster.of(request.connection)
    // A refused request changes nothing: what can be refused is, before anything is refreshed for it.
    const wish = namesNothing(request)
      ? undefined
      : wishOf(request, grantOf(connection.shown)?.facts.scopes, connection)
    const { minValidityMs } = request
    const servable =
      wish === undefined
        ? connection.serving.lease(minValidityMs)
        : connection.serving.leaseBeside(wish, minValidityMs)
    const hand = (ready: Servable): Lease => {
      if (wish === undefined) refuseShrunk(request, ready, connection)
      const lease = this.#hand(connection, ready, caller, wish && keyOf(wish))
      connection.scopeUse.note(request.scopes)
      return lease
    }
    return servable instanceof Promise ? servable.then(hand) : hand(servable)
  }

  /** `beside`: the key of the wish, for an access token that is not the grant's own. */
  #hand(connection: Connection, servable: Servable, caller: Caller, beside: string | undefined): Lease {
    const { name } = connection.definition
    const { facts, accessToken } = servable
    const { generation } = facts
    this.#record.note(connection, { caller, generation, accessToken })
    return {
      connection: name,
      accessToken: accessToken.reveal(),
      tokenType: 'Bearer',
      expiresAt: facts.expiresAt === null ? null : this.#expiries.text(facts.expiresAt),
      scopes: [...facts.scopes],
      account: facts.account,
      lease: this.#leases.give(name, generation, caller, beside),
      generation,
    }
  }

  async reject(name: ConnectionName, lease: LeaseId, caller: Caller): Promise<Answer<'reject'>> {
    const connection = await this.#roster.found(name)
    const generation = this.#leases.generationOf(lease, name, caller)
    if (generation === undefined) {
      throw new Refusal('unknown_lease', `no lease ${lease} of ${name} was given to you since fob started`, {
        field: 'body.lease',
        fix: `fob refresh ${name}`,
      })
    }
    return this.#rejected(connection, generation, caller, this.#leases.besideOf(lease))
  }

  async rejectToken(name: ConnectionName, accessToken: Secret, caller: Caller): Promise<Answer<'reject'>> {
    const connection = await this.#roster.found(name)
    const beside = connection.beside.named(accessToken)
    const generation = connection.serving.generationOf(accessToken) ?? beside?.generation
    if (generation === undefined) {
      throw new Refusal('unknown_lease', `that is not the access token ${name} has now`, {
        field: 'body.accessToken',
        fix: `fob refresh ${name}`,
      })
    }
    return this.#rejected(connection, generation, caller, beside?.key)
  }

  #rejected(
    connection: Connection,
    generation: number,
    caller: Caller,
    beside: string | undefined,
  ): Answer<'reject'> {
    const { name } = connection.definition
    this.#ports.recorder.record({ event: 'reject', connection: name, caller, generation, outcome: 'ok' })
    if (beside !== undefined) {
      const current = connection.beside.reject(beside, generation)
      return { connection: name, generation: current, replaced: current > generation }
    }
    connection.dispatch({ kind: 'rejected', generation })
    const replaced = connection.serving.accessGeneration > generation
    return { connection: name, generation: connection.status().generation, replaced }
  }

  async refresh(name: ConnectionName, caller: Caller): Promise<Answer<'refresh'>> {
    const connection = await this.#roster.found(name)
    const { generation, expiresAt } = await connection.serving.refresh(caller)
    return {
      connection: name,
      generation,
      expiresAt: expiresAt === null ? null : this.#expiries.text(expiresAt),
    }
  }
}

const namesNothing = ({ scopes, resource }: Named): boolean => scopes === undefined && resource === undefined

/** A refresh meanwhile may have left less than there was. */
function refuseShrunk({ scopes }: Named, { facts }: Servable, { definition, profile }: Connection): void {
  if (scopes === undefined || profile.downScope.kind === 'resources') return
  refuseUngranted(scopes, facts.scopes, definition.name)
}
