/** Ends the daemon, or hands it over to another installed version. */
import type { Body } from '../../../shared/contract/routes.js'
import type { Caller } from '../../core/ports.js'
import type { Handlers } from '../handlers.js'

/** The program that takes the socket and the lock over. */
export type Successor = NonNullable<Body<'shutdown'>['successor']>

export type OnShutdown = (successor: Successor | undefined, caller: Caller) => void

export const shutdownRoutes = (pid: number, onShutdown: OnShutdown): Pick<Handlers, 'shutdown'> => ({
  shutdown: ({ body, caller }) => {
    // A turn later, so that the answer is written before anything ends.
    setImmediate(() => onShutdown(body.successor, caller))
    return { stopping: true, pid }
  },
})
