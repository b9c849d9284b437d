/** The list of providers. Adding one is a file beside this and a line here. */
import type { ProviderId } from '../../shared/contract/ids.js'
import { oidc } from './oidc.js'
import type { ProviderProfile } from './profile.js'

export const catalogue: readonly ProviderProfile[] = [oidc]

export const profileOf = (id: ProviderId): ProviderProfile | undefined =>
  catalogue.find((profile) => profile.id === id)
