/** A person's consent at the provider: begun, and called off. */
import type { Broker } from '../../core/broker/broker.js'
import type { Handlers } from '../handlers.js'

export const consentRoutes = (broker: Broker): Pick<Handlers, 'beginConsent' | 'cancelConsent'> => ({
  beginConsent: ({ params, body, caller }) => broker.beginConsent(params.c, body, caller),
  cancelConsent: ({ params, caller }) => broker.cancelConsent(params.c, caller),
})
