/** Times and expiries as a person reads them. Pure. Clock times are those of this machine. */
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { many } from './many.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How long something lasts, in its largest unit: `43 min`, `2 h 5 min`, `3 days`. */
export function duration(ms: number): string {
  if (ms < MINUTE_MS) return 'under 1 min'
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) {
    const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS)
    return `${Math.floor(ms / HOUR_MS)} h${minutes === 0 ? '' : ` ${minutes} min`}`
  }
  return many(Math.floor(ms / DAY_MS), 'day')
}

/** When a connection's access token ends, as seen at `now`. */
export function expiry({ expiresAt, state, generation }: ConnectionStatus, now: number): string {
  if (expiresAt === null) return generation > 0 && state === 'active' ? 'never' : '–'
  const left = Date.parse(expiresAt) - now
  return left <= 0 ? 'expired' : `in ${duration(left)}`
}

/** `expires in 43 min`, or how long what is no more renewed still works; '' when nothing expires. */
export function timeLeft(connection: ConnectionStatus, now: number): string {
  const { expiresAt, state } = connection
  if (expiresAt === null) return ''
  const left = Date.parse(expiresAt) - now
  if (left <= 0) return 'access token expired'
  const ending = state === 'consentRequired' || state === 'blocked'
  return `${ending ? 'still works for' : 'expires in'} ${duration(left)}`
}

export function since(instant: string | null, now: number): string {
  if (instant === null) return '–'
  const ago = now - Date.parse(instant)
  return ago < MINUTE_MS ? 'just now' : `${duration(ago)} ago`
}

const twoDigits = (number: number): string => String(number).padStart(2, '0')

/** `09:05`; `at` in epoch milliseconds. */
export function clockTime(at: number): string {
  const date = new Date(at)
  return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())}`
}

/** Instants as the daemon writes them, told as a clock on the wall shows them. */
export const withLocalTimes = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (instant) => {
    const date = new Date(instant)
    const [month, day] = [twoDigits(date.getMonth() + 1), twoDigits(date.getDate())]
    return `${clockTime(date.getTime())} (${date.getFullYear()}-${month}-${day})`
  })
