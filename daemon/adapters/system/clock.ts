/** Real time. */
import type { Cancel, Clock } from '../../core/ports.js'

/** Node fires a longer timer after 1 ms instead. */
const LONGEST_TIMER_MS = 2 ** 31 - 1

export class SystemClock implements Clock {
  now(): number {
    return Date.now()
  }

  monotonic(): number {
    return performance.now()
  }

  wake(ms: number, callback: () => void): Cancel {
    const timer = setTimeout(callback, Math.min(Math.max(ms, 0), LONGEST_TIMER_MS))
    return () => clearTimeout(timer)
  }
}
