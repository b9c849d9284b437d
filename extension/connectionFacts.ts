/** What the tree tells of one connection. Pure. */
import type { AuditEntry } from '../shared/contract/audit.js'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import {
  accountOf,
  expiry,
  missingScopes,
  neededWords,
  programName,
  since,
  withLocalTimes,
} from './wording.js'

export interface Fact {
  readonly label: string
  readonly value: string
  /** A codicon. */
  readonly icon: string
}

/** Enough to see who is at work. */
const MOST_CALLERS = 4

/** Programs that were handed an access token of it today, the latest first. */
export function recentCallers(entries: readonly AuditEntry[], connection: string): string[] {
  const programs = entries
    .filter((entry) => entry.event === 'lease' && entry.connection === connection)
    .flatMap(({ caller }) => (caller === null ? [] : [programName(caller.executable)]))
    .reverse()
  return [...new Set(programs)].slice(0, MOST_CALLERS)
}

/** `now` in epoch milliseconds. */
export function factsOf(connection: ConnectionStatus, entries: readonly AuditEntry[], now: number): Fact[] {
  const { scopes, reason, fix, retryAt, issuer, needsYouBy } = connection
  const needed = neededWords(connection, now)
  const missing = missingScopes(connection)
  const callers = recentCallers(entries, connection.name)
  const optional = (shown: boolean, fact: Fact): Fact[] => (shown ? [fact] : [])
  return [
    ...optional(reason !== '', { label: 'Why', value: withLocalTimes(reason), icon: 'info' }),
    ...optional(fix !== '', { label: 'What helps', value: fix, icon: 'tools' }),
    ...optional(needed !== '', { label: 'Soon', value: needed, icon: 'bell' }),
    ...optional(needsYouBy !== null, {
      label: 'What helps then',
      value: needsYouBy?.fix ?? '',
      icon: 'tools',
    }),
    ...optional(retryAt !== null, { label: 'Next try', value: retryText(retryAt, now), icon: 'history' }),
    { label: 'Account', value: accountOf(connection), icon: 'account' },
    { label: 'Scopes granted', value: scopes.join(' ') || 'none yet', icon: 'checklist' },
    ...optional(missing.length > 0, {
      label: 'Asked, not granted',
      value: missing.join(' '),
      icon: 'circle-slash',
    }),
    { label: 'Access token expires', value: expiry(connection, now), icon: 'clock' },
    { label: 'Last refresh', value: since(connection.lastRefreshAt, now), icon: 'refresh' },
    ...optional(callers.length > 0, { label: 'Used today by', value: callers.join(', '), icon: 'terminal' }),
    { label: 'Issuer', value: issuer, icon: 'globe' },
  ]
}

const retryText = (retryAt: string | null, now: number): string =>
  retryAt === null || Date.parse(retryAt) <= now
    ? 'soon'
    : `in ${Math.ceil((Date.parse(retryAt) - now) / 1000)} s`
