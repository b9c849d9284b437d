/** Adding, ending and renewing connections. */
import type { Broker } from '../../core/broker/broker.js'
import { Secret } from '../../core/secret.js'
import type { Handlers } from '../handlers.js'

type ConnectionHandlers = Pick<
  Handlers,
  'addConnection' | 'signOut' | 'refresh' | 'reject' | 'rejectToken' | 'setSecret' | 'rotateSecret'
>

export const connectionRoutes = (broker: Broker): ConnectionHandlers => ({
  addConnection: ({ body, caller }) => broker.add(body, caller),
  signOut: ({ params, query, caller }) => broker.signOut(params.c, query, caller),
  refresh: ({ params, caller }) => broker.refresh(params.c, caller),
  reject: ({ params, body, caller }) => broker.reject(params.c, body.lease, caller),
  rejectToken: ({ params, body, caller }) =>
    broker.rejectToken(params.c, new Secret(body.accessToken), caller),
  setSecret: ({ params, body, caller }) => broker.setSecret(params.c, body, caller),
  rotateSecret: ({ params, body, caller }) => broker.rotateSecret(params.c, body, caller),
})
