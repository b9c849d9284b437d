/**
 * What the status bar shows for a picture: the worst state first, then the count and the next expiry. Pure.
 * Nothing in it moves or changes faster than by the minute, and colour is only for what needs a person.
 */
import type { ConnectionState, ConnectionStatus, Status } from '../shared/contract/connection.js'
import type { Picture, Problem } from './picture.js'
import { withoutIcons } from './wording/foreignText.js'
import { awaySentence, PROBLEMS } from './wording/problems.js'
import type { Savings } from './wording/savings.js'
import { neededWords, standingOf, STATES } from './wording/standing.js'
import { duration } from './wording/times.js'
import { tooltip } from './wording/tooltip.js'

interface StatusItem {
  readonly text: string
  /** What a screen reader says. */
  readonly label: string
  /** Markdown; text of others in it is escaped. */
  readonly tooltip: string
  readonly severity: 'none' | 'warning' | 'error'
}

/** From the worst. What heals by itself comes after what needs a person. */
const WORST_FIRST: readonly ConnectionState[] = [
  'consentRequired',
  'blocked',
  'inDoubt',
  'unsaved',
  'retrying',
  'authorizing',
  'signedOut',
  'refreshing',
  'active',
]

const NEEDS_PERSON: readonly ConnectionState[] = ['consentRequired', 'blocked']

export function worstFirst(connections: readonly ConnectionStatus[]): ConnectionStatus[] {
  // What is only out of reach comes after what was reached and failed.
  const rank = ({ state, offline }: ConnectionStatus): number =>
    WORST_FIRST.indexOf(state) + (offline ? 0.5 : 0)
  return [...connections].sort((a, b) => rank(a) - rank(b) || (a.name < b.name ? -1 : 1))
}

/** `now` in epoch milliseconds. */
export function statusItem(picture: Picture, savings: Savings, now: number): StatusItem {
  if (picture.kind === 'looking') {
    return plain('$(key) fob', 'fob, looking for its daemon', 'Looking for fob.')
  }
  if (picture.kind === 'away') {
    const { icon } = PROBLEMS[picture.problem]
    const sentence = awaySentence(picture)
    const absence = ABSENCE[picture.problem]
    // What is over in a moment gets no word in the bar.
    const said = picture.problem === 'starting' ? '' : `: ${absence}`
    const item = plain(`$(${icon}) fob${said}`, `fob, ${absence}. ${sentence}`, '')
    return { ...item, tooltip: sentence, severity: picture.problem === 'unsafe' ? 'error' : 'none' }
  }
  const shown = headline(picture.status, now)
  return { ...shown, tooltip: tooltip(picture.status, savings, now) }
}

/** Short, for the bar; the tooltip has the sentence. */
const ABSENCE: Readonly<Record<Problem, string>> = {
  starting: 'starting',
  stopped: 'not running',
  failed: 'not running',
  unsafe: 'not connected',
  foreign: 'not connected',
  silent: 'not connected',
  older: 'not connected',
  newer: 'not connected',
}

const plain = (text: string, label: string, tip: string): StatusItem => ({
  text,
  label,
  tooltip: tip,
  severity: 'none',
})

type Headline = Omit<StatusItem, 'tooltip'>

function headline(status: Status, now: number): Headline {
  const [worst] = worstFirst(status.connections)
  if (worst !== undefined && NEEDS_PERSON.includes(worst.state)) return needsPerson(worst, status)
  if (status.vault.state === 'locked') return locked(status.vault)
  if (worst === undefined) return { text: '$(key) fob', label: 'fob, no connections yet', severity: 'none' }
  return quiet(worst, status.connections, now)
}

function needsPerson({ state, name }: ConnectionStatus, { connections }: Status): Headline {
  const { icon, words } = STATES[state]
  const number = connections.filter((connection) => NEEDS_PERSON.includes(connection.state)).length
  const others = number === 1 ? '' : ` +${number - 1}`
  return {
    text: `$(${icon}) fob: ${withoutIcons(name)} ${words}${others}`,
    label: `fob, ${name}: ${words}${number === 1 ? '' : `, and ${number - 1} more`}`,
    severity: state === 'blocked' ? 'error' : 'warning',
  }
}

/** Without a command that mends it, it is being opened right now. */
const locked = ({ fix }: Status['vault']): Headline =>
  fix === ''
    ? { text: '$(key) fob', label: 'fob, reading its key', severity: 'none' }
    : { text: '$(lock) fob: locked', label: 'fob, locked', severity: 'warning' }

/** Signed out and fresh ones side by side: the fresh are what counts, unless there are none. */
function quiet(worst: ConnectionStatus, connections: readonly ConnectionStatus[], now: number): Headline {
  const fresh = connections.filter(({ state }) => state === 'active' || state === 'refreshing')
  const calm = worst.state === 'signedOut' && fresh.length > 0
  const { icon, words } = calm ? STATES.active : standingOf(worst)
  const next = nextExpiry(fresh, now)
  const isFresh = calm || worst.state === 'active' || worst.state === 'refreshing'
  const alike = connections.filter((each) => standingOf(each) === standingOf(worst)).length
  const count = isFresh ? `${fresh.length} fresh` : `${alike} ${words}`
  const text = [`$(${isFresh ? 'key' : icon}) fob`, count, ...(next === '' ? [] : ['·', next])]
  const others = alike === 1 ? '' : `, and ${alike - 1} more`
  const spoken = isFresh
    ? `${fresh.length} of ${connections.length} fresh`
    : `${worst.name}: ${words}${others}`
  const [needing] = connections.filter(({ needsYouBy }) => needsYouBy !== null)
  const needed = needing === undefined ? '' : `, ${needing.name} ${neededWords(needing, now)}`
  return {
    text: [...text, ...(needing === undefined ? [] : ['$(bell)'])].join(' '),
    label: `fob, ${spoken}${next === '' ? '' : `, next expiry in ${next}`}${needed}`,
    severity: 'none',
  }
}

function nextExpiry(connections: readonly ConnectionStatus[], now: number): string {
  const left = connections
    .flatMap(({ expiresAt }) => (expiresAt === null ? [] : [Date.parse(expiresAt) - now]))
    .filter((ms) => ms > 0)
  if (left.length === 0) return ''
  return duration(Math.min(...left)).replace('under 1 min', '<1 min')
}
