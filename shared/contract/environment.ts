/** The variables of a terminal: how they are asked for, and what comes back. */
import { z } from 'zod'
import { ConnectionName, Instant } from './ids.js'
import { variableFault } from './variables.js'

/** `NAME=connection,NAME=connection`; 32 are more than any tool reads. */
export const VariableList = z
  .string()
  .max(8192)
  .transform((text, context) => {
    const pairs = text.split(',').filter((pair) => pair !== '')
    if (pairs.length > 32) context.addIssue({ code: 'custom', message: 'at most 32 variables' })
    const variables: Record<string, ConnectionName> = {}
    for (const pair of pairs) {
      const [name = '', connection] = pair.split('=', 2)
      const named = ConnectionName.safeParse(connection)
      const message =
        variableFault(name) ?? (named.success ? undefined : 'use NAME=connection,NAME=connection')
      if (message !== undefined) context.addIssue({ code: 'custom', message })
      else if (named.success) variables[name] = named.data
    }
    return variables
  })

export const Environment = z.object({
  /** What the stamp file holds while these values are current. */
  version: z.string(),
  variables: z.array(
    z.object({
      name: z.string(),
      connection: ConnectionName,
      value: z.string(),
      expiresAt: Instant.nullable(),
    }),
  ),
  /** Variables without a value now, and why. */
  missing: z.array(
    z.object({ name: z.string(), connection: ConnectionName, reason: z.string(), fix: z.string() }),
  ),
})
export type Environment = z.output<typeof Environment>
