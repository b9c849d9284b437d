/**
 * One connection at run time: its parts put together, its state, and each event on its way through the lifecycle.
 * All decisions are the lifecycle's; its parts only do.
 *
 * Exchanges take turns, and so do writes; whatever had to wait looks first whether it is still wanted.
 */
import type { Account, ConnectionStatus, NeedsYouBy } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ProviderProfile } from '../../providers/profile.js'
import { Arrivals } from './arrivals.js'
import { BesideTokens } from './besideTokens.js'
import { isByOwn } from '../lifecycle/besideWish.js'
import { ConnectionClient } from './connectionClient.js'
import type { ConnectionListener, ConnectionPorts } from './connectionListener.js'
import { connectionStatus } from './connectionStatus.js'
import { ConnectionStore } from './connectionStore.js'
import { fixAfter } from '../lifecycle/consentOutcome.js'
import { ScopeUse } from './drift.js'
import { Effects, type EffectListener } from './effects.js'
import { momentOf } from '../lifecycle/freshness.js'
import { GrantEnd } from './grantEnd.js'
import { Holdings } from './holdings.js'
import { advance } from '../lifecycle/lifecycle.js'
import { needsYouBy } from './needsYouBy.js'
import { originOf } from '../origins.js'
import type { LoadedConnection } from '../ports.js'
import type { Client } from '../clientSecret/provingServer.js'
import { Queue } from '../queue.js'
import type { ConnectionDefinition, GrantFacts } from '../record.js'
import { recover } from '../lifecycle/recovery.js'
import type { Ended, Verified } from './revocation.js'
import { Rotation } from './rotation.js'
import { RunningSimulation } from './runningSimulation.js'
import { following, type Setback } from '../setback.js'
import { Serving } from './serving.js'
import { refusalFor } from '../lifecycle/standing.js'
import { grantOf, isBeside, settledOf, type Event, type State } from '../lifecycle/states.js'
import type { Context } from '../lifecycle/step.js'
import { refreshRule } from '../lifecycle/tokens.js'
import { Waiters, type Servable } from './waiters.js'
import { wakeInMs } from '../lifecycle/wakeUps.js'

export class Connection {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  /** Of its server; '' when it has none. */
  readonly origin: string
  leaseCount = 0
  /** Access tokens beside the grant's own. */
  readonly beside: BesideTokens
  /** What it is to its server. */
  readonly ownClient: ConnectionClient
  /** What callers get of it. */
  readonly serving: Serving
  /** What comes for it. */
  readonly arrivals: Arrivals
  /** A trouble that is pretended. While there is one, its provider is not asked anything. */
  readonly simulation: RunningSimulation
  /** Since the daemon started. */
  readonly scopeUse = new ScopeUse()
  readonly #ports: ConnectionPorts
  readonly #listener: ConnectionListener<Connection>
  readonly #holdings: Holdings
  /** Exchanges with the server (I2). */
  readonly #exchanges = new Queue()
  readonly #store: ConnectionStore
  readonly #end: GrantEnd
  readonly #effects: Effects
  #state: State
  #setback: Setback | undefined
  #closing = false
  /** Whether somebody will be needed, as of the last look. */
  #needTold = false

  constructor(
    loaded: LoadedConnection,
    profile: ProviderProfile,
    ports: ConnectionPorts,
    listener: ConnectionListener<Connection>,
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
    this.ownClient = new ConnectionClient(ports.clock, this, this.#holdings, this.#store)
    const waiters = new Waiters(ports, this)
    this.beside = new BesideTokens(ports, this)
    this.arrivals = new Arrivals(ports.clock, this, this.#holdings)
    this.#end = new GrantEnd(ports, this, this.#holdings, this.#store)
    this.simulation = new RunningSimulation(ports.clock, this)
    const { clock, log } = ports
    const { beside, simulation } = this
    const [holdings, store] = [this.#holdings, this.#store]
    this.serving = new Serving(this, { clock, holdings, waiters, beside, simulation })
    const rotation = new Rotation(ports, this, holdings, store, waiters)
    const parts = { log, holdings, store, rotation, waiters, end: this.#end }
    this.#effects = new Effects(this, parts, this.#effectListener())
    this.#state = recover(loaded, refreshRule(this.definition, profile), ports.clock.now())
  }

  #effectListener(): EffectListener {
    return {
      asking: () => this.#listener.asking(this),
      changed: () => this.changed(),
      consentEnded: (end) => {
        const isUnsaved = settledOf(this.#state).kind === 'unsaved'
        const fix = fixAfter(end, this.definition.name, isUnsaved)
        this.#listener.consentEnded(this, { ...end, fix })
      },
    }
  }

  get state(): State {
    return this.#state
  }

  /** What callers and people meet: the state, or what a simulation makes of it. */
  get shown(): State {
    return this.simulation.shown
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
    return this.#end.underWay ? undefined : grantOf(this.#state)?.facts
  }

  get closing(): boolean {
    return this.#closing
  }

  get client(): Client {
    return this.ownClient.current
  }

  status(): ConnectionStatus {
    const { definition, profile, shown, leaseCount, scopeUse } = this
    const clientSecret = this.ownClient.status
    const [needsYouBy, simulation] = [this.#needsYouBy(), this.simulation.told]
    return connectionStatus(
      { definition, profile, shown, leaseCount, scopeUse, clientSecret, needsYouBy, simulation },
      momentOf(this.#ports.clock),
    )
  }

  /** What may be handed out now, whatever its rest of life. */
  servable(): Servable | undefined {
    return this.serving.servable()
  }

  /** Why there is nothing to hand out. */
  refusal(): Refusal {
    return this.closing ? stopping() : refusalFor(this.shown, this.definition, momentOf(this.#ports.clock))
  }

  /** `turnInMs`: when it is its turn to ask its server. */
  wakeInMs(turnInMs: number): number | undefined {
    return this.simulation.wakeInMs() ?? wakeInMs(this.#state, this.#context(), turnInMs)
  }

  askBeside(): void {
    this.serving.askBeside()
  }

  /** What people see of it is another. */
  changed(): void {
    this.#listener.changed(this)
  }

  shownAnew(): void {
    this.changed()
    this.#listener.moved(this)
  }

  simulationEnded(): void {
    this.#listener.simulationEnded(this)
  }

  /** Ends the grant at the provider and nowhere else: fob finds out as it would of anybody's doing. */
  async revokeThere(): Promise<Ended> {
    const ended = await this.#end.revokeThere()
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

  /** Rejects when the tombstone cannot be written; then nothing changes. */
  signOut(verify: boolean): Promise<Ended & Partial<Verified>> {
    return this.#end.signOut(verify)
  }

  /** Removes what is left after a sign-out. */
  forget(): Promise<void> {
    return this.#store.forget()
  }

  /** Whether there is a grant to ask with. */
  get renewable(): boolean {
    return grantOf(this.#state)?.facts.renewable === true
  }

  /** To be called now and then: what time alone changes. */
  look(): void {
    this.ownClient.look()
    const needed = this.#needsYouBy() !== null
    if (needed !== this.#needTold) this.changed()
    this.#needTold = needed
  }

  #needsYouBy(): NeedsYouBy | null {
    const { definition, profile, shown: state } = this
    const { clientSecret: client, secrets } = this.#holdings
    const { registered } = secrets
    return needsYouBy({ definition, profile, state, client, registered }, this.#ports.clock.now())
  }

  dispatch(event: Event): void {
    if (this.simulation.holdsBack(event)) return
    const jitter = this.#ports.random.fraction()
    const before = this.#state
    const { state, effects } = advance(before, event, { ...this.#context(), jitter })
    this.#state = state
    for (const effect of effects) this.#effects.run(effect)
    if (state !== before) this.#listener.moved(this)
    const replaced = before.kind === 'authorizing' && event.kind === 'committed' && state.kind === 'active'
    if (replaced || event.kind === 'signOut') this.simulation.endOfItself()
    if (isAnswered(event)) this.#listener.reached(this)
    if (isBeside(before) && !isBeside(state)) this.serving.askAgain()
    if (event.kind !== 'besideNeeded') this.askBeside()
  }

  /** Lets what runs come to its end and reach the disk, and starts no exchange any more. */
  async close(): Promise<void> {
    this.#closing = true
    this.simulation.drop()
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

  /** Which connection's grant would end too, if a token of this account were ended at the provider. */
  endingWith(account: Account | null): string | undefined {
    // A client that acts for itself has no grant of anybody's.
    if (this.profile.revocationEndsAll !== true || this.definition.flow === 'client-credentials')
      return undefined
    return this.#listener.holderOf(this, account)?.definition.name
  }

  #context(): Omit<Context, 'jitter'> {
    return {
      at: momentOf(this.#ports.clock),
      refreshToken: refreshRule(this.definition, this.profile),
      refreshEndsAccessToken: this.profile.refreshEndsAccessToken,
      besideByOwn: isByOwn(this.profile),
      stored: this.definition.server === null,
    }
  }
}

/** An answer of the server itself, be it that the grant is over; what stands between says other things. */
const isAnswered = (event: Event): boolean =>
  event.kind === 'granted' ||
  (event.kind === 'answered' && (event.answer.kind === 'rotated' || event.answer.kind === 'permanent'))

const stopping = (): Refusal => new Refusal('stopping', 'fob is stopping', { fix: 'fob up' })
