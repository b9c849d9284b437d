/**
 * A clock that stands still until the test moves it, and tells the test when somebody went to sleep.
 * `advance` is time passing; `jump` is a suspended machine or a set clock: wall time moves, nothing else does.
 */
import type { Cancel, Clock } from '../../daemon/core/ports.js'

interface Wake {
  readonly due: number
  readonly callback: () => void
}

/** Lets everything already promised settle: a macrotask comes after all microtasks queued before it. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

export class FakeClock implements Clock {
  #wall: number
  #monotonic = 0
  #wakes: Wake[] = []
  #sleepers: Array<() => void> = []

  constructor(wall = Date.parse('2030-01-01T00:00:00.000Z')) {
    this.#wall = wall
  }

  now(): number {
    return this.#wall
  }

  monotonic(): number {
    return this.#monotonic
  }

  wake(ms: number, callback: () => void): Cancel {
    const wake = { due: this.#monotonic + Math.max(0, ms), callback }
    this.#wakes.push(wake)
    const sleepers = this.#sleepers
    this.#sleepers = []
    for (const resolve of sleepers) resolve()
    return () => {
      this.#wakes = this.#wakes.filter((other) => other !== wake)
    }
  }

  /** Resolves once a wake is registered; at once when one is. */
  sleeping(): Promise<void> {
    if (this.#wakes.length > 0) return Promise.resolve()
    return new Promise((resolve) => this.#sleepers.push(resolve))
  }

  /** Milliseconds until the next wake, undefined when nobody sleeps. */
  nextWake(): number | undefined {
    const next = this.#earliest()
    return next === undefined ? undefined : next.due - this.#monotonic
  }

  /**
   * Passes `ms`, running due wakes in order, each at its own moment; wakes registered on the way run too when
   * they fall due. What they promised has settled before the next one runs and before this resolves.
   */
  async advance(ms: number): Promise<void> {
    const end = this.#monotonic + ms
    await settle()
    for (let next = this.#earliest(); next !== undefined && next.due <= end; next = this.#earliest()) {
      this.#move(next.due - this.#monotonic)
      this.#run(next)
      await settle()
    }
    this.#move(end - this.#monotonic)
  }

  /** As `advance` without waiting for promises: for code that is synchronous throughout. */
  advanceNow(ms: number): void {
    const end = this.#monotonic + ms
    for (let next = this.#earliest(); next !== undefined && next.due <= end; next = this.#earliest()) {
      this.#move(next.due - this.#monotonic)
      this.#run(next)
    }
    this.#move(end - this.#monotonic)
  }

  /** Moves the wall clock alone, either way. No wake runs: they count monotonic time. */
  jump(ms: number): void {
    this.#wall += ms
  }

  /** The earliest wake; of several due together the one registered first. */
  #earliest(): Wake | undefined {
    let earliest: Wake | undefined
    for (const wake of this.#wakes) {
      if (earliest === undefined || wake.due < earliest.due) earliest = wake
    }
    return earliest
  }

  #move(ms: number): void {
    this.#monotonic += ms
    this.#wall += ms
  }

  #run(wake: Wake): void {
    this.#wakes = this.#wakes.filter((other) => other !== wake)
    wake.callback()
  }
}
