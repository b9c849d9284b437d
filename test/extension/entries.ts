/** Lines of the record, as the daemon writes them. */
import type { AuditEntry } from '../../shared/contract/audit.js'
import { inMs } from './statuses.js'

/** `ms` from the moment everything is seen at; what differs from git having leased of `work`. */
export const entry = (
  event: AuditEntry['event'],
  ms: number,
  differs: Partial<AuditEntry> & { readonly by?: string | null } = {},
): AuditEntry => {
  const { by = '/usr/bin/git', ...others } = differs
  return {
    time: inMs(ms),
    event,
    connection: 'work',
    caller: by === null ? null : { uid: 1, pid: 7, executable: by },
    outcome: 'ok',
    generation: 1,
    fingerprint: 'f1',
    ...others,
  }
}
