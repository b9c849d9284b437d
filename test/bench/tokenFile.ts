/** What a tool that holds its own tokens keeps in a file. */
import { z } from 'zod'

export const TokenFile = z.object({
  tokenEndpoint: z.url(),
  clientId: z.string(),
  clientSecret: z.string(),
  refreshToken: z.string(),
  accessToken: z.string(),
  /** Epoch milliseconds. */
  expiresAt: z.number(),
})
