/** How a moment some hours or days ahead is said, the same in the command and in the editor. Pure but for the time zone. */

const DAY_MS = 86_400_000
const WEEKDAYS = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday']
const MONTHS = [
  ...['January', 'February', 'March', 'April', 'May', 'June'],
  ...['July', 'August', 'September', 'October', 'November', 'December'],
]

/** From two to six days ahead a weekday's name means one day only. */
const NAMED_DAYS = 6

const midnightOf = (date: Date): number =>
  new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime()

/** What follows "by": `today at 18:00`, `tomorrow`, `Friday`, `12 March`. `at` and `now` in epoch milliseconds. */
export function deadlineWords(at: number, now: number): string {
  if (at <= now) return 'now'
  // Midnight ends a day and belongs to it.
  const last = new Date(at - 1)
  const today = new Date(now)
  const days = Math.round((midnightOf(last) - midnightOf(today)) / DAY_MS)
  if (days === 0) return `today at ${timeOf(new Date(at))}`
  if (days === 1) return 'tomorrow'
  if (days <= NAMED_DAYS) return WEEKDAYS[last.getDay()] ?? ''
  const year = last.getFullYear() === today.getFullYear() ? '' : ` ${last.getFullYear()}`
  return `${last.getDate()} ${MONTHS[last.getMonth()]}${year}`
}

function timeOf(date: Date): string {
  const [hours, minutes] = [date.getHours(), date.getMinutes()].map((part) => String(part).padStart(2, '0'))
  return hours === '00' && minutes === '00' ? 'midnight' : `${hours}:${minutes}`
}
