/**
 * How long an access token is still good, and when to renew it. Pure: a grant and a moment in, an answer out.
 *
 * Age is the larger of what the wall clock and the monotonic clock say: a wall clock set back cannot make an
 * old token young, and a machine that slept (monotonic standing still at first) cannot either.
 */
import type { GrantFacts } from '../record.js'

/** One instant on both clocks, in milliseconds. */
export interface Moment {
  /** Wall clock, epoch. May jump. */
  readonly now: number
  /** Never goes back; goes on during sleep as soon as the sleep is noticed. */
  readonly monotonic: number
}

/** As a clock has it now. */
export const momentOf = (clock: { now(): number; monotonic(): number }): Moment => ({
  now: clock.now(),
  monotonic: clock.monotonic(),
})

/** A grant as held in memory. */
export interface HeldGrant {
  readonly facts: GrantFacts
  /** Monotonic time of `facts.issuedAt`; null after a restart, when only the wall clock is left. */
  readonly issuedMonotonic: number | null
  /** A caller reported that the access token no longer works: it is never handed out again. */
  readonly rejected: boolean
  /** The rotation that brought this access token; later ones may have brought another beside it and left it. */
  readonly accessGeneration: number
}

export const FRESHNESS = Object.freeze({
  /** Renew when a fifth of the life is left: enough for some retries, not so early that work is wasted. */
  leadFraction: 0.2,
  /** … but never more than ten minutes ahead: long-lived tokens need no hour of lead. */
  leadMaxMs: 600_000,
  /**
   * Lead for providers whose refresh ends the access token handed out before: as late as a slow exchange
   * (15 s) and one retry allow.
   */
  lateLeadMs: 30_000,
  /** A server that gives out tokens which have expired already is not asked more often by ourselves than this. */
  leastAgeMs: 1_000,
  /**
   * Servers count in whole seconds, so a token may end up to one before its stated life: that second is not
   * counted on. Of lives too short to spare it, half.
   */
  endMarginMs: 1_000,
  endMarginFraction: 0.5,
  /** A wall clock behind the time of issue by more than this was set back: the age is unknown then. */
  clockToleranceMs: 60_000,
})

/** Milliseconds of life to count on; 0 or less when expired, Infinity for tokens that do not expire. */
export function remainingMs(grant: HeldGrant, at: Moment): number {
  const { issuedAt, expiresAt } = grant.facts
  if (expiresAt === null) return Infinity
  if (at.now < issuedAt - FRESHNESS.clockToleranceMs) return 0
  const lifetime = expiresAt - issuedAt
  const margin = Math.min(FRESHNESS.endMarginMs, lifetime * FRESHNESS.endMarginFraction)
  const byWall = expiresAt - at.now
  if (grant.issuedMonotonic === null) return byWall - margin
  const byMonotonic = lifetime - (at.monotonic - grant.issuedMonotonic)
  return Math.min(byWall, byMonotonic) - margin
}

/**
 * Milliseconds until a grant that nothing renews is over. When a stored secret ends is a date that a person read
 * somewhere: a clock set back before the day it was stored does not make that unknown.
 */
export function endInMs(grant: HeldGrant, at: Moment, stored: boolean): number {
  const { expiresAt } = grant.facts
  return stored && expiresAt !== null ? expiresAt - at.now : remainingMs(grant, at)
}

/** Whether the access token may be handed out at all. */
export const isServable = (grant: HeldGrant | null, at: Moment): grant is HeldGrant =>
  grant !== null && !grant.rejected && remainingMs(grant, at) > 0

/** Whether it may be handed out and lives at least `minValidityMs` longer. */
export const outlives = (grant: HeldGrant | null, at: Moment, minValidityMs: number): boolean =>
  isServable(grant, at) && remainingMs(grant, at) > minValidityMs

/** How long before its end an access token is renewed. */
export function leadMs(facts: GrantFacts, refreshEndsAccessToken: boolean): number {
  if (facts.expiresAt === null) return 0
  const lifetime = facts.expiresAt - facts.issuedAt
  const longest = refreshEndsAccessToken ? FRESHNESS.lateLeadMs : FRESHNESS.leadMaxMs
  return Math.min(longest, lifetime * FRESHNESS.leadFraction)
}

/** Milliseconds until renewal is due; 0 or less when it is. */
export function dueInMs(grant: HeldGrant, at: Moment, refreshEndsAccessToken: boolean): number {
  const due = remainingMs(grant, at) - leadMs(grant.facts, refreshEndsAccessToken)
  const age = at.now - grant.facts.issuedAt
  return age < 0 ? due : Math.max(due, FRESHNESS.leastAgeMs - age)
}
