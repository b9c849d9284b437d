/**
 * One rotation carried out: the intent on disk, the question and its answer, the new tokens on disk. Each step
 * looks first whether the lifecycle still awaits it, and tells it how the step ended.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { Arrivals } from './arrivals.js'
import { isByOwn, ownScopes, type Wish } from '../lifecycle/besideWish.js'
import { lessRefused } from './besideRefusal.js'
import type { ConnectionStore } from './connectionStore.js'
import type { HeldGrant } from '../lifecycle/freshness.js'
import type { Holdings } from './holdings.js'
import type { RefreshOutcome } from '../outcome.js'
import type { Clock, Log, Metrics } from '../ports.js'
import type { Client, ProvingServer } from '../clientSecret/provingServer.js'
import type { ConnectionDefinition, GrantFacts } from '../record.js'
import { awaits, isKnown } from '../lifecycle/refreshAnswers.js'
import type { RunningSimulation } from './runningSimulation.js'
import type { Setback } from '../setback.js'
import { setbackOf } from '../setbacks/setbackOf.js'
import { STANDING_OK } from '../lifecycle/standing.js'
import {
  isBeside,
  isSaving,
  settledOf,
  type Event,
  type Refreshing,
  type State,
} from '../lifecycle/states.js'
import { verdictOf, type Verdict } from '../lifecycle/verdict.js'
import type { Waiters } from './waiters.js'

export interface RotationPorts {
  readonly clock: Clock
  readonly server: ProvingServer
  readonly metrics: Metrics
  readonly log: Log
}

/** The connection whose grant is rotated. */
export interface Rotating {
  readonly definition: ConnectionDefinition
  readonly client: Client
  readonly state: State
  /** No exchange starts any more. */
  readonly closing: boolean
  readonly profile: ProviderProfile
  readonly arrivals: Arrivals
  /** While there is one, nothing may be sent. */
  readonly simulation: RunningSimulation
  met(setback: Setback): void
  dispatch(event: Event): void
}

export class Rotation {
  readonly #ports: RotationPorts
  readonly #connection: Rotating
  readonly #holdings: Holdings
  readonly #store: ConnectionStore
  readonly #waiters: Waiters

  constructor(
    ports: RotationPorts,
    connection: Rotating,
    holdings: Holdings,
    store: ConnectionStore,
    waiters: Waiters,
  ) {
    this.#ports = ports
    this.#connection = connection
    this.#holdings = holdings
    this.#store = store
    this.#waiters = waiters
  }

  async commitIntent(generation: number): Promise<void> {
    const settled = settledOf(this.#connection.state)
    // A sign-in or sign-out came first.
    if (!awaits(settled, 'intent', generation)) return
    if (settled.beside !== null && isByOwn(this.#connection.profile)) {
      // It spends nothing that a restart would have to doubt.
      this.#connection.dispatch({ kind: 'intentCommitted', generation })
      return
    }
    const before = this.#holdings.intent
    this.#holdings.intent = { generation, at: settled.doubtSince ?? this.#ports.clock.now() }
    try {
      await this.#store.commit()
    } catch (error) {
      this.#holdings.intent = before
      this.#connection.dispatch({ kind: 'intentFailed', generation, reason: Refusal.reasonOf(error) })
      return
    }
    this.#connection.dispatch({ kind: 'intentCommitted', generation })
  }

  async callRefresh(generation: number): Promise<void> {
    const settled = settledOf(this.#connection.state)
    if (!awaits(settled, 'exchange', generation)) return
    const { name } = this.#connection.definition
    const { beside } = settled
    const outcome = await this.#ask(beside)
    const verdict = this.#verdictOf(outcome, beside)
    this.#ports.metrics.refreshed(name, verdict.kind)
    if (verdict.kind === 'rotated' || verdict.kind === 'unrenewed') {
      const next = this.#arrived(verdict, settled)
      this.#connection.dispatch({ kind: 'answered', generation, answer: { kind: 'rotated', next } })
      return
    }
    const { kind, reason } = verdict
    // The same again is counted, and told only to whoever asked: an outage of days is not thousands of lines.
    const known = isKnown(settled, kind === 'transient' ? verdict.cause : kind)
    this.#ports.log[known ? 'debug' : 'warn']({ connection: name, verdict: kind, reason }, 'refresh failed')
    if (beside !== null) this.#waiters.recordBeside(generation, kind)
    else if (!known || this.#waiters.askedToRefresh) this.#waiters.record(generation, kind)
    this.#connection.dispatch({ kind: 'answered', generation, answer: verdict })
  }

  #verdictOf(outcome: RefreshOutcome, beside: Wish | null): Verdict {
    const { client, definition, profile } = this.#connection
    const verdict = verdictOf(outcome, definition.name)
    if (outcome.kind === 'tokens' || outcome.kind === 'unrenewed') return verdict
    const setback = setbackOf(outcome, { at: this.#ports.clock.now(), during: 'refresh' })
    this.#connection.met(setback)
    if (verdict.kind !== 'misconfigured' || setback.kind !== 'refused') return verdict
    if (beside !== null && isByOwn(profile)) return lessRefused(verdict, setback, client)
    // The next sign-in registers another.
    const isForgotten = setback.error === 'invalid_client' && client.registered !== undefined
    return isForgotten ? { ...verdict, fix: `fob sign-in ${definition.name}` } : verdict
  }

  /** Puts aside what came, until it is durable. */
  #arrived(verdict: Extract<Verdict, { kind: 'rotated' | 'unrenewed' }>, before: Refreshing): HeldGrant {
    const { arrivals, definition } = this.#connection
    if (verdict.kind === 'unrenewed') {
      const { reason, refreshToken } = verdict
      this.#ports.log.warn({ connection: definition.name, reason }, 'refresh brought nothing for callers')
      return arrivals.holdUnrenewed(before.grant, refreshToken)
    }
    const { tokens } = verdict
    const { refreshToken } = this.#holdings.secrets
    const whole = { ...tokens, refreshToken: tokens.refreshToken ?? refreshToken }
    return before.beside === null
      ? arrivals.hold(whole, 'refresh')
      : arrivals.holdBeside(whole, before.beside)
  }

  async #ask(beside: Wish | null): Promise<RefreshOutcome> {
    const { server, log } = this.#ports
    const { client, closing, definition, profile, simulation } = this.#connection
    if (closing) return { kind: 'unreachable', reason: 'fob is stopping' }
    if (simulation.current) return { kind: 'unreachable', reason: 'a simulation is under way' }
    const { accessToken, refreshToken } = this.#holdings.secrets
    const scopes = beside ?? ownScopes(client)
    try {
      if (beside !== null && isByOwn(profile)) {
        // It may have been refused since.
        if (accessToken === undefined)
          return { kind: 'unreachable', reason: 'there is no access token to ask by' }
        return await server.narrow(client, accessToken, beside)
      }
      return await (refreshToken
        ? server.refresh(client, refreshToken, scopes)
        : server.clientCredentials(client, scopes))
    } catch (error) {
      log.error({ connection: definition.name, error: Refusal.reasonOf(error) }, 'refresh broke down')
      return { kind: 'unanswered', reason: 'the refresh broke down inside fob' }
    }
  }

  /** The same for tokens that a consent brought. */
  async commitGrant(facts: GrantFacts): Promise<void> {
    const { generation } = facts
    const { state, definition } = this.#connection
    const secrets = this.#holdings.held(generation)
    if (secrets === undefined || !isSaving(state, generation)) {
      this.#connection.dispatch({ kind: 'commitFailed', generation, reason: 'no longer wanted' })
      return
    }
    const settled = settledOf(state)
    const ofRefresh = settled.kind === 'refreshing' && settled.next?.facts.generation === generation
    try {
      const saved = { generation, grant: facts, standing: STANDING_OK, intent: null, setback: undefined }
      await this.#store.commit(saved, secrets)
    } catch (error) {
      const reason = Refusal.reasonOf(error)
      this.#ports.log.error({ connection: definition.name, generation, reason }, 'new tokens not saved')
      if (ofRefresh) this.#waiters.record(generation, 'unsaved')
      this.#connection.dispatch({ kind: 'commitFailed', generation, reason })
      return
    }
    this.#holdings.intent = null
    if (isBeside(this.#connection.state)) this.#waiters.recordBeside(generation, 'ok')
    else if (ofRefresh || this.#waiters.askedToRefresh) this.#waiters.record(generation, 'ok')
    this.#connection.dispatch({ kind: 'committed', generation })
  }
}
