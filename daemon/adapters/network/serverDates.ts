/** How far the clocks of servers are from this machine's, by the Date of their answers (RFC 9110 §6.6.1). */
import type { Clock } from '../../core/ports.js'

export class ServerDates {
  readonly #clock: Pick<Clock, 'now'>
  readonly #ahead = new Map<string, number>()

  constructor(clock: Pick<Clock, 'now'>) {
    this.#clock = clock
  }

  /** To be called when an answer came. A cached one has an Age, and its Date says nothing of now. */
  note(url: string, headers: Headers): void {
    const date = Date.parse(headers.get('date') ?? '')
    if (Number.isNaN(date) || headers.has('age')) return
    this.#ahead.set(new URL(url).origin, date - this.#clock.now())
  }

  aheadMs(origin: string): number | undefined {
    return this.#ahead.get(origin)
  }
}
