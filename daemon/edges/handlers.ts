/** The shape of the route table's other half: one handler a route, so that a missing one does not compile. */
import {
  routes,
  type Answer,
  type Body,
  type Params,
  type Query,
  type RouteName,
} from '../../shared/contract/routes.js'
import type { Caller } from '../core/ports.js'
import type { Reads } from './requestParts.js'

export interface Asked<N extends RouteName> {
  readonly params: Params<N>
  readonly query: Query<N>
  readonly body: Body<N>
  readonly caller: Caller
}

/** Every route but the access token's, which `leaseRoute` answers on its own faster way. */
export type TableRoute = Exclude<RouteName, 'accessToken'>

export type Handlers = {
  readonly [N in TableRoute]: (asked: Asked<N>) => Answer<N> | Promise<Answer<N>>
}

/** The table's schemas, typed route by route, so that what they read is what the handler takes. */
export const readers: {
  readonly [N in TableRoute]: {
    readonly params: Reads<Params<N>>
    readonly query: Reads<Query<N>>
    readonly body: Reads<Body<N>>
  }
} = routes
