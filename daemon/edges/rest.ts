/**
 * Knows whether anybody asks. A daemon is asked in bursts and rests for hours, and what is good for a burst (memory
 * that V8 keeps at hand) is waste at rest. While nobody asks nothing wakes, but once: when the rest begins.
 */
import type { Cancel, Clock } from '../core/ports.js'

/** Longer than the pauses of a script that asks again and again. */
export const REST_AFTER_MS = 5_000

export class Rest {
  readonly #clock: Clock
  readonly #changed: (resting: boolean) => void
  #lastAsked = 0
  #cancel: Cancel | undefined

  /** `changed` is called when a rest begins and when the next request ends it. The first has begun. */
  constructor(clock: Clock, changed: (resting: boolean) => void) {
    this.#clock = clock
    this.#changed = changed
  }

  asked(): void {
    this.#lastAsked = this.#clock.monotonic()
    if (this.#cancel !== undefined) return
    this.#changed(false)
    this.#look()
  }

  stop(): void {
    this.#cancel?.()
  }

  #look(): void {
    const leftMs = this.#lastAsked + REST_AFTER_MS - this.#clock.monotonic()
    this.#cancel = leftMs > 0 ? this.#clock.wake(leftMs, () => this.#look()) : undefined
    if (this.#cancel === undefined) this.#changed(true)
  }
}
