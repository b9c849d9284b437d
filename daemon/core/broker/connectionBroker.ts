/**
 * Every question about connections that a caller may ask, answered, refused or given to the part whose matter it is.
 * Each answer leaves its audit line first. Policy was asked before; decisions about a grant are the lifecycle's.
 */
import type { AwsCredentials } from '../../../shared/contract/awsCredentials.js'
import type { ConnectionStatus, VaultStatus } from '../../../shared/contract/connection.js'
import type { ConsentBegun } from '../../../shared/contract/consent.js'
import type { Diagnosis } from '../../../shared/contract/doctor.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { DaemonEvent } from '../../../shared/contract/events.js'
import type { ConnectionName, LeaseId } from '../../../shared/contract/ids.js'
import type { Lease } from '../../../shared/contract/lease.js'
import type { AddConnection, AddedConnection } from '../../../shared/contract/newConnection.js'
import type { Answer, Body, Query } from '../../../shared/contract/routes.js'
import { twinOf, twinWords } from '../roster/accounts.js'
import { Announcements } from './announcements.js'
import { recordDone, type Happening } from '../audit.js'
import type { Broker } from './broker.js'
import type { Connection } from '../connection/connection.js'
import { Consents, type ConsentPorts } from '../consent/consent.js'
import type { AttemptEnd } from '../consent/consentAttempt.js'
import { Doctor, type DoctorPorts } from '../doctor/doctor.js'
import { dryRequest } from '../roster/dryRequest.js'
import { FetchedSecrets } from '../clientSecret/fetchedSecrets.js'
import { LeaseRecord } from './leaseRecord.js'
import { Leasing, type LeaseRequest } from './leasing.js'
import { NetworkWatch } from '../roster/networkWatch.js'
import type { Caller, Cancel, LocalNetwork, SecretReferences } from '../ports.js'
import type { AuthorizationServer } from '../providerPorts.js'
import { ProvingServer } from '../clientSecret/provingServer.js'
import { Roles, type RoleRequest, type RolesPorts } from './roles.js'
import { Roster, type RosterPorts } from '../roster/roster.js'
import type { Secret } from '../secret.js'
import { SecretChanges } from './secretChanges.js'
import { Simulations } from './simulations.js'
import { SteadyClock } from '../roster/steadyClock.js'
import { Timer } from '../roster/timer.js'
import { earlier } from '../lifecycle/wakeUps.js'

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
  readonly #secrets: SecretChanges
  readonly #simulations: Simulations
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
        simulationEnded: (connection) => this.#simulations.ended(connection),
        vaultChanged: (vault) => this.#announcements.tell({ type: 'vault', vault }),
      },
    )
    this.#doctor = new Doctor(ports, this.#roster)
    const leaseRecord = new LeaseRecord(ports, this.#announcements)
    this.#leasing = new Leasing(ports, this.#roster, leaseRecord)
    this.#roles = new Roles(ports, this.#roster, leaseRecord)
    this.#secrets = new SecretChanges(ports, this.#roster, this.#consents)
    this.#simulations = new Simulations(ports, this.#roster)
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

  async add(request: AddConnection, caller: Caller): Promise<AddedConnection> {
    await this.#roster.opened()
    const connection = await this.#roster.add(request)
    this.#record({ event: 'add', connection: request.name, caller })
    this.#announcements.changed(connection)
    const doubt = await dryRequest(this.#ports.server, connection)
    return { ...connection.status(), ...(doubt && { doubt }) }
  }

  async signOut(
    name: ConnectionName,
    { forget, verify }: Query<'signOut'>,
    caller: Caller,
  ): Promise<Answer<'signOut'>> {
    const connection = await this.#roster.found(name)
    const { generation } = connection.status()
    const ended = await connection.signOut(verify)
    this.#roles.drop(connection)
    const outcome = ended.left === '' ? 'ok' : 'not_revoked'
    this.#record({ event: 'signOut', connection: name, caller, generation, outcome })
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
    const connection = await this.#roster.found(name)
    if (this.#stopping) throw new Refusal('stopping', 'fob is stopping', { fix: 'fob up' })
    return this.#consents.begin(connection, options, caller)
  }

  async cancelConsent(name: ConnectionName): Promise<Answer<'cancelConsent'>> {
    const connection = await this.#roster.found(name)
    this.#consents.cancel(connection)
    return { connection: name, state: connection.status().state }
  }

  setSecret(name: ConnectionName, asked: Body<'setSecret'>, caller: Caller): Promise<ConnectionStatus> {
    return this.#secrets.set(name, asked, caller)
  }

  rotateSecret(name: ConnectionName, asked: Body<'rotateSecret'>, caller: Caller): Promise<ConnectionStatus> {
    return this.#secrets.rotate(name, asked, caller)
  }

  simulate(request: Body<'simulate'>, caller: Caller): Promise<ConnectionStatus> {
    return this.#simulations.ask(request, caller)
  }

  async vault(request: Body<'vault'>, caller: Caller): Promise<VaultStatus> {
    if (request.action === 'unlock') return this.#roster.unlock()
    await this.#roster.opened()
    const status = await this.#ports.vault.move(request.to)
    this.#record({ event: 'vaultMove', caller })
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
    const outcome = end.outcome === 'granted' ? 'ok' : end.outcome
    this.#record({ event: 'signIn', connection: name, caller, generation, outcome })
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

  #record(done: Omit<Happening, 'outcome'> & { outcome?: string }): void {
    recordDone(this.#ports, { outcome: 'ok', ...done })
  }
}
