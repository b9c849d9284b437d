/** Where the key that seals secrets comes from: unlocked, or moved. */
import type { Broker } from '../../core/broker/broker.js'
import type { Handlers } from '../handlers.js'

export const vaultRoutes = (broker: Broker): Pick<Handlers, 'vault'> => ({
  vault: ({ body, caller }) => broker.vault(body, caller),
})
