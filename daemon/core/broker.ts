/** The one who leases: every question about connections that a caller may ask, answered or refused. */
import type { AddConnection, Answer, Body, ConsentBegun, Lease } from '../../shared/contract/routes.js'
import type { ConnectionStatus, VaultStatus } from '../../shared/contract/connection.js'
import type { DaemonEvent } from '../../shared/contract/events.js'
import type { ConnectionName, LeaseId, Scope } from '../../shared/contract/ids.js'
import type { Caller, Cancel } from './ports.js'

export interface LeaseRequest {
  readonly connection: string
  readonly minValidityMs: number
  readonly scopes: readonly Scope[] | undefined
  readonly resource: string | undefined
}

/**
 * All methods reject (or throw) with a `Refusal`; each leaves its audit line before it answers.
 */
export interface Broker {
  connections(): ConnectionStatus[]
  vaultStatus(): VaultStatus
  quarantined(): readonly string[]
  /** At once when the cached access token will do, else when the refresh that all waiters share is over. */
  lease(request: LeaseRequest, caller: Caller): Lease | Promise<Lease>
  reject(connection: ConnectionName, lease: LeaseId, caller: Caller): Promise<Answer<'reject'>>
  refresh(connection: ConnectionName, caller: Caller): Promise<Answer<'refresh'>>
  add(request: AddConnection, caller: Caller): Promise<ConnectionStatus>
  signOut(connection: ConnectionName, forget: boolean, caller: Caller): Promise<Answer<'signOut'>>
  beginConsent(
    connection: ConnectionName,
    options: Body<'beginConsent'>,
    caller: Caller,
  ): Promise<ConsentBegun>
  cancelConsent(connection: ConnectionName, caller: Caller): Promise<Answer<'cancelConsent'>>
  setSecret(connection: ConnectionName, secret: string, caller: Caller): Promise<ConnectionStatus>
  vault(request: Body<'vault'>, caller: Caller): Promise<VaultStatus>
  health(): Answer<'health'>
  /** Tells of every change from now on; take the snapshot in the same turn to miss nothing. */
  subscribe(listener: (event: DaemonEvent) => void): Cancel
  /** Lets running exchanges end and reach the disk, then starts nothing more. */
  quiesce(): Promise<void>
}
