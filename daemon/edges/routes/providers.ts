/** The providers that can be connected, and what each must be told. */
import type { ProviderProfile } from '../../providers/profile.js'
import type { Handlers } from '../handlers.js'

export const providerRoutes = (catalogue: readonly ProviderProfile[]): Pick<Handlers, 'providers'> => ({
  providers: () => ({
    providers: catalogue.map(({ id, name, needs }) => ({ id, name, needs: [...needs] })),
  }),
})
