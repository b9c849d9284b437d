/** Names a list of rules by its content: equal rules, however they are written in the file, have equal digests. */
import { createHash } from 'node:crypto'
import type { Policy } from '../../shared/contract/config.js'

/** The schema gives members one order and fills defaults in, so its output is canonical. */
export const policyDigest = (policy: Policy): string =>
  createHash('sha256').update(JSON.stringify(policy)).digest('hex').slice(0, 16)
