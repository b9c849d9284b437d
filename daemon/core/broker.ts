/**
 * The one who leases: every question about connections that a caller may ask, answered or refused. Each answer
 * leaves its audit line first. Policy was asked before; decisions about a grant are the lifecycle's.
 */
import type { ConnectionStatus, VaultStatus } from '../../shared/contract/connection.js'
import type { AwsCredentials } from '../../shared/contract/awsCredentials.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { DaemonEvent } from '../../shared/contract/events.js'
import type { ConnectionName, LeaseId } from '../../shared/contract/ids.js'
import type { ConsentBegun } from '../../shared/contract/consent.js'
import type { Lease } from '../../shared/contract/lease.js'
import type { Diagnosis } from '../../shared/contract/doctor.js'
import type { AddConnection } from '../../shared/contract/newConnection.js'
import type { Answer, Body, Query } from '../../shared/contract/routes.js'
import type { SimulationKind } from '../../shared/contract/simulation.js'
import { twinOf, twinWords } from './accounts.js'
import { Announcements } from './announcements.js'
import { endOf, neededSecret } from './clientSecret.js'
import type { Connection } from './connection.js'
import { Consents, type ConsentPorts } from './consent.js'
import type { AttemptEnd } from './consentAttempt.js'
import { FetchedSecrets } from './fetchedSecrets.js'
import { Leasing, type LeaseRequest } from './leasing.js'
import { Doctor, type DoctorPorts } from './doctor.js'
import type { AuthorizationServer, Caller, Cancel, LocalNetwork, SecretReferences } from './ports.js'
import { NetworkWatch } from './networkWatch.js'
import { ProvingServer } from './provingServer.js'
import { Roles, type RoleRequest, type RolesPorts } from './roles.js'
import { Roster, type RosterPorts } from './roster.js'
import type { Secret } from './secret.js'
import { rotateSecret } from './secretRotation.js'
import { SteadyClock } from './steadyClock.js'
import { storedSecret } from './storedSecret.js'
import { Timer } from './timer.js'
import { earlier } from './wakeUps.js'

/** All methods reject (or throw) with a `Refusal`; each leaves its audit line before it answers. */
export interface Broker {
  /**
   * Resolves once the vault was looked into after a start, so that a list is not taken for whole too early; a
   * keychain that takes its time is not waited for.
   */
  looked(): Promise<void>
  /** undefined once `connections` is whole; else resolves when it is. */
  opening(): Promise<void> | undefined
  connections(): ConnectionStatus[]
  vaultStatus(): VaultStatus
  quarantined(): readonly string[]
  /** At once when the cached access token will do, else when the refresh that all waiters share is over. */
  lease(request: LeaseRequest, caller: Caller): Lease | Promise<Lease>
  /** Credentials of a role that the connection's access token opens. */
  roleCredentials(request: RoleRequest, caller: Caller): Promise<AwsCredentials>
  reject(connection: ConnectionName, lease: LeaseId, caller: Caller): Promise<Answer<'reject'>>
  /** The same by the access token itself; refused unless it is the one in use. */
  rejectToken(connection: ConnectionName, accessToken: Secret, caller: Caller): Promise<Answer<'reject'>>
  refresh(connection: ConnectionName, caller: Caller): Promise<Answer<'refresh'>>
  add(request: AddConnection, caller: Caller): Promise<ConnectionStatus>
  signOut(connection: ConnectionName, how: Query<'signOut'>, caller: Caller): Promise<Answer<'signOut'>>
  beginConsent(
    connection: ConnectionName,
    options: Body<'beginConsent'>,
    caller: Caller,
  ): Promise<ConsentBegun>
  cancelConsent(connection: ConnectionName, caller: Caller): Promise<Answer<'cancelConsent'>>
  setSecret(connection: ConnectionName, asked: Body<'setSecret'>, caller: Caller): Promise<ConnectionStatus>
  rotateSecret(
    connection: ConnectionName,
    asked: Body<'rotateSecret'>,
    caller: Caller,
  ): Promise<ConnectionStatus>
  simulate(request: Body<'simulate'>, caller: Caller): Promise<ConnectionStatus>
  vault(request: Body<'vault'>, caller: Caller): Promise<VaultStatus>
  health(): Answer<'health'>
  /** What is wrong with this connection, or with anything. */
  diagnose(connection: ConnectionName | undefined): Promise<Diagnosis>
  /** Tells of every change from now on; take the snapshot in the same turn to miss nothing. */
  subscribe(listener: (event: DaemonEvent) => void): Cancel
  /** Resolves once no exchange runs and nothing is written. */
  idle(): Promise<void>
  /** Lets running exchanges end and reach the disk, then starts nothing more. */
  quiesce(): Promise<void>
}

/** Reading a key file takes milliseconds; a status that keeps people waiting longer is worse than "locked". */
const LOOK_MS = 300

type PartsPorts = RosterPorts & ConsentPorts & RolesPorts & DoctorPorts

export interface BrokerPorts extends Omit<PartsPorts, 'server'> {
  readonly server: AuthorizationServer
  readonly secretReferences: SecretReferences
  readonly localNetwork: LocalNetwork
}

/** Starts loading the vault at once and answers meanwhile. */
export function createBroker(ports: BrokerPorts): Broker {
  return new ConnectionBroker(ports)
}

class ConnectionBroker implements Broker {
  readonly #ports: PartsPorts
  readonly #announcements: Announcements
  readonly #leasing: Leasing
  readonly #roles: Roles
  readonly #consents: Consents
  readonly #roster: Roster
  readonly #timer: Timer
  readonly #networkWatch: NetworkWatch
  readonly #doctor: Doctor
  #stopping = false

  constructor({ server, secretReferences, localNetwork, ...others }: BrokerPorts) {
    const fetched = new FetchedSecrets(secretReferences, others.clock)
    const ports = { ...others, server: new ProvingServer(server, fetched) }
    this.#ports = ports
    this.#announcements = new Announcements(ports.clock, ports.log)
    this.#consents = new Consents(ports, (connection, end) => this.#consentEnded(connection, end))
    this.#timer = new Timer(ports.clock, {
      dueInMs: () => earlier(this.#roster.dueInMs(), this.#networkWatch.dueInMs()),
      tick: (jumped) => {
        this.#networkWatch.look()
        this.#roster.tick(jumped)
      },
    })
    this.#networkWatch = new NetworkWatch({ ...ports, localNetwork })
    this.#roster = new Roster(
      { ...ports, clock: new SteadyClock(ports.clock) },
      {
        changed: (connection) => this.#announcements.changed(connection),
        moved: (connection) => {
          this.#networkWatch.follow(connection)
          this.#timer.arm()
        },
        holderOf: (connection, account) => this.#roster.holderOf(connection, account),
        asking: (connection) => this.#roster.asking(connection),
        reached: (connection) => this.#roster.recovered(connection),
        consentEnded: (connection, end) => this.#consentEnded(connection, end),
        simulationEnded: (connection) => this.#simulationEnded(connection, undefined),
        vaultChanged: (vault) => this.#announcements.tell({ type: 'vault', vault }),
      },
    )
    this.#doctor = new Doctor(ports, this.#roster)
    this.#leasing = new Leasing(ports, this.#roster, this.#announcements)
    this.#roles = new Roles(ports, this.#roster, this.#announcements)
    this.#timer.arm()
  }

  looked(): Promise<void> {
    return this.#roster.looked(LOOK_MS)
  }

  opening(): Promise<void> | undefined {
    return this.#roster.loaded ? undefined : this.#roster.opened()
  }

  connections(): ConnectionStatus[] {
    return this.#roster.all().map((connection) => connection.status())
  }

  vaultStatus(): VaultStatus {
    return this.#ports.vault.status()
  }

  quarantined(): readonly string[] {
    return this.#roster.quarantined
  }

  lease(request: LeaseRequest, caller: Caller): Lease | Promise<Lease> {
    return this.#leasing.lease(request, caller)
  }

  roleCredentials(request: RoleRequest, caller: Caller): Promise<AwsCredentials> {
    return this.#roles.lease(request, caller)
  }

  reject(name: ConnectionName, lease: LeaseId, caller: Caller): Promise<Answer<'reject'>> {
    return this.#leasing.reject(name, lease, caller)
  }

  rejectToken(name: ConnectionName, accessToken: Secret, caller: Caller): Promise<Answer<'reject'>> {
    return this.#leasing.rejectToken(name, accessToken, caller)
  }

  refresh(name: ConnectionName, caller: Caller): Promise<Answer<'refresh'>> {
    return this.#leasing.refresh(name, caller)
  }

  async add(request: AddConnection, caller: Caller): Promise<ConnectionStatus> {
    await this.#roster.opened()
    const connection = await this.#roster.add(request)
    this.#record('add', request.name, caller, 0)
    this.#announcements.changed(connection)
    return connection.status()
  }

  async signOut(
    name: ConnectionName,
    { forget, verify }: Query<'signOut'>,
    caller: Caller,
  ): Promise<Answer<'signOut'>> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    const { generation } = connection.status()
    const ended = await connection.signOut(verify)
    this.#roles.drop(connection)
    this.#record('signOut', name, caller, generation, ended.left === '' ? 'ok' : 'not_revoked')
    if (forget) await this.#forget(connection)
    return { connection: name, ...ended }
  }

  async #forget(connection: Connection): Promise<void> {
    // One that had not come as far as the lifecycle, so that signing out did not end it.
    this.#consents.cancelFor(connection)
    await this.#roster.forget(connection)
    this.#announcements.tell({ type: 'connectionRemoved', name: connection.definition.name })
  }

  async beginConsent(
    name: ConnectionName,
    options: Body<'beginConsent'>,
    caller: Caller,
  ): Promise<ConsentBegun> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    if (this.#stopping) throw new Refusal('stopping', 'fob is stopping', { fix: 'fob up' })
    return this.#consents.begin(connection, options, caller)
  }

  async cancelConsent(name: ConnectionName): Promise<Answer<'cancelConsent'>> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    this.#consents.cancel(connection)
    return { connection: name, state: connection.status().state }
  }

  async setSecret(name: ConnectionName, asked: Body<'setSecret'>, caller: Caller): Promise<ConnectionStatus> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    if (connection.definition.server === null) {
      await this.#consents.store(connection, storedSecret(asked, this.#ports.clock.now()), caller)
    } else {
      const secret = neededSecret(asked)
      const expiresAt = endOf(asked.expiresAt, this.#ports.clock.now(), 'body.expiresAt')
      await this.#ports.server.checkSecret(connection.definition.authentication, secret)
      await connection.setSecret({ secret, expiresAt })
    }
    this.#record('setSecret', name, caller, connection.status().generation)
    return connection.status()
  }

  async rotateSecret(
    name: ConnectionName,
    asked: Body<'rotateSecret'>,
    caller: Caller,
  ): Promise<ConnectionStatus> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(name))
    const record = (outcome: string): void =>
      this.#record('rotateSecret', name, caller, connection.status().generation, outcome)
    try {
      record(await rotateSecret(this.#ports, connection, asked, caller))
    } catch (error) {
      if (error instanceof Refusal) record(error.code)
      throw error
    }
    return connection.status()
  }

  async simulate(request: Body<'simulate'>, caller: Caller): Promise<ConnectionStatus> {
    const connection = await this.#roster.opened().then(() => this.#roster.of(request.connection))
    if (request.action === 'stop') {
      if (connection.endSimulation()) this.#simulationEnded(connection, caller)
      return connection.status()
    }
    const { kind, really, seconds } = request
    if (really) await this.#reallyRevoke(connection, kind, caller)
    else {
      connection.simulate(kind, seconds * 1_000)
      this.#record('simulate', request.connection, caller, connection.status().generation, kind)
    }
    return connection.status()
  }

  async #reallyRevoke(connection: Connection, kind: SimulationKind, caller: Caller): Promise<void> {
    const { name } = connection.definition
    if (kind !== 'revoke') {
      throw new Refusal('bad_request', 'only a revocation can be done at the provider', {
        field: 'body.really',
        fix: `fob simulate ${name} ${kind}`,
      })
    }
    connection.endSimulation()
    const { generation } = connection.status()
    const { revoked, left } = await connection.revokeThere()
    this.#record('revoke', name, caller, generation, revoked ? 'ok' : 'not_revoked')
    if (!revoked) {
      throw new Refusal('provider_refused', `${name}: ${left}`, { fix: `fob simulate ${name} revoke` })
    }
  }

  #simulationEnded(connection: Connection, caller: Caller | undefined): void {
    const { name } = connection.definition
    this.#record('simulate', name, caller, connection.status().generation, 'ended')
  }

  async vault(request: Body<'vault'>, caller: Caller): Promise<VaultStatus> {
    if (request.action === 'unlock') return this.#roster.unlock()
    await this.#roster.opened()
    const status = await this.#ports.vault.move(request.to)
    this.#record('vaultMove', '', caller, 0)
    this.#announcements.tell({ type: 'vault', vault: status })
    return status
  }

  health(): Answer<'health'> {
    const connections = this.#roster.all().map((connection) => ({
      name: connection.definition.name,
      state: connection.status().state,
      servable: connection.servable() !== undefined,
    }))
    const locked = this.#ports.vault.status().state === 'locked'
    return { healthy: !locked && connections.every(({ servable }) => servable), connections }
  }

  async diagnose(name: ConnectionName | undefined): Promise<Diagnosis> {
    await this.looked()
    return this.#doctor.examine(name)
  }

  subscribe(listener: (event: DaemonEvent) => void): Cancel {
    return this.#announcements.subscribe(listener)
  }

  async idle(): Promise<void> {
    await Promise.all(this.#roster.all().map((connection) => connection.idle()))
  }

  async quiesce(): Promise<void> {
    this.#stopping = true
    this.#timer.stop()
    this.#consents.cancelAll()
    await Promise.all(this.#roster.all().map((connection) => connection.close()))
  }

  #consentEnded(connection: Connection, end: AttemptEnd): void {
    const { name } = connection.definition
    if (end.outcome === 'granted') this.#roles.drop(connection)
    const caller = this.#consents.callerOf(connection, end.attempt)
    const { generation } = connection.status()
    this.#record('signIn', name, caller, generation, end.outcome === 'granted' ? 'ok' : end.outcome)
    const told = end.outcome === 'granted' ? { ...end, ...this.#twinWords(connection) } : end
    this.#announcements.tell({ type: 'consentEnded', connection: name, ...told })
    this.#consents.ended(connection, told)
  }

  /** A browser gives the account it is signed in with, which is not always the one that was meant. */
  #twinWords(connection: Connection): Partial<AttemptEnd> {
    const own = connection.status()
    const twin = twinOf(own, this.connections())
    return twin === undefined ? {} : twinWords(own, twin)
  }

  /**
   * After the act: what is done is answered as done, also when it cannot be recorded. Nothing that it brought can
   * be leased until the record can be written again.
   */
  #record(
    event: 'add' | 'signOut' | 'signIn' | 'setSecret' | 'rotateSecret' | 'vaultMove' | 'simulate' | 'revoke',
    connection: string,
    caller: Caller | undefined,
    generation: number,
    outcome = 'ok',
  ): void {
    try {
      this.#ports.recorder.record({ event, connection, caller, generation, outcome })
    } catch (error) {
      this.#ports.log.error({ connection, reason: Refusal.reasonOf(error) }, `${event} not recorded`)
    }
  }
}
