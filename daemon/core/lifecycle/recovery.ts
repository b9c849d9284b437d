/** The state a connection starts in, from what the vault kept. Pure. */
import type { LoadedConnection } from '../ports.js'
import type { InDoubt, Settled } from './states.js'
import type { HeldGrant } from './freshness.js'
import { resendsByItself } from './refreshAnswers.js'
import type { ProviderProfile } from '../../providers/profile.js'

export function recover(
  loaded: LoadedConnection,
  refreshToken: ProviderProfile['refreshToken'],
  now: number,
): Settled {
  const { record, secrets } = loaded
  const known = { generation: record.generation, forcedAt: null }
  if (record.grant === null) {
    return record.standing.kind === 'consentRequired'
      ? { kind: 'consentRequired', ...known, grant: null, reason: record.standing.reason }
      : { kind: 'signedOut', ...known }
  }
  const grant: HeldGrant = {
    facts: record.grant,
    issuedMonotonic: null,
    // An access token that was reported as refused is not kept on disk.
    rejected: secrets.accessToken === undefined,
    accessGeneration: record.grant.generation,
  }
  if (record.standing.kind === 'consentRequired') {
    return { kind: 'consentRequired', ...known, grant, reason: record.standing.reason }
  }
  // The copy before the last change: its refresh token may be the one that change spent.
  if (loaded.restored && grant.facts.renewable)
    return { ...known, ...inDoubt(grant, 'restored', now, now, refreshToken) }
  if (record.intent?.generation === record.grant.generation) {
    return { ...known, ...inDoubt(grant, 'crash', record.intent.at, now, refreshToken) }
  }
  if (record.standing.kind === 'blocked') {
    const { reason, fix } = record.standing
    return { kind: 'blocked', ...known, grant, reason, fix }
  }
  return { kind: 'active', ...known, grant }
}

function inDoubt(
  grant: HeldGrant,
  cause: InDoubt['cause'],
  since: number,
  now: number,
  rule: ProviderProfile['refreshToken'],
): Omit<InDoubt, 'generation' | 'forcedAt'> {
  const byItself = resendsByItself(rule, since, now)
  return {
    kind: 'inDoubt',
    grant,
    since,
    attempt: 0,
    cause,
    resend: byItself ? 'byItself' : 'whenNeeded',
    notBefore: now,
    wokenAt: null,
  }
}
