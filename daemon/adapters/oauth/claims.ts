/** Groups and roles of an account, from an id token or the provider's own answer. What is no list of words is left out. */
import { z } from 'zod'
import type { Claims } from '../../../shared/contract/connection.js'

/** Directories know people in hundreds of groups; more would make the record of a connection large. */
const MOST = 500

const Words = z.union([z.string().transform((word) => [word]), z.array(z.union([z.string(), z.number()]))])

const Members = z.record(z.string(), z.unknown())

/**
 * `names` may be paths (`realm_access.roles`). Some providers want claims of one's own to begin with a URL, so
 * `https://example.com/roles` is `roles` too. undefined: nothing was told. Empty: there are none.
 */
export function readClaims(told: unknown, names: readonly string[]): Claims | undefined {
  if (!Members.safeParse(told).success) return undefined
  const found = names.flatMap((name) => {
    const words = Words.safeParse(valueOf(told, name)).data ?? []
    const plain = words.map((word) => printableName(String(word))).filter((word) => word !== '')
    return plain.length === 0 ? [] : [[name, plain.slice(0, MOST)] as const]
  })
  return Object.fromEntries(found)
}

/** Names may be of any script; control characters may not reach a terminal. */
export const printableName = (name: unknown): string =>
  (typeof name === 'string' ? name : '')
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 200)

function valueOf(told: unknown, name: string): unknown {
  const members = Members.safeParse(told).data ?? {}
  if (Object.hasOwn(members, name)) return members[name]
  const own = Object.keys(members).find((key) => /^https?:/.test(key) && key.endsWith(`/${name}`))
  if (own !== undefined) return members[own]
  const [head = '', ...rest] = name.split('.')
  return rest.length === 0 ? undefined : valueOf(members[head], rest.join('.'))
}
