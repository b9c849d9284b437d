/** Puts a token answer of a provider's own shape into the RFC's (RFC 6749 §5.1), for the one reader of answers. */
import { z } from 'zod'
import type { TokenAnswerRule } from '../../providers/profile.js'

const Members = z.record(z.string(), z.unknown())

/** What is no object, or no grant by this rule, stays as it is. */
export function inStandardShape(json: unknown, { member, types }: TokenAnswerRule): unknown {
  const outer = Members.safeParse(json).data
  if (outer === undefined) return json
  const inner = Members.safeParse(outer[member]).data
  const told = inner?.['access_token'] === undefined ? outer : { ...errorOf(outer), ...inner }
  const type = told['token_type']
  const prefix = typeof type === 'string' && Object.hasOwn(types, type) ? types[type] : undefined
  if (prefix === undefined) return told
  return { ...told, token_type: 'Bearer', scope: prefixed(told['scope'], prefix) }
}

/** An answer that both grants and refuses must stay one. */
const errorOf = ({ error }: Readonly<Record<string, unknown>>): { error?: unknown } =>
  error === undefined ? {} : { error }

function prefixed(scope: unknown, prefix: string): unknown {
  if (typeof scope !== 'string') return scope
  const names = scope.split(/[ ,]+/).filter((name) => name !== '')
  return names.map((name) => prefix + name)
}
