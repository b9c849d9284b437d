/**
 * The record of one connection on the disk. Writes take turns, and each is made of what is true when its turn
 * comes: an older truth never overwrites a newer one. What a write makes true is told within the same turn.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { Holdings } from './holdings.js'
import type { Log, Vault } from '../ports.js'
import { Queue } from '../queue.js'
import type { ConnectionDefinition, ConnectionRecord, ConnectionSecrets } from '../record.js'
import type { Setback } from '../setback.js'
import { standingOf } from '../lifecycle/standing.js'
import { grantOf, settledOf, type State } from '../lifecycle/states.js'

export interface ConnectionTruth {
  readonly definition: ConnectionDefinition
  readonly state: State
  readonly setback?: Setback | undefined
}

export class ConnectionStore extends Queue {
  readonly #vault: Vault
  readonly #log: Log
  readonly #truth: ConnectionTruth
  readonly #holdings: Holdings
  #forgotten = false

  constructor(
    ports: { readonly vault: Vault; readonly log: Log },
    truth: ConnectionTruth,
    holdings: Holdings,
  ) {
    super()
    this.#vault = ports.vault
    this.#log = ports.log
    this.#truth = truth
    this.#holdings = holdings
  }

  /** Writes what is true now, but for `changes`; only within a turn. */
  commit(changes: Partial<ConnectionRecord> = {}, secrets?: ConnectionSecrets): Promise<void> {
    const { definition, state, setback } = this.#truth
    if (this.#forgotten) {
      return Promise.reject(new Refusal('unknown_connection', `${definition.name} was forgotten`))
    }
    const record: ConnectionRecord = {
      definition,
      generation: settledOf(state).generation,
      grant: grantOf(state)?.facts ?? null,
      standing: standingOf(state),
      intent: this.#holdings.intent,
      clientSecret: this.#holdings.clientFacts,
      setback,
      ...changes,
    }
    return this.#vault.commit({ record, secrets: secrets ?? this.#holdings.secrets })
  }

  /** The same as best effort: what is lost here, the next start finds out again. */
  async commitQuietly(): Promise<void> {
    try {
      await this.commit()
    } catch (error) {
      const reason = Refusal.reasonOf(error)
      this.#log.error({ connection: this.#truth.definition.name, reason }, 'state not saved')
    }
  }

  /** Removes the record in its turn. Nothing is written any more. */
  async forget(): Promise<void> {
    await this.take(async () => {
      await this.#vault.forget(this.#truth.definition.name)
      this.#forgotten = true
    })
  }
}
