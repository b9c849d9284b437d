/** What the daemon and its keychain child say to each other: one JSON document each way, over pipes. */
import { z } from 'zod'

const Account = z.string().min(1)

export const KeychainRequest = z.discriminatedUnion('action', [
  z.object({ action: z.literal('read'), account: Account, lifetimeMs: z.number() }),
  z.object({ action: z.literal('write'), account: Account, lifetimeMs: z.number(), secret: z.string() }),
  z.object({ action: z.literal('remove'), account: Account, lifetimeMs: z.number() }),
])
export type KeychainRequest = z.output<typeof KeychainRequest>

export const KeychainReply = z.discriminatedUnion('kind', [
  /** `secret` is null unless something was read. */
  z.object({ kind: z.literal('done'), secret: z.string().nullable() }),
  z.object({ kind: z.literal('failed'), reason: z.string() }),
])
export type KeychainReply = z.output<typeof KeychainReply>
