/**
 * A broker that answers from a table the test fills, and remembers what it was asked. It keeps the promises of
 * the real one that edges rely on: it refuses unknown connections and it tells its listeners of changes.
 */
import type { AwsCredentials } from '../../shared/contract/awsCredentials.js'
import type { ConnectionStatus, VaultStatus } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { DaemonEvent } from '../../shared/contract/events.js'
import { AttemptId, ConnectionName, LeaseId, ProviderId, Scope } from '../../shared/contract/ids.js'
import type { ConsentBegun } from '../../shared/contract/consent.js'
import type { Diagnosis } from '../../shared/contract/doctor.js'
import type { Lease } from '../../shared/contract/lease.js'
import type { AddConnection } from '../../shared/contract/newConnection.js'
import type { Answer, Body, Query } from '../../shared/contract/routes.js'
import type { Broker } from '../../daemon/core/broker/broker.js'
import type { LeaseRequest } from '../../daemon/core/broker/leasing.js'
import type { RoleRequest } from '../../daemon/core/broker/roles.js'
import type { Caller, Cancel } from '../../daemon/core/ports.js'
import type { Secret } from '../../daemon/core/secret.js'

/** One call a test can look at: the method, what it was given, and who called. */
export interface Call {
  readonly method: string
  readonly given: unknown
  readonly caller: Caller
}

export class FakeBroker implements Broker {
  readonly calls: Call[] = []
  readonly #connections = new Map<string, ConnectionStatus>()
  readonly #listeners = new Set<(event: DaemonEvent) => void>()
  /** Answers the next lease instead of the table: a promise to keep a caller waiting, a throw to refuse. */
  onLease: ((request: LeaseRequest) => Lease | Promise<Lease>) | undefined

  /** The status waits for this. */
  onLook: Promise<void> | undefined

  /** Until then nobody knows which connections there are. */
  onOpen: Promise<void> | undefined

  constructor(...names: string[]) {
    for (const name of names) this.#connections.set(name, statusFor(name))
  }

  /** Tells every listener, as a change inside the broker would. */
  publish(event: DaemonEvent): void {
    for (const listener of this.#listeners) listener(event)
  }

  get listeners(): number {
    return this.#listeners.size
  }

  async looked(): Promise<void> {
    await this.onLook
  }

  opening(): Promise<void> | undefined {
    return this.onOpen
  }

  connections(): ConnectionStatus[] {
    return this.onOpen === undefined ? [...this.#connections.values()] : []
  }

  vaultStatus(): VaultStatus {
    return { state: 'open', keySource: 'keyFile', reason: 'protects copies of the state', fix: '' }
  }

  quarantined(): readonly string[] {
    return []
  }

  lease(request: LeaseRequest, caller: Caller): Lease | Promise<Lease> {
    this.#remember('lease', request, caller)
    if (this.onLease !== undefined) return this.onLease(request)
    return leaseFor(this.#known(request.connection).name)
  }

  async roleCredentials(request: RoleRequest, caller: Caller): Promise<AwsCredentials> {
    this.#remember('roleCredentials', request, caller)
    return {
      connection: this.#known(request.connection).name,
      account: request.account ?? '',
      role: request.role ?? '',
      accessKeyId: 'ASIA0000',
      secretAccessKey: 'secret',
      sessionToken: 'session',
      expiresAt: '2030-01-01T01:00:00.000Z',
    }
  }

  async reject(connection: ConnectionName, lease: LeaseId, caller: Caller): Promise<Answer<'reject'>> {
    this.#remember('reject', { connection, lease }, caller)
    return { connection: this.#known(connection).name, generation: 2, replaced: true }
  }

  async rejectToken(
    connection: ConnectionName,
    _accessToken: Secret,
    caller: Caller,
  ): Promise<Answer<'reject'>> {
    this.#remember('rejectToken', { connection }, caller)
    return { connection: this.#known(connection).name, generation: 2, replaced: true }
  }

  async refresh(connection: ConnectionName, caller: Caller): Promise<Answer<'refresh'>> {
    this.#remember('refresh', { connection }, caller)
    return { connection: this.#known(connection).name, generation: 2, expiresAt: null }
  }

  async add(request: AddConnection, caller: Caller): Promise<ConnectionStatus> {
    this.#remember('add', request, caller)
    const status = statusFor(request.name)
    this.#connections.set(request.name, status)
    return status
  }

  async signOut(
    connection: ConnectionName,
    { forget }: Query<'signOut'>,
    caller: Caller,
  ): Promise<Answer<'signOut'>> {
    this.#remember('signOut', { connection, forget }, caller)
    return { connection: this.#known(connection).name, revoked: true, left: '' }
  }

  async beginConsent(
    connection: ConnectionName,
    options: Body<'beginConsent'>,
    caller: Caller,
  ): Promise<ConsentBegun> {
    this.#remember('beginConsent', { connection, options }, caller)
    this.#known(connection)
    return { kind: 'done', attempt: AttemptId.parse('attempt-0001'), generation: 1 }
  }

  async cancelConsent(connection: ConnectionName, caller: Caller): Promise<Answer<'cancelConsent'>> {
    this.#remember('cancelConsent', { connection }, caller)
    const { name, state } = this.#known(connection)
    return { connection: name, state }
  }

  async setSecret(
    connection: ConnectionName,
    asked: Body<'setSecret'>,
    caller: Caller,
  ): Promise<ConnectionStatus> {
    this.#remember('setSecret', { connection, ...asked }, caller)
    return this.#known(connection)
  }

  async rotateSecret(
    connection: ConnectionName,
    asked: Body<'rotateSecret'>,
    caller: Caller,
  ): Promise<ConnectionStatus> {
    this.#remember('rotateSecret', { connection, ...asked }, caller)
    return this.#known(connection)
  }

  async simulate(request: Body<'simulate'>, caller: Caller): Promise<ConnectionStatus> {
    this.#remember('simulate', request, caller)
    return this.#known(request.connection)
  }

  async vault(request: Body<'vault'>, caller: Caller): Promise<VaultStatus> {
    this.#remember('vault', request, caller)
    return this.vaultStatus()
  }

  health(): Answer<'health'> {
    const connections = this.connections().map(({ name, state }) => ({ name, state, servable: true }))
    return { healthy: true, connections }
  }

  async diagnose(name: ConnectionName | undefined): Promise<Diagnosis> {
    if (name !== undefined) this.#known(name)
    return { at: '2030-01-01T00:00:00.000Z', findings: [], checked: ['the vault'] }
  }

  subscribe(listener: (event: DaemonEvent) => void): Cancel {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async idle(): Promise<void> {}

  async quiesce(): Promise<void> {}

  #known(name: string): ConnectionStatus {
    const status = this.#connections.get(name)
    if (status === undefined) throw new Refusal('unknown_connection', `no connection ${name}`)
    return status
  }

  #remember(method: string, given: unknown, caller: Caller): void {
    this.calls.push({ method, given, caller })
  }
}

export const statusFor = (name: string): ConnectionStatus => ({
  name: ConnectionName.parse(name),
  provider: ProviderId.parse('oidc'),
  state: 'active',
  reason: '',
  fix: '',
  account: { id: 'subject-1', label: 'ada@example.test' },
  scopes: [Scope.parse('openid')],
  scopesAsked: [Scope.parse('openid')],
  flow: 'code',
  issuer: 'https://issuer.test',
  variable: null,
  clientSecret: null,
  needsYouBy: null,
  expiresAt: '2030-01-01T01:00:00.000Z',
  retryAt: null,
  lastRefreshAt: null,
  generation: 1,
  signInBy: ['code', 'device'],
  offline: false,
  leases: 0,
})

export const leaseFor = (connection: ConnectionName): Lease => ({
  connection,
  accessToken: `access-token-of-${connection}`,
  tokenType: 'Bearer',
  expiresAt: '2030-01-01T01:00:00.000Z',
  scopes: [Scope.parse('openid')],
  account: { id: 'subject-1', label: 'ada@example.test' },
  lease: LeaseId.parse('lease-0001'),
  generation: 1,
})
