/**
 * One connection at run time: holds its state and its secrets, carries out the lifecycle's effects, and lets
 * callers wait for their end. All decisions are the lifecycle's; this file only does.
 */
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { ConsentOutcome } from '../../shared/contract/events.js'
import type { AttemptId } from '../../shared/contract/ids.js'
import type { ProviderProfile } from '../providers/profile.js'
import type { Recorder } from './audit.js'
import { isServable, outlives, type HeldGrant, type Moment } from './freshness.js'
import { Holdings } from './holdings.js'
import { advance } from './lifecycle.js'
import type { Outcome, Tokens } from './outcome.js'
import type {
  AuthorizationServer,
  Caller,
  Clock,
  LoadedConnection,
  Log,
  Metrics,
  OAuthClient,
  Random,
  Vault,
} from './ports.js'
import type { ConnectionDefinition, ConnectionRecord, GrantFacts, Standing } from './record.js'
import { recover } from './recovery.js'
import { endTokens, type Ended } from './revocation.js'
import type { Secret } from './secret.js'
import { refusalFor, standingOf, statusOf } from './standing.js'
import { grantOf, settledOf, type Effect, type Event, type State } from './states.js'
import type { Context } from './step.js'
import { nextGrant, refreshRule } from './tokens.js'
import { verdictOf } from './verdict.js'
import { Waiters, type Servable } from './waiters.js'
import { wakeInMs } from './wakeUps.js'

export interface ConnectionPorts {
  readonly clock: Clock
  readonly random: Random
  readonly vault: Vault
  readonly server: AuthorizationServer
  readonly recorder: Recorder
  readonly metrics: Metrics
  readonly log: Log
}

/** What a connection tells the broker. */
export interface ConnectionListener {
  changed(connection: Connection): void
  consentEnded(
    connection: Connection,
    end: { attempt: AttemptId; outcome: ConsentOutcome; message: string; fix: string },
  ): void
  /** The server answered this connection well: others of the same server may try again. */
  reached(connection: Connection): void
}

export class Connection {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  leaseCount = 0
  readonly #ports: ConnectionPorts
  readonly #listener: ConnectionListener
  readonly #waiters = new Waiters()
  readonly #holdings: Holdings
  #state: State
  /** Exchanges of this connection, one after the other (I2). */
  #exchange: Promise<void> = Promise.resolve()
  #saving: Promise<void> = Promise.resolve()
  #refreshCaller: Caller | undefined

  constructor(
    loaded: LoadedConnection,
    profile: ProviderProfile,
    ports: ConnectionPorts,
    listener: ConnectionListener,
  ) {
    this.definition = loaded.record.definition
    this.profile = profile
    this.#ports = ports
    this.#listener = listener
    this.#holdings = new Holdings(loaded.secrets, loaded.record.intent)
    this.#state = recover(loaded, refreshRule(this.definition, profile), ports.clock.now())
  }

  get state(): State {
    return this.#state
  }

  get client(): OAuthClient {
    const { clientSecret } = this.#holdings.secrets
    return { definition: this.definition, secret: clientSecret, profile: this.profile }
  }

  status(): ConnectionStatus {
    return statusOf(this.definition, this.#state, this.leaseCount, this.#moment())
  }

  servable(): boolean {
    return isServable(grantOf(this.#state), this.#moment())
  }

  wakeInMs(): number | undefined {
    return wakeInMs(this.#state, this.#context())
  }

  /** At once when the cached access token outlives `minValidityMs`, else after the refresh all waiters share. */
  lease(minValidityMs: number): Servable | Promise<Servable> {
    if (outlives(grantOf(this.#state), this.#moment(), minValidityMs)) return this.#serve()
    const served = this.#waiters.forLease()
    this.dispatch({ kind: 'leaseNeeded' })
    return served
  }

  /** One exchange; resolves once the new generation is durable. */
  async refresh(caller: Caller): Promise<GrantFacts> {
    this.#refreshCaller = caller
    const refreshed = this.#waiters.forRefresh()
    this.dispatch({ kind: 'refreshAsked' })
    const settled = settledOf(this.#state)
    const underWay = settled.kind === 'refreshing' || (settled.kind === 'unsaved' && settled.saving)
    if (!underWay) this.#waiters.refuseRefreshes(this.#refusal())
    return refreshed
  }

  /** Runs an exchange when no other is under way, and lets its tokens be saved before the next. */
  exchange(run: () => Promise<void>): Promise<void> {
    const turn = this.#exchange.then(run).then(() => this.#saving)
    this.#exchange = turn.catch(() => undefined)
    return turn
  }

  /** Keeps tokens aside until they are durable and names the grant they make. */
  hold(tokens: Tokens): HeldGrant {
    const generation = settledOf(this.#state).generation + 1
    const before = grantOf(this.#state)?.facts
    const next = nextGrant(tokens, generation, before, this.definition, this.#moment())
    this.#holdings.hold(generation, tokens)
    return next
  }

  /** Ends the grant here and then at the provider. When the tombstone cannot be written, nothing changes. */
  async signOut(): Promise<Ended> {
    const before = this.#state
    this.dispatch({ kind: 'signOut' })
    const tombstone = this.#state
    const { ended, restore } = this.#holdings.endGrant()
    this.#holdings.intent = null
    try {
      await this.#commit(null, { kind: 'ok' })
    } catch (error) {
      if (this.#state === tombstone) {
        this.#state = before
        restore()
        this.#listener.changed(this)
      }
      throw error
    }
    return endTokens(this.#ports.server, this.client, ended)
  }

  async setSecret(secret: Secret): Promise<void> {
    const facts = grantOf(this.#state)?.facts ?? null
    const secrets = { ...this.#holdings.secrets, clientSecret: secret }
    await this.#ports.vault.commit({ record: this.#record(facts, standingOf(this.#state)), secrets })
    this.#holdings.setClientSecret(secret)
    this.dispatch({ kind: 'configChanged' })
  }

  dispatch(event: Event): void {
    const jitter = this.#ports.random.fraction()
    const { state, effects } = advance(this.#state, event, { ...this.#context(), jitter })
    this.#state = state
    for (const effect of effects) this.#run(effect)
  }

  /** Resolves when no exchange and no save is under way. */
  async settled(): Promise<void> {
    await this.#exchange
    await this.#saving
  }

  #run(effect: Effect): void {
    switch (effect.kind) {
      case 'commitIntent':
        return void this.#commitIntent(effect.generation)
      case 'clearIntent':
        return void this.#clearIntent()
      case 'callRefresh':
        return void this.exchange(() => this.#callRefresh(effect.generation))
      case 'commitGrant':
        this.#saving = this.#commitGrant(effect.facts)
        return
      case 'commitStanding':
        this.#holdings.intent = null
        return void this.#commitQuietly()
      case 'discardAccessToken':
        this.#holdings.discardAccessToken()
        return void this.#commitQuietly()
      case 'useTokens':
        return this.#holdings.use(effect.generation)
      case 'revokeTokens':
        return void this.#revokeHeld(effect.generation)
      case 'answerWaiters':
        return this.#answerWaiters()
      case 'publish':
        return this.#listener.changed(this)
      case 'endConsent':
        return this.#listener.consentEnded(this, effect)
    }
  }

  async #commitIntent(generation: number): Promise<void> {
    const settled = settledOf(this.#state)
    const doubtSince = settled.kind === 'refreshing' ? settled.doubtSince : null
    const before = this.#holdings.intent
    this.#holdings.intent = { generation, at: doubtSince ?? this.#ports.clock.now() }
    try {
      await this.#commit(grantOf(this.#state)?.facts ?? null, { kind: 'ok' })
    } catch (error) {
      this.#holdings.intent = before
      this.dispatch({ kind: 'intentFailed', generation, reason: Refusal.reasonOf(error) })
      return
    }
    this.dispatch({ kind: 'intentCommitted', generation })
  }

  /** The server surely did not act on the announced refresh, so a restart need not doubt. */
  async #clearIntent(): Promise<void> {
    this.#holdings.intent = null
    await this.#commitQuietly()
  }

  async #callRefresh(generation: number): Promise<void> {
    const settled = settledOf(this.#state)
    if (settled.kind !== 'refreshing' || settled.grant.facts.generation !== generation) return
    const verdict = verdictOf(await this.#ask(), this.definition.name)
    this.#recordRefresh(generation, verdict.kind)
    if (verdict.kind === 'rotated') {
      const { refreshToken } = this.#holdings.secrets
      const tokens = { ...verdict.tokens, refreshToken: verdict.tokens.refreshToken ?? refreshToken }
      this.dispatch({ kind: 'answered', generation, answer: { kind: 'rotated', next: this.hold(tokens) } })
      this.#listener.reached(this)
      return
    }
    const { kind, reason } = verdict
    this.#ports.log.warn({ connection: this.definition.name, verdict: kind, reason }, 'refresh failed')
    this.dispatch({ kind: 'answered', generation, answer: verdict })
  }

  async #ask(): Promise<Outcome> {
    const { server, log } = this.#ports
    const { refreshToken } = this.#holdings.secrets
    try {
      return await (refreshToken
        ? server.refresh(this.client, refreshToken)
        : server.clientCredentials(this.client))
    } catch (error) {
      log.error({ connection: this.definition.name, error: Refusal.reasonOf(error) }, 'refresh broke down')
      return { kind: 'unanswered', reason: 'the refresh broke down inside fob' }
    }
  }

  async #commitGrant(facts: GrantFacts): Promise<void> {
    const { generation } = facts
    const secrets = this.#holdings.held(generation)
    if (secrets === undefined) return
    const record = { ...this.#record(facts, { kind: 'ok' }), intent: null }
    try {
      await this.#ports.vault.commit({ record, secrets })
    } catch (error) {
      const reason = Refusal.reasonOf(error)
      this.#ports.log.error({ connection: this.definition.name, generation, reason }, 'new tokens not saved')
      this.dispatch({ kind: 'commitFailed', generation, reason })
      return
    }
    this.#holdings.intent = null
    this.dispatch({ kind: 'committed', generation })
  }

  async #revokeHeld(generation: number): Promise<void> {
    const held = this.#holdings.held(generation)
    if (held === undefined) return
    this.#holdings.drop(generation)
    const { revoked, left } = await endTokens(this.#ports.server, this.client, held)
    this.#ports.log.info(
      { connection: this.definition.name, generation, revoked, left },
      'stray tokens ended',
    )
  }

  #answerWaiters(): void {
    const settled = settledOf(this.#state)
    if (this.servable()) this.#waiters.serve(this.#serve())
    else this.#waiters.refuseLeases(this.#refusal())
    if (settled.kind === 'active') this.#waiters.refreshed(settled.grant.facts)
    else if (settled.kind !== 'refreshing') this.#waiters.refuseRefreshes(this.#refusal())
  }

  #serve(): Servable {
    const grant = grantOf(this.#state)
    const { accessToken } = this.#holdings.secrets
    if (grant === null || accessToken === undefined) throw this.#refusal()
    return { accessToken, facts: grant.facts }
  }

  #refusal(): Refusal {
    return refusalFor(this.#state, this.definition.name, this.#moment())
  }

  #recordRefresh(generation: number, outcome: string): void {
    const connection = this.definition.name
    this.#ports.metrics.refreshed(connection, outcome)
    const caller = this.#refreshCaller
    this.#refreshCaller = undefined
    const happening = { event: 'refresh', connection, caller, generation } as const
    try {
      this.#ports.recorder.record({ ...happening, outcome: outcome === 'rotated' ? 'ok' : outcome })
    } catch (error) {
      // Tokens just received must reach the disk all the same; the lease that follows will be refused.
      this.#ports.log.error({ connection, reason: Refusal.reasonOf(error) }, 'refresh not recorded')
    }
  }

  #commit(grant: GrantFacts | null, standing: Standing): Promise<void> {
    return this.#ports.vault.commit({
      record: this.#record(grant, standing),
      secrets: this.#holdings.secrets,
    })
  }

  /** Best effort: what is lost here, the next start finds out again. */
  async #commitQuietly(): Promise<void> {
    try {
      await this.#commit(grantOf(this.#state)?.facts ?? null, standingOf(this.#state))
    } catch (error) {
      const reason = Refusal.reasonOf(error)
      this.#ports.log.error({ connection: this.definition.name, reason }, 'state not saved')
    }
  }

  #record(grant: GrantFacts | null, standing: Standing): ConnectionRecord {
    const generation = Math.max(settledOf(this.#state).generation, grant?.generation ?? 0)
    return { definition: this.definition, generation, grant, standing, intent: this.#holdings.intent }
  }

  #moment(): Moment {
    return { now: this.#ports.clock.now(), monotonic: this.#ports.clock.monotonic() }
  }

  #context(): Omit<Context, 'jitter'> {
    return {
      at: this.#moment(),
      refreshToken: refreshRule(this.definition, this.profile),
      refreshEndsAccessToken: this.profile.refreshEndsAccessToken,
    }
  }
}
