/** What comes of beginning a consent: a page to open, a code to type, or nothing left to ask. */
import { z } from 'zod'
import { AttemptId, Instant } from './ids.js'

/** How a begun consent goes on. */
export const ConsentBegun = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('browser'),
    attempt: AttemptId,
    url: z.url(),
    deadline: Instant,
    /** Whether the daemon could open the browser itself (only tried when asked to). */
    opened: z.boolean(),
  }),
  z.object({
    kind: z.literal('device'),
    attempt: AttemptId,
    userCode: z.string(),
    verificationUri: z.url(),
    verificationUriComplete: z.url().nullable(),
    deadline: Instant,
  }),
  /** Client credentials: nobody is asked, the grant is durable already. */
  z.object({ kind: z.literal('done'), attempt: AttemptId, generation: z.number().int() }),
])
export type ConsentBegun = z.output<typeof ConsentBegun>
