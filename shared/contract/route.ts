/** What a row of the route table says of a call, and the parts that several rows share. */
import { z } from 'zod'
import { ConnectionName } from './ids.js'

/** What a call does, for policy: hand out a token, forward a request, spend a refresh, look, or administer. */
export type Action = 'lease' | 'proxy' | 'refresh' | 'read' | 'admin'

export interface Route {
  readonly method: 'GET' | 'POST' | 'DELETE'
  /** Express notation: `:c` stands for a connection's name. */
  readonly path: string
  readonly action: Action
  readonly params: z.ZodType
  readonly query: z.ZodType
  readonly body: z.ZodType
  readonly answer: z.ZodType
}

export const nothing = z.strictObject({})
export const named = z.strictObject({ c: ConnectionName })
