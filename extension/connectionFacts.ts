/** What the tree tells of one connection. Pure. */
import type { AuditEntry } from '../shared/contract/audit.js'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import { programName } from './wording/programName.js'
import { accountOf, missingScopes, neededWords } from './wording/standing.js'
import { expiry, since, withLocalTimes } from './wording/times.js'

export interface Fact {
  readonly label: string
  readonly value: string
  /** A codicon. */
  readonly icon: string
}

/** Enough to see who is at work. */
const MOST_CALLERS = 4

interface RecentCaller {
  readonly program: string
  /** When it last was handed an access token, ISO 8601. */
  readonly at: string
}

/** Programs that were handed an access token of it, on whatever day, the latest first and each once. */
export function recentCallers(entries: readonly AuditEntry[], connection: string): RecentCaller[] {
  const latest = new Map<string, string>()
  for (const { event, connection: of, caller, outcome, time } of entries) {
    if (event !== 'lease' || of !== connection || outcome !== 'ok' || caller === null) continue
    const program = programName(caller.executable)
    // Moved to the end: a map keeps the order of insertion.
    latest.delete(program)
    latest.set(program, time)
  }
  return [...latest]
    .reverse()
    .slice(0, MOST_CALLERS)
    .map(([program, at]) => ({ program, at }))
}

/** `now` in epoch milliseconds. */
export function factsOf(connection: ConnectionStatus, entries: readonly AuditEntry[], now: number): Fact[] {
  const { scopes, reason, fix, retryAt, issuer, needsYouBy } = connection
  const needed = neededWords(connection, now)
  const missing = missingScopes(connection)
  const callers = recentCallers(entries, connection.name).map(
    ({ program, at }) => `${program} ${since(at, now)}`,
  )
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
    { label: 'Used by', value: callers.join(', ') || 'nobody yet', icon: 'terminal' },
    { label: 'Issuer', value: issuer, icon: 'globe' },
  ]
}

const retryText = (retryAt: string | null, now: number): string =>
  retryAt === null || Date.parse(retryAt) <= now
    ? 'soon'
    : `in ${Math.ceil((Date.parse(retryAt) - now) / 1000)} s`
