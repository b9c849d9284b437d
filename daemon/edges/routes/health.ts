/** Whether each connection can give a valid access token now. */
import type { Broker } from '../../core/broker/broker.js'
import type { Handlers } from '../handlers.js'

export const healthRoutes = (broker: Broker): Pick<Handlers, 'health'> => ({
  health: async () => {
    await broker.looked()
    return broker.health()
  },
})
