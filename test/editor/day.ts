/**
 * A working day in the record, as the daemon would have written it: hourly refreshes, an outage, a caller that was
 * refused, and git, curl and node asking in bursts. For pictures that show what a person would see in the evening.
 */
import { AuditEntry, type AuditEvent } from '../../shared/contract/audit.js'
import { fractionsOf } from '../seed.js'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** The same day each time: a picture changes only with what draws it. */
const DAY = 7

const PROGRAMS = ['/usr/bin/git', '/usr/bin/git', '/usr/bin/curl', '/usr/bin/node']

/** Of `connection`, up to `now`, which is in epoch milliseconds; one JSON line each. */
export function dayOf(connection: string, now: number): string {
  const fraction = fractionsOf(DAY + connection.length)
  const line = (event: AuditEvent, hoursAgo: number, outcome = 'ok', executable?: string): string =>
    JSON.stringify(
      AuditEntry.parse({
        time: new Date(now - hoursAgo * HOUR_MS).toISOString(),
        event,
        connection,
        caller: executable === undefined ? null : { uid: process.getuid?.() ?? 0, pid: 4242, executable },
        outcome,
        generation: 1,
        fingerprint: '',
      }),
    )
  const refreshes = [10.3, 9.3, 8.3, 7.3, 6.3].map((hoursAgo) => line('refresh', hoursAgo))
  const outage = [line('refresh', 5.35, 'transient'), line('refresh', 4.6)]
  const afternoon = [3.6, 2.6, 1.6].map((hoursAgo) => line('refresh', hoursAgo))
  const odd = [
    line('reject', 2.75, 'ok', '/usr/bin/git'),
    line('refusal', 7, 'refused_by_policy', '/usr/bin/node'),
  ]
  const uses = [10.2, 9.9, 8.8, 7.6, 6.9, 5.9, 4.4, 3.3, 3.1, 2.2, 1.2, 0.6].flatMap((hoursAgo) =>
    Array.from({ length: 1 + Math.floor(fraction() ** 3 * 40) }, () => {
      const program = PROGRAMS[Math.floor(fraction() * PROGRAMS.length)] ?? '/usr/bin/git'
      return line('lease', hoursAgo - fraction() * 0.2, 'ok', program)
    }),
  )
  const lines = [line('signIn', 10.6), ...refreshes, ...outage, ...afternoon, ...odd, ...uses]
  return `${lines.sort().join('\n')}\n`
}
