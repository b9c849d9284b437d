/** Callers of one connection that wait for the exchange they share. */
import type { Refusal } from '../../shared/contract/errors.js'
import type { GrantFacts } from './record.js'
import type { Secret } from './secret.js'

/** An access token that may be handed out now. */
export interface Servable {
  readonly accessToken: Secret
  readonly facts: GrantFacts
}

interface Waiter<T> {
  resolve(value: T): void
  reject(refusal: Refusal): void
}

export class Waiters {
  #leases: Waiter<Servable>[] = []
  #refreshes: Waiter<GrantFacts>[] = []

  forLease(): Promise<Servable> {
    return new Promise((resolve, reject) => this.#leases.push({ resolve, reject }))
  }

  forRefresh(): Promise<GrantFacts> {
    return new Promise((resolve, reject) => this.#refreshes.push({ resolve, reject }))
  }

  serve(servable: Servable): void {
    for (const waiter of this.#leases.splice(0)) waiter.resolve(servable)
  }

  refuseLeases(refusal: Refusal): void {
    for (const waiter of this.#leases.splice(0)) waiter.reject(refusal)
  }

  refreshed(facts: GrantFacts): void {
    for (const waiter of this.#refreshes.splice(0)) waiter.resolve(facts)
  }

  refuseRefreshes(refusal: Refusal): void {
    for (const waiter of this.#refreshes.splice(0)) waiter.reject(refusal)
  }
}
