/**
 * One connection at run time: holds its state and its secrets, carries out the lifecycle's effects, and lets
 * callers wait for their end. All decisions are the lifecycle's; this file only does.
 *
 * Exchanges take turns, and so do writes; whatever had to wait looks first whether it is still wanted.
 */
import type { Account, ConnectionStatus, NeedsYouBy, ScopeDrift } from '../../shared/contract/connection.js'
import type { SimulationKind } from '../../shared/contract/simulation.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { ConsentOutcome } from '../../shared/contract/events.js'
import type { AttemptId } from '../../shared/contract/ids.js'
import type { ProviderProfile } from '../providers/profile.js'
import type { Recorder } from './audit.js'
import { BesideTokens } from './besideTokens.js'
import type { Wish } from './besideWish.js'
import type { HeldSecret } from './clientSecret.js'
import { ClientSecretKeeper } from './clientSecretKeeper.js'
import { ConnectionStore } from './connectionStore.js'
import { nobodySignsIn } from './consentRules.js'
import { isServable, outlives, type HeldGrant, type Moment } from './freshness.js'
import { driftOf, ScopeUse } from './drift.js'
import { GrantEnd } from './grantEnd.js'
import { Holdings } from './holdings.js'
import { advance } from './lifecycle.js'
import { needsYouBy } from './needsYouBy.js'
import { originOf } from './origins.js'
import type { Tokens } from './outcome.js'
import type { Caller, Clock, LoadedConnection, Log, Metrics, Random, Vault } from './ports.js'
import type { Client, ProvingServer } from './provingServer.js'
import { Queue } from './queue.js'
import type { ConnectionDefinition, GrantFacts, RegisteredClient } from './record.js'
import { recover } from './recovery.js'
import type { Ended, Verified } from './revocation.js'
import { Rotation } from './rotation.js'
import { RunningSimulation } from './runningSimulation.js'
import type { Secret } from './secret.js'
import { following, type Setback } from './setback.js'
import { refuseHopeless, type Simulated } from './simulate.js'
import { refusalFor, statusOf } from './standing.js'
import { grantOf, isBeside, settledOf, type Effect, type Event, type State } from './states.js'
import type { Context } from './step.js'
import { nextGrant, refreshRule, rotatedBeside, unrenewed, type TokenSource } from './tokens.js'
import { Waiters, type Servable } from './waiters.js'
import { wakeInMs } from './wakeUps.js'

export interface ConnectionPorts {
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly server: ProvingServer
  readonly recorder: Recorder
  readonly metrics: Metrics
  readonly log: Log
}

/** What a connection tells the broker. */
export interface ConnectionListener {
  /** What people see of it is another. */
  changed(connection: Connection): void
  /** It went on, seen or not: it may be due at another time. */
  moved(connection: Connection): void
  /** A connection, this one too, with a grant that the account gave to the same client. */
  holderOf(connection: Connection, account: Account | null): Connection | undefined
  /** It is about to ask its server. */
  asking(connection: Connection): void
  consentEnded(
    connection: Connection,
    end: { attempt: AttemptId; outcome: ConsentOutcome; message: string; fix: string },
  ): void
  /** The server understood and answered: others of the same server may try again. */
  reached(connection: Connection): void
  /** Its time is over, or a new grant took its place. */
  simulationEnded(connection: Connection): void
}

export class Connection {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  /** Of its server; '' when it has none. */
  readonly origin: string
  leaseCount = 0
  /** Access tokens beside the grant's own. */
  readonly beside: BesideTokens
  /** Since the daemon started. */
  readonly scopeUse = new ScopeUse()
  readonly #ports: ConnectionPorts
  readonly #listener: ConnectionListener
  readonly #holdings: Holdings
  /** Exchanges with the server (I2). */
  readonly #exchanges = new Queue()
  readonly #store: ConnectionStore
  readonly #clientSecret: ClientSecretKeeper
  readonly #waiters: Waiters
  readonly #rotation: Rotation
  readonly #end: GrantEnd
  readonly #simulation: RunningSimulation
  /** The last that was kept aside, and of which account as far as it was said. */
  #latest: { readonly generation: number; readonly account: Account | null } | undefined
  /** Sign-outs under way. */
  #leaving = 0
  #state: State
  #setback: Setback | undefined
  #closing = false
  /** Whether somebody will be needed, as of the last look. */
  #needTold = false
  /** The generation of the latest grant a person gave. */
  #consented: number | undefined

  constructor(
    loaded: LoadedConnection,
    profile: ProviderProfile,
    ports: ConnectionPorts,
    listener: ConnectionListener,
  ) {
    this.definition = loaded.record.definition
    this.profile = profile
    const { server } = this.definition
    this.origin = server === null ? '' : originOf(server.endpoints.token_endpoint)
    this.#ports = ports
    this.#listener = listener
    this.#setback = loaded.record.setback
    this.#holdings = new Holdings(loaded)
    this.#store = new ConnectionStore(ports, this, this.#holdings)
    this.#clientSecret = new ClientSecretKeeper(ports.clock, this.#holdings, this.#store, () =>
      listener.changed(this),
    )
    this.#waiters = new Waiters(ports, this)
    this.beside = new BesideTokens(ports, this)
    this.#rotation = new Rotation(ports, this, this.#holdings, this.#store, this.#waiters)
    this.#end = new GrantEnd(ports, this, this.#holdings, this.#store)
    this.#simulation = new RunningSimulation(ports.clock, this)
    this.#state = recover(loaded, refreshRule(this.definition, profile), ports.clock.now())
  }

  get state(): State {
    return this.#state
  }

  /** What callers and people meet: the state, or what a simulation makes of it. */
  get shown(): State {
    return this.#simulation.shown
  }

  /** What last kept it from new tokens; undefined once it has some. */
  get setback(): Setback | undefined {
    return this.#setback
  }

  met(setback: Setback): void {
    this.#setback = following(this.#setback, setback)
  }

  forgetSetback(): void {
    this.#setback = undefined
  }

  /** A grant that somebody wants to go on. */
  get wanted(): GrantFacts | undefined {
    return this.#leaving > 0 ? undefined : grantOf(this.#state)?.facts
  }

  get closing(): boolean {
    return this.#closing
  }

  /** What is wanted beside is asked for by the own access token. */
  get besideByOwn(): boolean {
    return this.profile.downScope.kind === 'api'
  }

  /** Whether its provider is not to be asked anything for now. */
  get simulating(): boolean {
    return this.#simulation.current !== undefined
  }

  /** Throws for a stored secret: there is no server to be a client of. */
  get client(): Client {
    const { registered } = this.#holdings.secrets
    const { server } = this.definition
    if (server === null) throw nobodySignsIn(this.definition)
    const definition = { ...this.definition, server }
    return { definition, profile: this.profile, registered, ...this.#clientSecret.proof }
  }

  status(): ConnectionStatus {
    const simulation = this.#simulation.told
    const { used } = this.scopeUse
    const status = statusOf(this.definition, this.shown, this.leaseCount, this.#moment())
    const drift = this.#drift(status)
    return {
      ...status,
      clientSecret: this.#clientSecret.status,
      needsYouBy: this.#needsYouBy(),
      ...(simulation && { simulation }),
      ...(used.length > 0 && { scopesUsed: used }),
      ...(drift && { drift }),
    }
  }

  /** Of a grant there is; without one everything asked for is missing, and no news. */
  #drift({
    scopes: granted,
    scopesAsked: asked,
  }: Pick<ConnectionStatus, 'scopes' | 'scopesAsked'>): ScopeDrift | undefined {
    // Resources give what was agreed to there, in names of their own.
    if (this.profile.downScope.kind === 'resources') return undefined
    return grantOf(this.shown) ? driftOf({ asked, granted }, this.scopeUse) : undefined
  }

  /** What may be handed out now, whatever its rest of life. */
  servable(): Servable | undefined {
    return isServable(grantOf(this.shown), this.#moment()) ? this.#current() : undefined
  }

  /** The rotation that brought the own access token there is; later ones may have left it. */
  get accessGeneration(): number {
    return grantOf(this.#state)?.accessGeneration ?? settledOf(this.#state).generation
  }

  /** Why there is nothing to hand out. */
  refusal(): Refusal {
    return this.closing ? stopping() : refusalFor(this.shown, this.definition, this.#moment())
  }

  /** `turnInMs`: when it is its turn to ask its server. */
  wakeInMs(turnInMs: number): number | undefined {
    return this.#simulation.wakeInMs() ?? wakeInMs(this.#state, this.#context(), turnInMs)
  }

  /** At once when the cached access token outlives `minValidityMs`, else after the refresh all waiters share. */
  lease(minValidityMs: number): Servable | Promise<Servable> {
    if (outlives(grantOf(this.shown), this.#moment(), minValidityMs)) {
      const servable = this.#current()
      if (servable) return servable
    }
    const simulated = this.#simulation.current
    if (simulated) return this.#leaseSimulated(simulated, minValidityMs)
    const served = this.#waiters.forLease()
    this.dispatch({ kind: 'leaseNeeded' })
    return served
  }

  /** The same for an access token beside the grant's own. */
  leaseBeside(wish: Wish, minValidityMs: number): Servable | Promise<Servable> {
    // What works no longer there works nowhere.
    if (this.simulating && grantOf(this.shown)?.rejected) throw this.refusal()
    return this.beside.lease(wish, minValidityMs)
  }

  /** As after an exchange that came to this end: what still works, or why nothing does. */
  async #leaseSimulated(simulated: Simulated, minValidityMs: number): Promise<Servable> {
    await this.#simulation.answered(simulated)
    if (!this.simulating) return this.lease(minValidityMs)
    const servable = this.servable()
    if (servable) return servable
    throw this.refusal()
  }

  #current(): Servable | undefined {
    const grant = grantOf(this.shown)
    const { accessToken } = this.#holdings.secrets
    return grant && accessToken ? { accessToken, facts: grant.facts } : undefined
  }

  /** The generation this access token was handed out with, when it is still the one in use. */
  generationOf(accessToken: Secret): number | undefined {
    const current = this.#current()
    return current?.accessToken.reveal() === accessToken.reveal() ? current.facts.generation : undefined
  }

  /** One exchange; resolves once the new generation is durable. */
  async refresh(caller: Caller): Promise<GrantFacts> {
    const simulated = this.#simulation.current
    if (simulated) return this.#refreshSimulated(simulated, caller)
    const refreshed = this.#waiters.forRefresh(caller)
    this.beside.forgive()
    this.#askRefresh()
    return refreshed
  }

  #askRefresh(): void {
    this.dispatch({ kind: 'refreshAsked' })
    const settled = settledOf(this.#state)
    const underWay = settled.kind === 'refreshing' || (settled.kind === 'unsaved' && settled.saving)
    if (!underWay) this.#waiters.refuseRefreshes()
  }

  /** An exchange for something beside is over: who came meanwhile for the grant's own got nothing of theirs. */
  #askAgain(): void {
    if (this.simulating) {
      this.#waiters.refuseRefreshes()
      this.#waiters.answer()
      return
    }
    if (this.#waiters.wantLease) this.dispatch({ kind: 'leaseNeeded' })
    if (this.#waiters.askedToRefresh) this.#askRefresh()
  }

  /** What is wanted beside comes after all else, one exchange after the other. */
  askBeside(): void {
    const wish = this.beside.next()
    const { kind } = settledOf(this.#state)
    if (wish === undefined || kind === 'refreshing') return
    if (kind === 'active' && !this.closing) this.dispatch({ kind: 'besideNeeded', wish })
    if (settledOf(this.#state).kind === 'refreshing') return
    const simulated = this.#simulation.current
    this.beside.turnAway(simulated ? this.#simulation.unaskedFor(simulated) : this.refusal())
  }

  async #refreshSimulated(simulated: Simulated, caller: Caller): Promise<GrantFacts> {
    await this.#simulation.answered(simulated)
    if (!this.simulating) return this.refresh(caller)
    throw this.#simulation.unaskedFor(simulated)
  }

  simulate(kind: SimulationKind, forMs: number): void {
    this.#simulation.begin(kind, forMs)
  }

  /** false: there was none. */
  endSimulation(): boolean {
    return this.#simulation.end()
  }

  shownAnew(): void {
    this.#listener.changed(this)
    this.#listener.moved(this)
  }

  simulationEnded(): void {
    this.#listener.simulationEnded(this)
  }

  /** Ends the grant at the provider and nowhere else: fob finds out as it would of anybody's doing. */
  async revokeThere(): Promise<Ended> {
    refuseHopeless(this.#state, this.definition.name)
    const ended = await this.#end.revokeHeld()
    const grant = grantOf(this.#state)
    if (ended.revoked && grant) this.dispatch({ kind: 'rejected', generation: grant.facts.generation })
    await this.idle()
    return ended
  }

  /** Runs an exchange when no other is under way, and lets its tokens be saved before the next. */
  exchange(run: () => Promise<void>): Promise<void> {
    return this.#exchanges.take(async () => {
      await run()
      await this.#store.idle()
    })
  }

  /** Keeps tokens aside until they are durable and names the grant they make. */
  hold(tokens: Tokens, source: TokenSource): HeldGrant {
    const generation = settledOf(this.#state).generation + 1
    const before = grantOf(this.#state)?.facts
    if (source === 'consent') this.#consented = generation
    const kept = keptOf(tokens, this.definition)
    this.#latest = { generation, account: kept.account }
    this.#holdings.hold(generation, kept)
    return nextGrant(kept, source, generation, before, this.definition, this.#moment())
  }

  /** The same for a refresh that brought nothing for callers. */
  holdUnrenewed(before: HeldGrant, refreshToken: Tokens['refreshToken']): HeldGrant {
    const generation = settledOf(this.#state).generation + 1
    this.#holdings.holdUnrenewed(generation, refreshToken)
    return unrenewed(before, generation)
  }

  /** The same for tokens whose access token comes beside the grant's own, which stays. */
  holdBeside(tokens: Tokens, wish: Wish): HeldGrant {
    const generation = settledOf(this.#state).generation + 1
    const before = grantOf(this.#state)
    const expiresAt = this.besideByOwn ? soonest(tokens.expiresAt, before?.facts.expiresAt) : tokens.expiresAt
    const kept = { ...keptOf(tokens, this.definition), scopes: tokens.scopes ?? wish, expiresAt }
    const grant = nextGrant(kept, 'refresh', generation, before?.facts, this.definition, this.#moment())
    this.#holdings.holdBeside(generation, kept, { wish, accessToken: kept.accessToken, grant })
    return before ? rotatedBeside(before, generation) : grant
  }

  /** Rejects when the tombstone cannot be written; then nothing changes. */
  async signOut(verify: boolean): Promise<Ended & Partial<Verified>> {
    this.#leaving += 1
    try {
      return await this.#end.signOut(verify)
    } finally {
      this.#leaving -= 1
    }
  }

  /** Removes what is left after a sign-out. */
  forget(): Promise<void> {
    return this.#store.forget()
  }

  /** A client that was registered for the connection's life is durable before it asks for anything. */
  async keepClient(registered: RegisteredClient | undefined): Promise<void> {
    if (registered?.kept !== true) return
    if (registered.clientId === this.#holdings.secrets.registered?.clientId) return
    await this.#store.take(async () => {
      await this.#store.commit({}, { ...this.#holdings.secrets, registered })
      this.#holdings.keepClient(registered)
    })
  }

  get clientSecret(): HeldSecret | undefined {
    return this.#clientSecret.held
  }

  /** Resolves once it is durable; when it cannot be, the one before stays in use. */
  async setSecret(given: Pick<HeldSecret, 'secret' | 'expiresAt'>): Promise<void> {
    await this.#clientSecret.keep({ ...given, before: null })
    this.dispatch({ kind: 'configChanged' })
  }

  /** The same for a step of a rotation, which tries the new one by itself. */
  async keepSecret(held: HeldSecret): Promise<void> {
    await this.#clientSecret.keep(held)
    this.#listener.changed(this)
  }

  /** Whether there is a grant to ask with. */
  get renewable(): boolean {
    return grantOf(this.#state)?.facts.renewable === true
  }

  /** To be called now and then: what time alone changes. */
  look(): void {
    this.#clientSecret.look()
    const needed = this.#needsYouBy() !== null
    if (needed !== this.#needTold) this.#listener.changed(this)
    this.#needTold = needed
  }

  #needsYouBy(): NeedsYouBy | null {
    const { definition, profile, shown: state } = this
    const { clientSecret: client, secrets } = this.#holdings
    const { registered } = secrets
    return needsYouBy({ definition, profile, state, client, registered }, this.#ports.clock.now())
  }

  dispatch(event: Event): void {
    if (this.#simulation.holdsBack(event)) return
    const jitter = this.#ports.random.fraction()
    const before = this.#state
    const { state, effects } = advance(before, event, { ...this.#context(), jitter })
    this.#state = state
    for (const effect of effects) this.#run(effect)
    if (state !== before) this.#listener.moved(this)
    const replaced = before.kind === 'authorizing' && event.kind === 'committed' && state.kind === 'active'
    if (replaced || event.kind === 'signOut') this.#simulation.endOfItself()
    if (isAnswered(event)) this.#listener.reached(this)
    if (isBeside(before) && !isBeside(state)) this.#askAgain()
    if (event.kind !== 'besideNeeded') this.askBeside()
  }

  /** Lets what runs come to its end and reach the disk, and starts no exchange any more. */
  async close(): Promise<void> {
    this.#closing = true
    this.#simulation.drop()
    await this.idle()
    // The last chance for tokens that are in memory only.
    if (settledOf(this.#state).kind === 'unsaved') this.dispatch({ kind: 'refreshAsked' })
    await this.idle()
  }

  /** Resolves once no exchange runs and nothing is written. */
  async idle(): Promise<void> {
    while (this.#exchanges.busy || this.#store.busy) {
      await this.#exchanges.idle()
      await this.#store.idle()
    }
  }

  #run(effect: Effect): void {
    switch (effect.kind) {
      case 'commitIntent':
        this.#listener.asking(this)
        return this.#write(() => this.#rotation.commitIntent(effect.generation))
      case 'callRefresh':
        return this.#inBackground(this.exchange(() => this.#rotation.callRefresh(effect.generation)))
      case 'commitGrant':
        return this.#write(() => this.#rotation.commitGrant(effect.facts))
      case 'clearIntent':
        // The server surely did not act on the announced refresh, so a restart need not doubt.
        this.#holdings.intent = null
        return this.#write(() => this.#store.commitQuietly())
      case 'commitStanding':
        this.#holdings.intent = null
        return this.#write(() => this.#store.commitQuietly())
      case 'discardAccessToken':
        this.#holdings.discardAccessToken()
        return this.#write(() => this.#store.commitQuietly())
      case 'useTokens':
        this.forgetSetback()
        return this.#use(effect.generation)
      case 'revokeTokens':
        return this.#endStray(effect.generation)
      case 'answerWaiters':
        return this.#waiters.answer()
      case 'refuseBeside':
        return this.beside.failed(effect.wish, effect.because)
      case 'publish':
        return this.#listener.changed(this)
      case 'endConsent':
        return this.#listener.consentEnded(this, { ...effect, fix: this.#consentFix(effect) })
    }
  }

  /** Ended at the provider, where that does not end a grant as well that is wanted. */
  #endStray(generation: number): void {
    const account = this.#latest?.generation === generation ? this.#latest.account : null
    if (this.endingWith(account) !== undefined) this.#holdings.drop(generation)
    else this.#inBackground(this.#end.revokeStray(generation))
  }

  /** Which connection's grant would end too, if a token of this account were ended at the provider. */
  endingWith(account: Account | null): string | undefined {
    // A client that acts for itself has no grant of anybody's.
    if (this.profile.revocationEndsAll !== true || this.definition.flow === 'client-credentials')
      return undefined
    return this.#listener.holderOf(this, account)?.definition.name
  }

  /**
   * Tokens beside a grant go with it when another takes its place. They stay when its own is renewed, but for those
   * that the own was asked for: it may have taken them with it.
   */
  #use(generation: number): void {
    const beside = this.#holdings.use(generation)
    if (beside !== undefined) this.beside.arrived(beside)
    else if (generation === this.#consented || this.besideByOwn) this.beside.end()
  }

  /** The lifecycle knows no name to put into a command. */
  #consentFix({ outcome, fix }: Effect & { kind: 'endConsent' }): string {
    const { name } = this.definition
    if (fix !== '' || outcome === 'granted') return fix
    // Saving is tried again; another sign-in would only add a grant that cannot be saved.
    if (settledOf(this.#state).kind === 'unsaved') return `fob refresh ${name}`
    return outcome === 'wrongAccount' ? `fob sign-out ${name}` : `fob sign-in ${name}`
  }

  #write(work: () => Promise<void>): void {
    this.#inBackground(this.#store.take(work))
  }

  /** Nobody waits for these, and none of them may end the daemon. */
  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      this.#ports.log.error({ connection: this.definition.name, error }, 'a step of the lifecycle broke down')
    })
  }

  #moment(): Moment {
    return { now: this.#ports.clock.now(), monotonic: this.#ports.clock.monotonic() }
  }

  #context(): Omit<Context, 'jitter'> {
    return {
      at: this.#moment(),
      refreshToken: refreshRule(this.definition, this.profile),
      refreshEndsAccessToken: this.profile.refreshEndsAccessToken,
      besideByOwn: this.besideByOwn,
      stored: this.definition.server === null,
    }
  }
}

/** null: does not expire. */
const soonest = (one: number | null, other: number | null = null): number | null =>
  one === null || other === null ? (one ?? other) : Math.min(one, other)

/** Client credentials are asked for anew each time, whatever the server gives with them (RFC 6749 §4.4.3). */
const keptOf = (tokens: Tokens, { flow }: ConnectionDefinition): Tokens =>
  flow === 'client-credentials' ? { ...tokens, refreshToken: undefined } : tokens

/** An answer of the server itself, be it that the grant is over; what stands between says other things. */
const isAnswered = (event: Event): boolean =>
  event.kind === 'granted' ||
  (event.kind === 'answered' && (event.answer.kind === 'rotated' || event.answer.kind === 'permanent'))

const stopping = (): Refusal => new Refusal('stopping', 'fob is stopping', { fix: 'fob up' })
