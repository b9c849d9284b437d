/** Which connection serves a git host. */
import { chosen, serving } from '../../delivery/git.js'
import type { ServedBy } from '../gitHosts.js'
import type { Handlers } from '../handlers.js'

/** `served` as it is now: connections come and go. */
export const gitRoutes = (served: () => readonly ServedBy[]): Pick<Handlers, 'gitHost'> => ({
  gitHost: ({ query }) => {
    const all = serving(served(), query.protocol, query.host)
    const choice = chosen(all, query)
    const one = choice.kind === 'one' ? choice.served : undefined
    return {
      connection: one?.connection ?? null,
      username: one?.username ?? '',
      scope: one?.scope ?? '',
      among: [...new Set(all.map(({ connection }) => connection))],
      say: choice.kind === 'undecided' ? choice.say : null,
    }
  },
})
