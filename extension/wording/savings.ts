/** What fob saved a person today: counted from the record, and told in a sentence. Pure. */
import type { AuditEntry } from '../../shared/contract/audit.js'
import { many } from './many.js'

/** What fob did today that a person would otherwise have had to. */
export interface Savings {
  readonly refreshes: number
  readonly handedOut: number
}

/** Counted from the record, whose entries are of any day; `midnight` in epoch milliseconds. */
export function savingsIn(entries: readonly AuditEntry[], midnight: number): Savings {
  const today = entries.filter(({ time, outcome }) => outcome === 'ok' && Date.parse(time) >= midnight)
  const count = (event: AuditEntry['event']): number => today.filter((entry) => entry.event === event).length
  return { refreshes: count('refresh'), handedOut: count('lease') }
}

export function savedSentence({ refreshes, handedOut }: Savings): string {
  if (refreshes === 0 && handedOut === 0) return 'Today: nothing to do yet.'
  const prompts = refreshes === 0 ? '' : `, so ${many(refreshes, 'sign-in prompt')} avoided`
  const done = many(refreshes, 'refresh', 'refreshes')
  return `Today: ${done}${prompts}; ${many(handedOut, 'access token')} handed out.`
}
