/**
 * Authorization servers by their origin, and the pace at which fob asks each of them by itself: one connection
 * after another, so that many which fall due together (after an outage, after sleep) are no herd at its door.
 * Exchanges that callers cause count, but do not wait. No origin waits for another. Pure.
 */

export const PACE = Object.freeze({
  /** At least so long between two exchanges, so that no second sees more than four of them. */
  gapMs: 250,
  /** … and up to so much more, lest machines that woke together stay in step. */
  jitterMs: 100,
})

/** Where refresh tokens of a server go: scheme, host and port of its token endpoint. */
export function originOf(tokenEndpoint: string): string {
  const [origin] = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i.exec(tokenEndpoint) ?? [tokenEndpoint]
  return origin.toLowerCase()
}

export class Pace {
  /** Monotonic time from which each origin may be asked again. */
  readonly #free = new Map<string, number>()

  /** Milliseconds until it is somebody's turn; 0 for now. */
  turnInMs(origin: string, monotonic: number): number {
    return Math.max(0, (this.#free.get(origin) ?? 0) - monotonic)
  }

  /** An exchange with it begins; `jitter` is at least 0 and less than 1. */
  take(origin: string, monotonic: number, jitter: number): void {
    this.#free.set(origin, monotonic + PACE.gapMs + PACE.jitterMs * jitter)
  }
}
