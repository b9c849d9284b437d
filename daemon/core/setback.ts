/**
 * What last kept a connection from new tokens: kept until it gets some, and asked for when somebody wonders why.
 * Invariant: no secret is in it; adapters strike out what a server repeats of the request.
 */
import type { Matter } from '../../shared/contract/doctor.js'
import type { NetworkMatter, Outcome } from './outcome.js'

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
}

export type SetbackKind =
  | 'refused'
  /** An answer that is no OAuth answer. */
  | 'unreadable'
  | 'unreachable'
  | 'unanswered'
  | 'untrusted'
  /** The browser did not come back. */
  | 'nobodyCame'
  | 'wrongAccount'

export type Met = Pick<Setback, 'at' | 'during'> & { readonly redirectUri?: string }

const plain = ({ at, during, redirectUri = '' }: Met) => ({
  at,
  during,
  redirectUri,
  word: '',
  error: '',
  status: null,
  matter: null,
})

export function setbackOf(outcome: Exclude<Outcome, { kind: 'tokens' }>, met: Met): Setback {
  const { kind } = outcome
  switch (kind) {
    case 'oauthError': {
      const { error, word = error, description, status } = outcome
      return { ...plain(met), kind: 'refused', word, error, said: description, status }
    }
    case 'notOAuth':
      return { ...plain(met), kind: 'unreadable', said: outcome.contentType, status: outcome.status }
    case 'unreachable':
    case 'unanswered':
      return { ...plain(met), kind, said: outcome.reason, matter: outcome.matter ?? 'network' }
    case 'untrusted':
      return { ...plain(met), kind, said: outcome.reason }
  }
}

/** A sign-in that ended without an answer of the provider. */
export const endedWithout = (kind: 'nobodyCame' | 'wrongAccount', said: string, met: Met): Setback => ({
  ...plain(met),
  kind,
  said,
})

/** What it is about, where nothing closer is known. */
export const matterOf = ({ matter }: Setback): Matter => matter ?? 'provider'
