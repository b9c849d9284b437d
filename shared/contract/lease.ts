/** What a caller gets when it asks for an access token. */
import { z } from 'zod'
import { Account } from './connection.js'
import { ConnectionName, Instant, LeaseId, Scope } from './ids.js'

/** An access token handed to one caller. */
export const Lease = z.object({
  connection: ConnectionName,
  accessToken: z.string(),
  tokenType: z.literal('Bearer'),
  expiresAt: Instant.nullable(),
  scopes: z.array(Scope),
  account: Account.nullable(),
  lease: LeaseId,
  generation: z.number().int().nonnegative(),
})
export type Lease = z.output<typeof Lease>
