/** What the owner of a state writes into its lock file, so that whoever finds the lock held knows by whom. */
import { z } from 'zod'

export const LockRecord = z.object({
  pid: z.number().int().positive(),
  socket: z.string().startsWith('/'),
  /** Names the machine across reboots; '' when the system has no such name. */
  host: z.string(),
  /** Names one run of a kernel: with it a pid means something. */
  bootId: z.string(),
  version: z.string(),
  /** The owner is on its way out: wait for the lock instead of asking it. */
  stopping: z.boolean(),
})
export type LockRecord = z.output<typeof LockRecord>
