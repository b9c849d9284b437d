/**
 * Carries out what the lifecycle decided for one connection, in its order. Exchanges and writes run behind: nobody
 * waits for them here, and none of them may end the daemon.
 */
import type { Arrivals } from './arrivals.js'
import type { BesideTokens } from './besideTokens.js'
import type { ConnectionStore } from './connectionStore.js'
import type { GrantEnd } from './grantEnd.js'
import type { Holdings } from './holdings.js'
import type { Log } from '../ports.js'
import type { ConnectionDefinition } from '../record.js'
import type { Rotation } from './rotation.js'
import type { Effect } from '../lifecycle/states.js'
import type { Waiters } from './waiters.js'

/** The connection that they are for. */
export interface Affected {
  readonly definition: ConnectionDefinition
  readonly arrivals: Arrivals
  readonly beside: BesideTokens
  /** Runs an exchange when no other is under way. */
  exchange(run: () => Promise<void>): Promise<void>
  /** New tokens are there, so what kept it from them is over. */
  forgetSetback(): void
}

/** Who hears of it. */
export interface EffectListener {
  asking(): void
  changed(): void
  consentEnded(end: Effect & { kind: 'endConsent' }): void
}

export interface EffectParts {
  readonly log: Log
  readonly holdings: Holdings
  readonly store: ConnectionStore
  readonly rotation: Rotation
  readonly waiters: Waiters
  readonly end: GrantEnd
}

export class Effects {
  readonly #connection: Affected
  readonly #parts: EffectParts
  readonly #listener: EffectListener

  constructor(connection: Affected, parts: EffectParts, listener: EffectListener) {
    this.#connection = connection
    this.#parts = parts
    this.#listener = listener
  }

  run(effect: Effect): void {
    const { holdings, rotation, waiters } = this.#parts
    switch (effect.kind) {
      case 'commitIntent':
        this.#listener.asking()
        return this.#write(() => rotation.commitIntent(effect.generation))
      case 'callRefresh':
        return this.#inBackground(this.#connection.exchange(() => rotation.callRefresh(effect.generation)))
      case 'commitGrant':
        return this.#write(() => rotation.commitGrant(effect.facts))
      case 'clearIntent':
        // The server surely did not act on the announced refresh, so a restart need not doubt.
        holdings.intent = null
        return this.#commitQuietly()
      case 'commitStanding':
        holdings.intent = null
        return this.#commitQuietly()
      case 'discardAccessToken':
        holdings.discardAccessToken()
        return this.#commitQuietly()
      case 'useTokens':
        this.#connection.forgetSetback()
        return this.#connection.arrivals.use(effect.generation)
      case 'revokeTokens':
        return this.#endStray(effect.generation)
      case 'answerWaiters':
        return waiters.answer()
      case 'refuseBeside':
        return this.#connection.beside.failed(effect.wish, effect.because)
      case 'publish':
        return this.#listener.changed()
      case 'endConsent':
        return this.#listener.consentEnded(effect)
    }
  }

  #endStray(generation: number): void {
    this.#inBackground(this.#parts.end.endStray(generation, this.#connection.arrivals.accountOf(generation)))
  }

  #commitQuietly(): void {
    this.#write(() => this.#parts.store.commitQuietly())
  }

  #write(work: () => Promise<void>): void {
    this.#inBackground(this.#parts.store.take(work))
  }

  #inBackground(work: Promise<void>): void {
    work.catch((error: unknown) => {
      const connection = this.#connection.definition.name
      this.#parts.log.error({ connection, error }, 'a step of the lifecycle broke down')
    })
  }
}
