/** All that is seen of a connection: how it stands, and what is known beside that. Pure. */
import type { ClientSecretStatus, ConnectionStatus, NeedsYouBy } from '../../../shared/contract/connection.js'
import type { Simulation } from '../../../shared/contract/simulation.js'
import type { ProviderProfile } from '../../providers/profile.js'
import { driftOf, type ScopeUse } from './drift.js'
import type { Moment } from '../lifecycle/freshness.js'
import type { ConnectionDefinition } from '../record.js'
import { statusOf } from '../lifecycle/standing.js'
import { grantOf, type State } from '../lifecycle/states.js'

export interface Seen {
  readonly definition: ConnectionDefinition
  readonly profile: ProviderProfile
  /** What callers and people meet. */
  readonly shown: State
  readonly leaseCount: number
  readonly scopeUse: ScopeUse
  readonly clientSecret: ClientSecretStatus | null
  readonly needsYouBy: NeedsYouBy | null
  readonly simulation: Simulation | undefined
}

export function connectionStatus(seen: Seen, at: Moment): ConnectionStatus {
  const { clientSecret, needsYouBy, simulation } = seen
  const { used } = seen.scopeUse
  const status = statusOf(seen.definition, seen.shown, seen.leaseCount, at)
  const drift = driftIn(seen, status)
  return {
    ...status,
    clientSecret,
    needsYouBy,
    ...(simulation && { simulation }),
    ...(used.length > 0 && { scopesUsed: used }),
    ...(drift && { drift }),
  }
}

/** Of a grant there is; without one everything asked for is missing, and no news. */
function driftIn(
  { profile, shown, scopeUse }: Seen,
  { scopes: granted, scopesAsked: asked }: Pick<ConnectionStatus, 'scopes' | 'scopesAsked'>,
) {
  // Resources give what was agreed to there, in names of their own.
  if (profile.downScope.kind === 'resources') return undefined
  const { signIn = [] } = profile.scopes
  return grantOf(shown) ? driftOf({ asked, granted, signIn }, scopeUse) : undefined
}
