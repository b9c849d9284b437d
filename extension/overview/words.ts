/** What the overview says. Pure. */
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { many } from '../wording/many.js'
import { standingOf } from '../wording/standing.js'
import { clockTime, timeLeft } from '../wording/times.js'

/** Outcomes of the record that a person need not look up. */
const FAILURES: Readonly<Record<string, string>> = {
  transient: 'the provider could not be reached or was busy',
  unanswered: 'the answer got lost',
  permanent: 'the provider ended the grant',
  misconfigured: 'the provider refuses the client or its settings',
  unsaved: 'the new tokens could not be saved yet',
  denied: 'consent was denied',
  deadline: 'nobody finished it in time',
  cancelled: 'it was cancelled',
  wrongAccount: 'it was another account',
  refused_by_policy: 'a rule says no',
  consent_required: 'you have to sign in first',
  retry_later: 'there is no access token at the moment',
  vault_locked: 'the key is locked',
}

export const failureWords = (outcome: string): string => FAILURES[outcome] ?? outcome.replaceAll('_', ' ')

/** `09:00–09:15`, or one time when both are the same minute. */
export const clockSpan = (from: number, to: number): string =>
  clockTime(from) === clockTime(to) ? clockTime(from) : `${clockTime(from)}–${clockTime(to)}`

/** `fresh, expires in 43 min` */
export function stateWords(connection: ConnectionStatus, now: number): string {
  const left = timeLeft(connection, now)
  const { words } = standingOf(connection)
  return left === '' ? words : `${words}, ${left}`
}

export interface Counts {
  readonly refreshes: number
  readonly failures: number
  readonly handedOut: number
}

/** `11 refreshes, 1 failure, 212 access tokens handed out` */
export function countWords({ refreshes, failures, handedOut }: Counts): string {
  const parts = [
    ...(refreshes > 0 ? [many(refreshes, 'refresh', 'refreshes')] : []),
    ...(failures > 0 ? [many(failures, 'failure')] : []),
    ...(handedOut > 0 ? [`${many(handedOut, 'access token')} handed out`] : []),
  ]
  return parts.join(', ') || 'no refresh, no access token handed out'
}

/** `git 8, curl 3, 2 others` for the programs of these uses, the busiest first. */
export function programWords(programs: readonly string[]): string {
  const counts = new Map<string, number>()
  for (const program of programs) counts.set(program, (counts.get(program) ?? 0) + 1)
  const sorted = [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1))
  const named = sorted.slice(0, MOST_PROGRAMS).map(([program, count]) => `${program} ${count}`)
  const others = sorted.length - named.length
  return [...named, ...(others > 0 ? [many(others, 'other')] : [])].join(', ')
}

/** Enough to see who is at work. */
const MOST_PROGRAMS = 4
