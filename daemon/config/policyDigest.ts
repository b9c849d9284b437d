/** Names a list of rules by its content: equal rules, however they are written in the file, have equal digests. */
import { createHash } from 'node:crypto'
import type { Policy } from '../../shared/contract/config.js'

/** The schema gives members one order and fills defaults in; claims alone are in the order they were written in. */
export const policyDigest = (policy: Policy): string =>
  createHash('sha256')
    .update(JSON.stringify(policy.map(inOrder)))
    .digest('hex')
    .slice(0, 16)

const inOrder = (rule: Policy[number]): Policy[number] =>
  rule.claims === undefined
    ? rule
    : { ...rule, claims: Object.fromEntries(Object.entries(rule.claims).sort()) }
