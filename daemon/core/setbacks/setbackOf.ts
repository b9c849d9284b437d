/** What happened when a provider was asked, as a setback to be kept. Pure. */
import type { Outcome } from '../outcome.js'
import type { Setback } from '../setback.js'

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
      const { error, word = error, description, status, claimsChallenge } = outcome
      const refused = { ...plain(met), kind: 'refused', word, error, said: description, status } as const
      return claimsChallenge === undefined ? refused : { ...refused, claimsChallenge }
    }
    case 'notOAuth':
      return { ...plain(met), kind: 'unreadable', said: outcome.contentType, status: outcome.status }
    case 'unreachable':
    case 'unanswered':
      return { ...plain(met), kind, said: outcome.reason, matter: outcome.matter ?? 'network' }
    case 'unproven':
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
