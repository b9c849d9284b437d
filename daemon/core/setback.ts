/**
 * What last kept a connection from new tokens: kept until it gets some, and asked for when somebody wonders why.
 * Invariant: no secret is in it; adapters strike out what a server repeats of the request.
 */
import type { Matter, NetworkMatter } from '../../shared/contract/doctor.js'

export interface Setback {
  /** Epoch milliseconds. */
  readonly at: number
  readonly during: 'signIn' | 'refresh' | 'use'
  readonly kind: SetbackKind
  /** The provider's own word, and the RFC's for the same; '' where it said none. */
  readonly word: string
  readonly error: string
  /** What it added, or why there was no answer. */
  readonly said: string
  /** Of the answer; null where there was none. */
  readonly status: number | null
  readonly matter: NetworkMatter | null
  /** Where the browser was to come back to; '' where none was sent. */
  readonly redirectUri: string
  /** What the provider wants the next sign-in to ask for, in its own words. */
  readonly claimsChallenge?: string | undefined
}

export type SetbackKind =
  | 'refused'
  /** An answer that is no OAuth answer. */
  | 'unreadable'
  | 'unreachable'
  | 'unanswered'
  /** The client's secret could not be read where it is kept: nothing was sent. */
  | 'unproven'
  | 'untrusted'
  /** The browser did not come back. */
  | 'nobodyCame'
  | 'wrongAccount'

/**
 * The setback to keep after another one. What the provider wants to be asked for stands until there are new tokens,
 * whatever else goes wrong meanwhile: a sign-in without it would end in the same setback.
 */
export const following = (before: Setback | undefined, next: Setback): Setback =>
  before?.claimsChallenge === undefined ? next : { claimsChallenge: before.claimsChallenge, ...next }

/** What it is about, where nothing closer is known. */
export const matterOf = ({ matter }: Setback): Matter => matter ?? 'provider'
