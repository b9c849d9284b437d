/** The provider that somebody named, or who may have been meant. Pure. */
import { Refusal } from '../../../shared/contract/errors.js'
import type { ProviderId } from '../../../shared/contract/ids.js'
import type { ProviderProfile } from '../../providers/profile.js'
import { nearestName } from './nearestName.js'

/** More would be the list itself. */
const MOST_MEANT = 3

/** Of a name; less is in too many. */
const LEAST_TYPED = 3

/** Throws `unknown_provider`. */
export function providerNamed(id: ProviderId, catalogue: readonly ProviderProfile[]): ProviderProfile {
  const profile = catalogue.find((known) => known.id === id)
  if (profile) return profile
  const meant = providersMeant(id, catalogue)
  const hint = meant.length === 0 ? '' : `; did you mean ${meant.join(' or ')}?`
  throw new Refusal('unknown_provider', `there is no provider ${id}${hint}`, {
    field: 'body.provider',
    fix: 'fob provider list',
  })
}

/** By a slip of the finger, or by the name that people know it by, as with `jira` or `entra`. */
function providersMeant(typed: string, catalogue: readonly ProviderProfile[]): string[] {
  const near = nearestName(
    typed,
    catalogue.map(({ id }) => id),
  )
  const named =
    typed.length < LEAST_TYPED
      ? []
      : catalogue.filter(({ id, name }) => `${id} ${name}`.toLowerCase().includes(typed))
  return [...new Set([...(near === undefined ? [] : [near]), ...named.map(({ id }) => id)])].slice(
    0,
    MOST_MEANT,
  )
}
