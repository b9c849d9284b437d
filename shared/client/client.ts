/**
 * What programs use: one object for calls, events and starting the daemon. The public face of `fob/client`.
 * Rejections carry `name`, `message` and `fix`; a refusal by the daemon also `code`, `remedy` and `field`.
 */
import type { Environment } from '../contract/places.js'
import type { Answer, RouteName } from '../contract/routes.js'
import { Caller, type CallInput, type Hello } from './call.js'
import type { Program } from './startProgram.js'
import type { Subscriber, Subscription } from './subscribe.js'

export interface Client {
  /** Rejects with `Refusal`, `DaemonUnreachable` or `PlaceRefused`. */
  call<N extends RouteName>(name: N, input: CallInput<N>): Promise<Answer<N>>
  /** Events from now on, a snapshot first and again after each reconnection. */
  subscribe(subscriber: Subscriber): Subscription
  /** Who answers, or undefined when nobody listens. */
  hello(): Promise<Hello | undefined>
  /** Starts a daemon and resolves once one answers, be it this or one started meanwhile. */
  start(program: Program): Promise<Hello>
  /** Lets go of kept connections; subscriptions are stopped by themselves. */
  close(): void
}

/** WebSockets and processes are loaded when first used: most commands make one call and end. */
function subscribeLater(env: Environment, subscriber: Subscriber): Subscription {
  let stopped = false
  let subscription: Subscription | undefined
  void import('./subscribe.js').then(({ subscribe }) => {
    if (!stopped) subscription = subscribe(env, subscriber)
  })
  return {
    stop: () => {
      stopped = true
      subscription?.stop()
    },
  }
}

/** Nothing is opened before the first call. `env` selects the socket, see findSocket. */
export function connect(env: Environment = process.env): Client {
  const caller = new Caller(env)
  return {
    call: (name, input) => caller.call(name, input),
    subscribe: (subscriber) => subscribeLater(env, subscriber),
    hello: () => caller.hello(),
    start: async (program) => (await import('./startDaemon.js')).startDaemon(caller, program, env),
    close: () => caller.close(),
  }
}
