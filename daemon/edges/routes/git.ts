/** Which connection serves a git host. */
import { servedHost } from '../../delivery/git.js'
import type { ServedBy } from '../gitHosts.js'
import type { Handlers } from '../handlers.js'

/** `served` as it is now: connections come and go. */
export const gitRoutes = (served: () => readonly ServedBy[]): Pick<Handlers, 'gitHost'> => ({
  gitHost: ({ query }) => {
    const host = servedHost(served(), query.protocol, query.host)
    return { connection: host?.connection ?? null, username: host?.username ?? '' }
  },
})
