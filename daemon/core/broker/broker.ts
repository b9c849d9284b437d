/** What callers may ask about connections: all that whatever stands before the core sees of them. */
import type { AwsCredentials } from '../../../shared/contract/awsCredentials.js'
import type { ConnectionStatus, VaultStatus } from '../../../shared/contract/connection.js'
import type { ConsentBegun } from '../../../shared/contract/consent.js'
import type { Diagnosis } from '../../../shared/contract/doctor.js'
import type { DaemonEvent } from '../../../shared/contract/events.js'
import type { ConnectionName, LeaseId } from '../../../shared/contract/ids.js'
import type { Lease } from '../../../shared/contract/lease.js'
import type { AddConnection, AddedConnection } from '../../../shared/contract/newConnection.js'
import type { Answer, Body, Query } from '../../../shared/contract/routes.js'
import type { LeaseRequest } from './leasing.js'
import type { Caller, Cancel } from '../ports.js'
import type { RoleRequest } from './roles.js'
import type { Secret } from '../secret.js'

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
  add(request: AddConnection, caller: Caller): Promise<AddedConnection>
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
