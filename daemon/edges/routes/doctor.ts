/** What is wrong, how fob knows, and what mends it. */
import type { Broker } from '../../core/broker.js'
import type { Handlers } from '../handlers.js'

export const doctorRoutes = (broker: Broker): Pick<Handlers, 'doctor'> => ({
  doctor: ({ query }) => broker.diagnose(query.connection),
})
