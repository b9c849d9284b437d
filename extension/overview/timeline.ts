/**
 * Where everything of the overview stands, decided without the editor. Pure. Positions and widths are percent of
 * a track, whose left end is some hours ago and whose right end lies ahead, so that the coming expiry has room.
 */
import type { AuditEntry } from '../../shared/contract/audit.js'
import type { ConnectionState, ConnectionStatus } from '../../shared/contract/connection.js'
import { worstFirst } from '../statusItem.js'
import { many } from '../wording/many.js'
import { accountOf, toldReason } from '../wording/standing.js'
import { clockTime, duration } from '../wording/times.js'
import { storyOf, type Moment, type MomentKind, type Stretch, type Use } from './moments.js'
import { clockSpan, countWords, programWords, stateWords, type Counts } from './words.js'

/** How far back a person may look. Hours. */
export const REACHES = [12, 24] as const
export type Reach = (typeof REACHES)[number]

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Where now stands: the rest of the track is ahead. */
export const NOW_X = 80

/** Bars a track: with 12 hours each stands for a quarter of an hour. */
const BARS = 48

/** Air on the right of a bar. */
const BAR_GAP = 0.35

/** Marks of one kind that are nearer than this are one mark: less than the width of a mark on a small window. */
const NEAR = 1.2

/** A label of the axis would run into the word that stands at now, or out of the window. */
const NEAR_NOW = 5
const NEAR_END = 97

export interface Tick {
  readonly x: number
  readonly label: string
}

export interface Band {
  readonly kind: Stretch['kind']
  readonly x: number
  readonly width: number
}

/** Something to go to and to read. `key` stays the same while the picture moves on. */
interface Place {
  readonly key: string
  readonly x: number
  readonly label: string
}

interface Mark extends Place {
  readonly kind: MomentKind
}

/** Access tokens handed out within some minutes. */
export interface Bar extends Place {
  readonly kind: 'uses'
  readonly width: number
  /** Of the highest, 0 to 1. */
  readonly height: number
}

/** The access token's end. `beyond`: further ahead than the track goes. */
export interface Expiry extends Place {
  readonly kind: 'expiry'
  readonly beyond: boolean
  /** When it is, for a label of a word or two. */
  readonly time: string
}

export type Item = Mark | Bar | Expiry

export type Mood = 'fresh' | 'busy' | 'trouble' | 'idle'

export interface Row {
  readonly name: string
  readonly account: string
  readonly mood: Mood
  readonly state: string
  /** Why it is not fresh; '' when it is. */
  readonly reason: string
  readonly counts: string
  readonly needsSignIn: boolean
  readonly bands: readonly Band[]
  /** In the order of their places. */
  readonly items: readonly Item[]
}

export interface Timeline {
  readonly reach: Reach
  readonly now: number
  readonly ticks: readonly Tick[]
  readonly rows: readonly Row[]
  /** Where what was read of the record begins, when that is inside the track; else undefined. */
  readonly readSince: number | undefined
}

export interface Seen {
  readonly connections: readonly ConnectionStatus[]
  readonly entries: readonly AuditEntry[]
  /** Before this the record holds more than was read; undefined when all of it was. */
  readonly readSince: number | undefined
  readonly reach: Reach
  /** Epoch milliseconds. */
  readonly now: number
}

export function timelineOf({ connections, entries, readSince, reach, now }: Seen): Timeline {
  const track = new Track(reach, now)
  const stories = worstFirst(connections).map((connection) => ({
    connection,
    story: storyOf(connection, entries, { from: track.from, now }),
  }))
  const bars = stories.map(({ story }) => binned(story.uses, track.binMs))
  const most = Math.max(1, ...bars.flatMap((bins) => [...bins.values()].map((uses) => uses.length)))
  return {
    reach,
    now,
    ticks: ticksOf(track),
    rows: stories.map(({ connection, story }, at) => {
      const { moments, uses, stretches } = story
      const items: Item[] = [
        ...marksOf(moments, track),
        ...barsOf(bars[at] ?? new Map<number, readonly Use[]>(), most, track),
        ...expiryOf(connection, track),
      ]
      return {
        ...headOf(connection, now),
        counts: countWords(countsOf(moments, uses)),
        bands: stretches.map(({ kind, from, to }) => ({ kind, ...track.span(from, to) })),
        items: items.sort((a, b) => a.x - b.x || weightOf(a) - weightOf(b)),
      }
    }),
    readSince: readSince !== undefined && readSince > track.from ? readSince : undefined,
  }
}

class Track {
  readonly from: number
  readonly to: number
  readonly now: number
  readonly binMs: number
  readonly reach: Reach

  constructor(reach: Reach, now: number) {
    const past = reach * HOUR_MS
    this.reach = reach
    this.now = now
    this.from = now - past
    this.to = this.from + (past * 100) / NOW_X
    this.binMs = past / BARS
  }

  /** Kept on the track, to a hundredth of a percent. */
  x(at: number): number {
    const percent = ((at - this.from) / (this.to - this.from)) * 100
    return Math.round(Math.min(100, Math.max(0, percent)) * 100) / 100
  }

  span(from: number, to: number): { readonly x: number; readonly width: number } {
    const x = this.x(from)
    return { x, width: Math.round((this.x(to) - x) * 100) / 100 }
  }
}

/** A failure is not to be hidden by what it caused at the same moment: what comes later lies on top. */
const weightOf = ({ kind }: Item): number => (kind === 'failure' ? 1 : 0)

const MOODS: Readonly<Record<ConnectionState, Mood>> = {
  signedOut: 'idle',
  authorizing: 'busy',
  active: 'fresh',
  refreshing: 'fresh',
  retrying: 'busy',
  inDoubt: 'busy',
  unsaved: 'busy',
  blocked: 'trouble',
  consentRequired: 'trouble',
}

const headOf = (connection: ConnectionStatus, now: number): Omit<Row, 'counts' | 'bands' | 'items'> => ({
  name: connection.name,
  account: accountOf(connection),
  mood: MOODS[connection.state],
  state: stateWords(connection, now),
  reason: toldReason(connection),
  needsSignIn: connection.state === 'consentRequired' || connection.state === 'signedOut',
})

function countsOf(moments: readonly Moment[], uses: readonly Use[]): Counts {
  const count = (kind: MomentKind): number => moments.filter((moment) => moment.kind === kind).length
  return { refreshes: count('refresh'), failures: count('failure'), handedOut: uses.length }
}

/** Full hours of the clock on the wall, six or so of them. */
function ticksOf(track: Track): Tick[] {
  const step = track.reach / 6
  const hour = new Date(track.from)
  hour.setMinutes(0, 0, 0)
  const ticks: Tick[] = []
  for (; hour.getTime() <= track.to; hour.setHours(hour.getHours() + 1)) {
    const at = hour.getTime()
    if (at < track.from || hour.getHours() % step !== 0) continue
    const x = track.x(at)
    const crowded = Math.abs(x - NOW_X) < NEAR_NOW || x > NEAR_END
    ticks.push({ x, label: crowded ? '' : clockTime(at) })
  }
  return ticks
}

/** Moments as marks; those of a kind that would lie on each other are one. */
function marksOf(moments: readonly Moment[], track: Track): Mark[] {
  const groups: Moment[][] = []
  for (const moment of moments) {
    const group = groups.findLast(([first]) => first?.kind === moment.kind)
    const [first] = group ?? []
    if (group && first && track.x(moment.at) - track.x(first.at) < NEAR) group.push(moment)
    else groups.push([moment])
  }
  // What came last lies on top.
  const lastOf = (group: readonly Moment[]): number => group.at(-1)?.at ?? 0
  return groups.sort((a, b) => lastOf(a) - lastOf(b)).flatMap((group) => markOf(group, track))
}

function markOf(group: readonly Moment[], track: Track): Mark[] {
  const [first, last] = [group[0], group.at(-1)]
  if (first === undefined || last === undefined) return []
  const sentences = [...new Set(group.map(sentenceOf))].join('; ')
  const times = group.length === 1 ? '' : `, ${group.length} times`
  const label = `${clockSpan(first.at, last.at)} ${sentences}${times}`
  return [{ key: `${first.kind} ${first.at}`, kind: first.kind, x: track.x((first.at + last.at) / 2), label }]
}

function sentenceOf({ kind, words, program }: Moment): string {
  if (kind === 'reject' || kind === 'refusal') return `${program === '' ? 'somebody' : program} ${words}`
  if (kind === 'signIn' || kind === 'signOut') return words
  return program === '' ? `${words} (fob itself)` : `${words} (asked by ${program})`
}

function binned(uses: readonly Use[], binMs: number): Map<number, Use[]> {
  const bins = new Map<number, Use[]>()
  for (const use of uses) {
    const bin = Math.floor(use.at / binMs) * binMs
    const others = bins.get(bin)
    if (others) others.push(use)
    else bins.set(bin, [use])
  }
  return bins
}

/** A thousand beside three: by their orders of size, or the three could not be seen. */
const heightOf = (count: number, most: number): number =>
  Math.round((Math.log1p(count) / Math.log1p(most)) * 100) / 100

function barsOf(bins: ReadonlyMap<number, readonly Use[]>, most: number, track: Track): Bar[] {
  return [...bins].map(([bin, uses]) => {
    const { x, width } = track.span(bin, Math.min(bin + track.binMs, track.now))
    const programs = programWords(uses.map(({ program }) => program || 'unknown program'))
    const handedOut = `${many(uses.length, 'access token')} handed out`
    return {
      key: `uses ${bin}`,
      kind: 'uses',
      x,
      width: Math.max(BAR_GAP, width - BAR_GAP),
      height: heightOf(uses.length, most),
      label: `${clockSpan(bin, bin + track.binMs)} ${handedOut}: ${programs}`,
    }
  })
}

function expiryOf({ expiresAt, state }: ConnectionStatus, track: Track): Expiry[] {
  const at = expiresAt === null ? NaN : Date.parse(expiresAt)
  if (!(at > track.now)) return []
  const left = duration(at - track.now)
  const time = at - track.now < DAY_MS ? clockTime(at) : `in ${left}`
  const renewed = state === 'active' || state === 'refreshing' ? '; fob renews it before' : ''
  const label = `${time === clockTime(at) ? `${time} ` : ''}the access token expires in ${left}${renewed}`
  return [{ key: 'expiry', kind: 'expiry', x: track.x(at), beyond: at > track.to, time, label }]
}
