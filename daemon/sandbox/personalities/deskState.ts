/** What of a desk outlives a restart. Of tokens it holds digests; grants that ended are not kept. */
import { z } from 'zod'

export const DeskState = z.object({
  grants: z.array(
    z.object({
      client: z.string(),
      account: z.string(),
      scopes: z.array(z.string()),
      fromDevice: z.boolean(),
      /** `endsAt`: epoch milliseconds; null: it does not end. */
      access: z.array(
        z.object({
          key: z.string(),
          endsAt: z.number().nullable(),
          lastAt: z.number().nullable(),
          isStateless: z.boolean(),
          ended: z.boolean(),
          /** Left out: those of the grant. */
          scopes: z.array(z.string()).optional(),
        }),
      ),
      refresh: z.array(z.object({ key: z.string(), spent: z.boolean() })),
    }),
  ),
})
export type DeskState = z.output<typeof DeskState>
