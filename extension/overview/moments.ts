/**
 * What happened to one connection, read from its record: the moments worth a mark, the access tokens handed out,
 * and from when to when it was signed in. Pure. Times in epoch milliseconds, earliest first.
 */
import type { AuditEntry } from '../../shared/contract/audit.js'
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { programName } from '../wording/programName.js'
import { failureWords } from './words.js'

/**
 * - `refresh`: a new access token came.
 * - `failure`: one was wanted and did not come, or a sign-in did not finish.
 * - `reject`: a caller said that its access token does not work.
 * - `refusal`: a caller was refused by a rule, or by its own request.
 * - `signIn`, `signOut`: a person came or went.
 */
export type MomentKind = 'refresh' | 'failure' | 'reject' | 'refusal' | 'signIn' | 'signOut'

export interface Moment {
  readonly kind: MomentKind
  readonly at: number
  /** What it was, in a few words. */
  readonly words: string
  /** The program that caused it; '' for fob itself. */
  readonly program: string
}

export interface Use {
  readonly at: number
  readonly program: string
}

/** `gap`: signed in, and no new access token came when one was wanted. */
export interface Stretch {
  readonly kind: 'signedIn' | 'gap'
  readonly from: number
  readonly to: number
}

interface Story {
  readonly moments: readonly Moment[]
  readonly uses: readonly Use[]
  readonly stretches: readonly Stretch[]
}

interface Told {
  readonly kind: MomentKind
  readonly words: string
}

/** What an entry is worth on the picture; undefined for what is told otherwise or not at all. */
function told({ event, outcome }: AuditEntry): Told | undefined {
  const ok = outcome === 'ok'
  switch (event) {
    case 'refresh':
      return ok ? { kind: 'refresh', words: 'refreshed' } : failure('refresh', outcome)
    case 'signIn':
      return ok ? { kind: 'signIn', words: 'signed in' } : failure('sign-in', outcome)
    case 'signOut':
      return { kind: 'signOut', words: ok ? 'signed out' : 'signed out, not all of it revoked' }
    case 'reject':
      return { kind: 'reject', words: 'said that its access token does not work' }
    case 'refusal':
      return { kind: 'refusal', words: `was refused: ${failureWords(outcome)}` }
    default:
      return undefined
  }
}

const failure = (what: string, outcome: string): Told => ({
  kind: 'failure',
  words: `${what} failed: ${failureWords(outcome)}`,
})

/** `entries` of any connection; only those since `from` make marks, earlier ones say how things stood then. */
export function storyOf(
  connection: ConnectionStatus,
  entries: readonly AuditEntry[],
  { from, now }: { readonly from: number; readonly now: number },
): Story {
  const own = entries
    .filter((entry) => entry.connection === connection.name)
    .map((entry) => ({ entry, at: Date.parse(entry.time) }))
    .filter(({ at }) => at <= now)
    .sort((a, b) => a.at - b.at)
  const inside = own.filter(({ at }) => at >= from)
  return {
    moments: inside.flatMap(({ entry, at }) => {
      const what = told(entry)
      return what === undefined ? [] : [{ ...what, at, program: programOf(entry) }]
    }),
    uses: inside
      .filter(({ entry }) => entry.event === 'lease' && entry.outcome === 'ok')
      .map(({ entry, at }) => ({ at, program: programOf(entry) })),
    stretches: stretchesOf(connection, own, { from, now }),
  }
}

const programOf = ({ caller }: AuditEntry): string => (caller === null ? '' : programName(caller.executable))

interface Timed {
  readonly entry: AuditEntry
  readonly at: number
}

/** How a connection stood: not signed in, signed in, or signed in with a refresh that failed last. */
type Standing = 'away' | Stretch['kind']

/** How it stands after an entry; undefined when the entry says nothing of it. */
function standingAfter({ event, outcome }: AuditEntry): Standing | undefined {
  if (event === 'signOut') return 'away'
  if (event === 'lease' && outcome === 'ok') return undefined
  if (event === 'signIn') return outcome === 'ok' ? 'signedIn' : undefined
  if (event === 'refresh') return outcome === 'ok' ? 'signedIn' : 'gap'
  return undefined
}

/** How it must have stood before an entry, when nothing earlier is known. */
function standingBefore({ event, outcome }: AuditEntry): Standing | undefined {
  if (event === 'lease' || event === 'refresh' || event === 'reject') return 'signedIn'
  if (event === 'signIn' && outcome === 'ok') return 'away'
  if (event === 'signOut') return 'signedIn'
  return undefined
}

function stretchesOf(
  connection: ConnectionStatus,
  own: readonly Timed[],
  { from, now }: { readonly from: number; readonly now: number },
): Stretch[] {
  const stretches: Stretch[] = []
  let standing: Standing = standingAtFirst(connection, own)
  let since = from
  const close = (to: number): void => {
    if (standing !== 'away' && to > since) stretches.push({ kind: standing, from: since, to })
  }
  for (const { entry, at } of own) {
    const next = standingAfter(entry)
    if (next === undefined) continue
    // A refresh begins a stretch of its own: where one access token gave way to the next is to be seen.
    const renewed = entry.event === 'refresh' && entry.outcome === 'ok'
    if (next === standing && !renewed) continue
    if (at > from) close(at)
    standing = next
    since = Math.max(at, from)
  }
  close(now)
  return stretches
}

function standingAtFirst({ generation, state }: ConnectionStatus, own: readonly Timed[]): Standing {
  for (const { entry } of own) {
    const before = standingBefore(entry)
    if (before !== undefined) return before
  }
  // Nothing is on record: as it stands now.
  if (generation === 0 || state === 'signedOut' || state === 'authorizing') return 'away'
  return state === 'active' || state === 'refreshing' || state === 'unsaved' ? 'signedIn' : 'gap'
}
