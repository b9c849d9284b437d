/** From when on a person is told that a grant ends which nothing but a person can renew. Pure. */
import type { GrantFacts } from './record.js'

export const ENDING = Object.freeze({
  /** A week: whoever is away for some days still comes back in time. */
  aheadMs: 7 * 86_400_000,
  /** … but at most a tenth of a life, or a token of ten days would be complained about most of the time. */
  aheadFraction: 0.1,
  /** What lives for less than a day is renewed by a person so often that its end is no news. */
  leastLifeMs: 86_400_000,
})

/** Epoch milliseconds; Infinity when there is nothing to tell. */
export function toldFrom({ renewable, unrenewed, issuedAt, expiresAt }: GrantFacts): number {
  if (renewable || expiresAt === null) return Infinity
  // Nobody expected it: what was signed in to for days lasts an hour.
  if (unrenewed === true) return issuedAt
  const life = expiresAt - issuedAt
  if (life < ENDING.leastLifeMs) return Infinity
  return expiresAt - Math.min(ENDING.aheadMs, life * ENDING.aheadFraction)
}
