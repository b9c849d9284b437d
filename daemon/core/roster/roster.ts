/** All connections of this vault: loading them, adding and forgetting, and giving each its turn on the clock. */
import type { Account, VaultStatus } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { AddConnection } from '../../../shared/contract/newConnection.js'
import type { ProviderProfile } from '../../providers/profile.js'
import { freeName } from './accounts.js'
import { endOf, factsOf, givenSecret, sealedOf, type HeldSecret } from '../clientSecret/clientSecret.js'
import { Connection } from '../connection/connection.js'
import type { ConnectionListener, ConnectionPorts } from '../connection/connectionListener.js'
import { planned, refuseUnregistered, type PlannedConnection } from '../newConnection.js'
import { nearestName } from './nearestName.js'
import { originOf, Pace } from '../origins.js'
import { providerNamed } from './providerNamed.js'
import { isSayable } from './sayableName.js'
import type { LoadedConnection } from '../ports.js'
import type { StoredConnection } from '../record.js'
import { STANDING_OK } from '../lifecycle/standing.js'
import { storedConnection } from '../clientSecret/storedSecret.js'

export interface RosterPorts extends ConnectionPorts {
  readonly catalogue: readonly ProviderProfile[]
}

export interface RosterListener extends ConnectionListener<Connection> {
  vaultChanged(vault: VaultStatus): void
}

export class Roster {
  readonly #ports: RosterPorts
  readonly #listener: RosterListener
  readonly #connections = new Map<string, Connection>()
  readonly #pace = new Pace()
  /** Names that are no connection here but must not be given away: being added, or of an unknown provider. */
  readonly #reserved = new Set<string>()
  #quarantined: readonly string[] = []
  #opening: Promise<void> | undefined
  #loaded = false

  constructor(ports: RosterPorts, listener: RosterListener) {
    this.#ports = ports
    this.#listener = listener
    void this.#open()
  }

  get loaded(): boolean {
    return this.#loaded
  }

  get quarantined(): readonly string[] {
    return this.#quarantined
  }

  all(): Connection[] {
    return [...this.#connections.values()]
  }

  /** Resolves once the vault is open; rejects with `vault_locked` when its key does not come. */
  async opened(): Promise<void> {
    await this.#opening
    if (this.#loaded) return
    const { reason, fix } = this.#ports.vault.status()
    throw new Refusal('vault_locked', reason, { fix })
  }

  /** Resolves when the opening under way is over, at the latest after `patienceMs`; never rejects. */
  async looked(patienceMs: number): Promise<void> {
    if (this.#opening === undefined) return
    const opening = this.#opening
    await new Promise<void>((resolve) => {
      const cancel = this.#ports.clock.wake(patienceMs, resolve)
      void opening.then(() => {
        cancel()
        resolve()
      })
    })
  }

  of(name: string): Connection {
    const connection = this.#connections.get(name)
    if (connection) return connection
    const near = nearestName(name, [...this.#connections.keys()])
    const hint = near === undefined ? '' : `; did you mean ${near}?`
    const said = isSayable(name) ? `there is no connection ${name}` : 'there is no connection of that name'
    throw new Refusal('unknown_connection', `${said}${hint}`, {
      field: 'path.c',
      fix: near === undefined ? 'fob add oidc --name NAME --issuer URL --client-id ID' : 'fob status',
    })
  }

  /** The same once the vault is open. */
  async found(name: string): Promise<Connection> {
    await this.opened()
    return this.of(name)
  }

  async add(request: AddConnection): Promise<Connection> {
    const profile = providerNamed(request.provider, this.#ports.catalogue)
    const hasServer = profile.server.kind !== 'none'
    const secret = hasServer ? givenSecret(request) : undefined
    // What is kept elsewhere is looked at now, so that a slip is found out while the person is here.
    const clientSecret = secret && (await this.#ports.server.reveal(secret)).reveal()
    const now = this.#ports.clock.now()
    const held = secret && {
      secret,
      before: null,
      expiresAt: endOf(request.secretExpiresAt, now, 'secretExpiresAt'),
    }
    const plan = hasServer ? planned({ ...request, clientSecret }, profile) : undefined
    this.#refuseTaken(request, plan)
    this.#reserved.add(request.name)
    try {
      const stored = plan === undefined ? storedConnection(request, now) : await this.#define(plan, held)
      await this.#ports.vault.commit(stored)
      return this.#admit({ ...stored, restored: false }, profile)
    } finally {
      this.#reserved.delete(request.name)
    }
  }

  async #define(request: PlannedConnection, held: HeldSecret | undefined): Promise<StoredConnection> {
    const { server, authentication } = await this.#ports.server.pin(request)
    refuseUnregistered(request, server.endpoints)
    const { name, provider, clientId, flow, scopes: scopesAsked } = request
    const { redirectUri, details, roleEndpoint } = request
    const definition = {
      name,
      provider,
      clientId,
      authentication,
      flow,
      scopesAsked,
      server: roleEndpoint === undefined ? server : { ...server, roleEndpoint },
      ...(redirectUri === undefined ? {} : { redirectUri }),
      ...(details === undefined ? {} : { details }),
    }
    return {
      record: {
        definition,
        generation: 0,
        grant: null,
        standing: STANDING_OK,
        intent: null,
        clientSecret: held && factsOf(held),
      },
      secrets: held ? sealedOf(held) : {},
    }
  }

  async forget(connection: Connection): Promise<void> {
    await connection.forget()
    this.#connections.delete(connection.definition.name)
  }

  /** Who has a grant that this account gave to the same client; whose it is may not be known. */
  holderOf({ origin, definition }: Connection, account: Account | null): Connection | undefined {
    return this.all().find((one) => {
      const facts = one.wanted
      if (facts === undefined || one.origin !== origin) return false
      if (one.definition.clientId !== definition.clientId) return false
      return account === null || facts.account === null || facts.account.id === account.id
    })
  }

  /** Asks for the key again, as a person wishes. */
  async unlock(): Promise<VaultStatus> {
    if (!this.#loaded) await this.#open()
    return this.#ports.vault.status()
  }

  /** Every connection of the same server as `reached` may try again. */
  recovered(reached: Connection): void {
    for (const connection of this.#connections.values()) {
      const same = connection.origin === reached.origin
      if (same && connection !== reached) connection.dispatch({ kind: 'originRecovered' })
    }
  }

  /** A server is about to be asked, by ourselves or for a caller: the others of it wait a moment. */
  asking({ origin }: Connection): void {
    this.#pace.take(origin, this.#ports.clock.monotonic(), this.#ports.random.fraction())
  }

  dueInMs(): number | undefined {
    let earliest: number | undefined
    for (const connection of this.#connections.values()) {
      const due = this.#wakeInMs(connection)
      if (due !== undefined && (earliest === undefined || due < earliest)) earliest = due
    }
    return earliest
  }

  tick(jumped: boolean): void {
    if (!this.#loaded) void this.#open()
    if (jumped) for (const connection of this.all()) connection.dispatch({ kind: 'clockJumped' })
    for (const connection of this.#connections.values()) connection.look()
    for (const connection of this.#longestDueFirst()) {
      // The one before it may have taken its turn.
      if ((this.#wakeInMs(connection) ?? Infinity) <= 0) connection.dispatch({ kind: 'wake' })
    }
  }

  #longestDueFirst(): Connection[] {
    return this.all()
      .flatMap((connection) => {
        const due = connection.wakeInMs(-Infinity)
        return due !== undefined && due <= 0 ? [{ connection, due }] : []
      })
      .sort((one, other) => one.due - other.due)
      .map(({ connection }) => connection)
  }

  #wakeInMs(connection: Connection): number | undefined {
    return connection.wakeInMs(this.#pace.turnInMs(connection.origin, this.#ports.clock.monotonic()))
  }

  #open(): Promise<void> {
    this.#opening ??= this.#load().finally(() => (this.#opening = undefined))
    return this.#opening
  }

  async #load(): Promise<void> {
    const { vault, log } = this.#ports
    try {
      const { connections, quarantined } = await vault.load()
      this.#quarantined = quarantined
      for (const loaded of connections) this.#admitLoaded(loaded)
      this.#loaded = true
    } catch (error) {
      log.warn({ reason: Refusal.reasonOf(error) }, 'vault not open')
    }
    this.#listener.vaultChanged(vault.status())
    for (const connection of this.#connections.values()) this.#listener.changed(connection)
  }

  #admitLoaded(loaded: LoadedConnection): void {
    const { name, provider } = loaded.record.definition
    const profile = this.#ports.catalogue.find(({ id }) => id === provider)
    if (profile) {
      this.#admit(loaded, profile)
      return
    }
    this.#reserved.add(name)
    this.#ports.log.error({ connection: name, provider }, 'provider unknown to this version')
    this.#quarantined = [...this.#quarantined, `${name}: its provider ${provider} is unknown to this version`]
  }

  #admit(loaded: LoadedConnection, profile: ProviderProfile): Connection {
    const connection = new Connection(loaded, profile, this.#ports, this.#listener)
    this.#connections.set(connection.definition.name, connection)
    this.#listener.moved(connection)
    return connection
  }

  /** Who named it after its provider may well want a second account there. */
  #refuseTaken({ name, provider }: AddConnection, plan: PlannedConnection | undefined): void {
    const existing = this.#connections.get(name)
    if (existing !== undefined && plan !== undefined) refuseElsewhere(plan, existing)
    const isTaken = (one: string): boolean => this.#connections.has(one) || this.#reserved.has(one)
    if (!isTaken(name)) return
    const free = freeName(provider, isTaken)
    const another = name === String(provider) ? `; for another account there, add --name ${free}` : ''
    throw new Refusal('connection_exists', `there is a connection ${name} already${another}`, {
      field: 'body.name',
      fix: `fob sign-in ${name}`,
    })
  }
}

/** Where a connection's tokens go was settled when it was added, and nothing that comes later moves it. */
function refuseElsewhere(
  { name, issuer, endpoints }: PlannedConnection,
  { definition, origin }: Connection,
): void {
  // A stored secret belongs to no server.
  if (definition.server === null) return
  const [belongs, wanted] =
    endpoints === undefined
      ? [definition.server.issuer, issuer]
      : [origin, originOf(endpoints.token_endpoint)]
  if (belongs === wanted) return
  const message = `${name} belongs to ${belongs}, and its tokens are never sent elsewhere: not to ${wanted}`
  throw new Refusal('connection_exists', message, {
    field: endpoints === undefined ? 'body.issuer' : 'body.endpoints.token_endpoint',
    fix: `fob sign-out ${name} --forget`,
  })
}
