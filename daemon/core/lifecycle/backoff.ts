/** When to try again. Pure: the attempt and a jitter in, milliseconds out. */

export const BACKOFF = Object.freeze({
  firstMs: 1_000,
  /** Doubling ends here: with the jitter below about 27 tries in the first hour of an outage. */
  capMs: 180_000,
  /** Up to a fifth on top, so that clients that failed together do not come back together. */
  jitter: 0.2,
  /** A server may ask for patience (Retry-After), but not for more than this. */
  longestAskedMs: 3_600_000,
  /** Saving a grant is local and urgent: never wait longer than this to try again. */
  storeCapMs: 5_000,
  /**
   * What fails again after another connection of the same server was served has a trouble of its own, and a busy
   * server has successes all the time: with this it stays within thirty tries an hour.
   */
  wokenEveryMs: 1_200_000,
  /** Refreshes that rejects or `min_validity` cause on an unexpired token: one in this time. */
  forcedEveryMs: 60_000,
})

/** Milliseconds to wait before try number `attempt + 1`; `jitter` is at least 0 and less than 1. */
export function backoffMs(attempt: number, jitter: number, askedMs?: number): number {
  const doubled = Math.min(BACKOFF.capMs, BACKOFF.firstMs * 2 ** Math.max(0, attempt - 1))
  const own = doubled * (1 + BACKOFF.jitter * jitter)
  if (askedMs === undefined) return own
  return Math.max(own, Math.min(askedMs, BACKOFF.longestAskedMs))
}

/** The same for writes to our own disk. */
export const storeBackoffMs = (attempt: number, jitter: number): number =>
  Math.min(BACKOFF.storeCapMs, backoffMs(attempt, jitter))
