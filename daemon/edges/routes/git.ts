/** Which connection serves a git host. */
import type { Delivery } from '../../../shared/contract/config.js'
import { servedHost } from '../../delivery/git.js'
import type { Handlers } from '../handlers.js'

export const gitRoutes = (served: Delivery['git']): Pick<Handlers, 'gitHost'> => ({
  gitHost: ({ query }) => {
    const host = servedHost(served, query.protocol, query.host)
    return { connection: host?.connection ?? null, username: host?.username ?? '' }
  },
})
