/** Credentials of AWS roles. */
import type { Broker } from '../../core/broker/broker.js'
import type { Handlers } from '../handlers.js'

export const awsRoutes = (broker: Broker): Pick<Handlers, 'awsCredentials'> => ({
  awsCredentials: ({ params, query, caller }) =>
    broker.roleCredentials({ connection: params.c, ...query }, caller),
})
