/** Rehearsing trouble. */
import type { Broker } from '../../core/broker/broker.js'
import type { Handlers } from '../handlers.js'

export const simulateRoutes = (broker: Broker): Pick<Handlers, 'simulate'> => ({
  simulate: ({ body, caller }) => broker.simulate(body, caller),
})
