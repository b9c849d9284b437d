/**
 * A clock whose `monotonic` goes on during sleep, as far as that can be known: what the wall clock ran ahead of the
 * machine's own in one go is counted as time slept. A wall clock set back takes nothing away. So an age is right
 * also when the machine slept and its clock was set, in whatever order.
 */
import type { Cancel, Clock } from '../ports.js'
import { TIMER } from './timer.js'

export class SteadyClock implements Clock {
  readonly #clock: Clock
  #sleptMs = 0
  #seen: { readonly now: number; readonly monotonic: number }

  constructor(clock: Clock) {
    this.#clock = clock
    this.#seen = { now: clock.now(), monotonic: clock.monotonic() }
  }

  now(): number {
    return this.#clock.now()
  }

  /** A clock set forward looks like sleep and makes things older than they are: they are renewed early, once. */
  monotonic(): number {
    const now = this.#clock.now()
    const monotonic = this.#clock.monotonic()
    const ahead = now - this.#seen.now - (monotonic - this.#seen.monotonic)
    if (ahead > TIMER.jumpMs) this.#sleptMs += ahead
    this.#seen = { now, monotonic }
    return monotonic + this.#sleptMs
  }

  wake(ms: number, callback: () => void): Cancel {
    return this.#clock.wake(ms, callback)
  }
}
