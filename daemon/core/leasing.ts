/**
 * Handing out access tokens: a lease, the report that one failed, and the wish for a new one. Nothing is handed
 * out before its line is in the record.
 */
import { Refusal } from '../../shared/contract/errors.js'
import type { ConnectionName, LeaseId, Scope } from '../../shared/contract/ids.js'
import type { Lease } from '../../shared/contract/lease.js'
import type { Answer } from '../../shared/contract/routes.js'
import type { Announcements } from './announcements.js'
import type { Recorder } from './audit.js'
import type { Connection } from './connection.js'
import { Instants } from './instants.js'
import { Leases } from './leases.js'
import type { Caller, Metrics, Random } from './ports.js'
import type { Roster } from './roster.js'
import type { Secret } from './secret.js'
import { grantOf } from './states.js'
import type { Servable } from './waiters.js'

export interface LeaseRequest {
  readonly connection: string
  readonly minValidityMs: number
  readonly scopes: readonly Scope[] | undefined
  readonly resource: string | undefined
}

export interface LeasingPorts {
  readonly random: Random
  readonly recorder: Recorder
  readonly metrics: Metrics
}

export class Leasing {
  readonly #ports: LeasingPorts
  readonly #roster: Roster
  readonly #announcements: Announcements
  readonly #leases: Leases
  readonly #expiries = new Instants()

  constructor(ports: LeasingPorts, roster: Roster, announcements: Announcements) {
    this.#ports = ports
    this.#roster = roster
    this.#announcements = announcements
    this.#leases = new Leases(ports.random.id())
  }

  lease(request: LeaseRequest, caller: Caller): Lease | Promise<Lease> {
    if (!this.#roster.loaded) return this.#roster.opened().then(() => this.lease(request, caller))
    const connection = this.#roster.of(request.connection)
    refuseTooMuch(request, connection)
    const servable = connection.lease(request.minValidityMs)
    if (servable instanceof Promise) {
      return servable.then((late) => this.#hand(connection, late, request, caller))
    }
    return this.#hand(connection, servable, request, caller)
  }

  #hand(connection: Connection, servable: Servable, request: LeaseRequest, caller: Caller): Lease {
    const { name } = connection.definition
    const { facts, accessToken } = servable
    refuseUngranted(request, facts.scopes, name)
    const { generation } = facts
    this.#ports.recorder.record({
      event: 'lease',
      connection: name,
      caller,
      outcome: 'ok',
      generation,
      accessToken,
    })
    connection.leaseCount += 1
    this.#ports.metrics.leased(name)
    this.#announcements.leased(connection)
    return {
      connection: name,
      accessToken: accessToken.reveal(),
      tokenType: 'Bearer',
      expiresAt: facts.expiresAt === null ? null : this.#expiries.text(facts.expiresAt),
      scopes: [...facts.scopes],
      account: facts.account,
      lease: this.#leases.give(name, generation, caller),
      generation,
    }
  }

  async reject(name: ConnectionName, lease: LeaseId, caller: Caller): Promise<Answer<'reject'>> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    const generation = this.#leases.generationOf(lease, name, caller)
    if (generation === undefined) {
      throw new Refusal('unknown_lease', `no lease ${lease} of ${name} was given to you since fob started`, {
        field: 'body.lease',
        fix: `fob refresh ${name}`,
      })
    }
    return this.#rejected(connection, generation, caller)
  }

  async rejectToken(name: ConnectionName, accessToken: Secret, caller: Caller): Promise<Answer<'reject'>> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    const generation = connection.generationOf(accessToken)
    if (generation === undefined) {
      throw new Refusal('unknown_lease', `that is not the access token ${name} has now`, {
        field: 'body.accessToken',
        fix: `fob refresh ${name}`,
      })
    }
    return this.#rejected(connection, generation, caller)
  }

  #rejected(connection: Connection, generation: number, caller: Caller): Answer<'reject'> {
    const { name } = connection.definition
    this.#ports.recorder.record({ event: 'reject', connection: name, caller, generation, outcome: 'ok' })
    connection.dispatch({ kind: 'rejected', generation })
    const current = connection.status().generation
    return { connection: name, generation: current, replaced: current > generation }
  }

  async refresh(name: ConnectionName, caller: Caller): Promise<Answer<'refresh'>> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    const { generation, expiresAt } = await connection.refresh(caller)
    return {
      connection: name,
      generation,
      expiresAt: expiresAt === null ? null : this.#expiries.text(expiresAt),
    }
  }
}

/** A refused request changes nothing: what can be refused is, before anything is refreshed for it. */
function refuseTooMuch(request: LeaseRequest, connection: Connection): void {
  const { name } = connection.definition
  if (request.resource !== undefined) {
    throw new Refusal('bad_request', `${name} has one access token for all its resources`, {
      field: 'query.resource',
      fix: `fob token ${name}`,
    })
  }
  const grant = grantOf(connection.shown)
  if (grant) refuseUngranted(request, grant.facts.scopes, name)
}

/**
 * This provider has no way to give less than was granted, so asking for a part gets the whole; asking for more
 * needs a person.
 */
function refuseUngranted(request: LeaseRequest, granted: readonly Scope[], name: string): void {
  const missing = request.scopes?.filter((scope) => !granted.includes(scope)) ?? []
  if (missing.length === 0) return
  throw new Refusal('consent_required', `${name} was not granted ${missing.join(' ')}`, {
    field: 'query.scopes',
    fix: `fob sign-in ${name}`,
  })
}
