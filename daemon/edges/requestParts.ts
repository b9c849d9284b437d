/** Turns the text of a request into the types of the route table, or into a refusal that names the field. */
import { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'

export type Part = 'query' | 'body'

/** A schema, by what it makes of a value. */
export interface Reads<T> {
  safeParse(value: unknown): z.ZodSafeParseResult<T>
}

/** The query of a request target, each name once. Empty when there is none. */
export function queryOf(text: string): Record<string, string> {
  const entries = [...new URLSearchParams(text)]
  const seen = new Set<string>()
  for (const [name] of entries) {
    if (seen.has(name)) throw badField(`query.${name}`, 'is given twice: give it once')
    seen.add(name)
  }
  return Object.fromEntries(entries)
}

/** What `schema` makes of `value`. Throws `bad_request` naming the field and what it should be. */
export function parsePart<T>(schema: Reads<T>, part: Part, value: unknown): T {
  const parsed = schema.safeParse(value)
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (issue === undefined) throw badField(part, 'is not valid')
  throw refusalOf(part, schema, issue)
}

function refusalOf(part: Part, schema: unknown, issue: z.core.$ZodIssue): Refusal {
  const path = [part, ...issue.path.map(String)].join('.')
  if (issue.code === 'unrecognized_keys') {
    return badField(`${path}.${issue.keys[0] ?? ''}`, `is not known here: ${knownFields(schema)}`)
  }
  if (
    issue.code === 'invalid_type' &&
    issue.input === undefined &&
    issue.message.endsWith('received undefined')
  ) {
    return badField(path, `is missing: give a ${issue.expected}`)
  }
  return badField(path, lowerFirst(issue.message))
}

function knownFields(schema: unknown): string {
  const names = schema instanceof z.ZodObject ? Object.keys(schema.shape) : []
  return names.length === 0 ? 'leave it out' : `use ${names.join(', ')}`
}

const lowerFirst = (text: string): string => text.slice(0, 1).toLowerCase() + text.slice(1)

/** `what` completes the sentence that starts with the field's name. */
const badField = (field: string, what: string): Refusal =>
  new Refusal('bad_request', `${field}: ${what}`, { field })
