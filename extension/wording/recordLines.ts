/** The record as lines of a page, latest first. Pure. */
import type { AuditEntry } from '../../shared/contract/audit.js'

export function recordLines(entries: readonly AuditEntry[]): string[] {
  const head = '# Who used which connection, latest first. Equal fingerprints are equal access tokens.'
  const line = ({ time, event, connection, caller, outcome, fingerprint }: AuditEntry): string => {
    const who =
      caller === null ? 'fob itself' : `${caller.executable || 'unknown program'} (pid ${caller.pid})`
    const which = fingerprint === '' ? '' : `  token ${fingerprint}`
    return `${time}  ${event.padEnd(9)}  ${connection.padEnd(16)}  ${outcome.padEnd(16)}  ${who}${which}`
  }
  return [head, '', ...[...entries].reverse().map(line)]
}
