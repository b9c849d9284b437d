/** Ends the daemon, or hands it over to another installed version. */
import type { Body } from '../../../shared/contract/routes.js'
import type { Caller } from '../../core/ports.js'
import type { Handlers } from '../handlers.js'

/** The program that takes the socket and the lock over. */
export type Successor = NonNullable<Body<'shutdown'>['successor']>

/**
 * Makes sure that it can be done, or rejects with a Refusal and leaves everything as it was; gives what to do
 * once the answer is on its way.
 */
export type OnShutdown = (successor: Successor | undefined, caller: Caller) => Promise<() => void>

export const shutdownRoutes = (pid: number, onShutdown: OnShutdown): Pick<Handlers, 'shutdown'> => ({
  shutdown: async ({ body, caller }) => {
    const end = await onShutdown(body.successor, caller)
    // A turn later, so that the answer is written before anything ends.
    setImmediate(end)
    return { stopping: true, pid }
  },
})
