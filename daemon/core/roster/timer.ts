/**
 * The one timer of the daemon. It never sleeps until a moment, only for a while, and then looks at the clocks
 * again: so sleep and clock changes are harmless (I7).
 */
import type { Cancel, Clock } from '../ports.js'

export const TIMER = Object.freeze({
  /** After a suspend the first look comes within this; two wake-ups a minute cost nothing measurable. */
  longestSleepMs: 30_000,
  /** Clocks that drifted apart by more than this: the machine slept or somebody set the wall clock. */
  jumpMs: 30_000,
})

export interface Ticking {
  /** Milliseconds until something is due, undefined for nothing. */
  dueInMs(): number | undefined
  tick(jumped: boolean): void
}

export class Timer {
  readonly #clock: Clock
  readonly #ticking: Ticking
  #cancel: Cancel | undefined
  #seen: { now: number; monotonic: number }
  #stopped = false

  constructor(clock: Clock, ticking: Ticking) {
    this.#clock = clock
    this.#ticking = ticking
    this.#seen = { now: clock.now(), monotonic: clock.monotonic() }
  }

  /** Sleeps anew; called whenever something changed. */
  arm(): void {
    this.#cancel?.()
    if (this.#stopped) return
    // Counted from the last look, or frequent changes would put the next one off for ever.
    const rested = this.#clock.monotonic() - this.#seen.monotonic
    const due = Math.min(TIMER.longestSleepMs - rested, this.#ticking.dueInMs() ?? Infinity)
    // Whole milliseconds, as timers are: who wakes a fraction early finds nothing due and sleeps no time at all.
    this.#cancel = this.#clock.wake(Math.ceil(Math.max(0, due)), () => this.#look())
  }

  stop(): void {
    this.#stopped = true
    this.#cancel?.()
  }

  #look(): void {
    const now = this.#clock.now()
    const monotonic = this.#clock.monotonic()
    const drift = now - this.#seen.now - (monotonic - this.#seen.monotonic)
    this.#seen = { now, monotonic }
    this.#ticking.tick(Math.abs(drift) > TIMER.jumpMs)
    this.arm()
  }
}
