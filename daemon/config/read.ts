/**
 * `fob.json` as text → `Config`. Comments and trailing commas are welcome; whatever is wrong is refused with
 * line, column, field and what to do, because a half-understood setting is worse than none.
 */
import { readFileSync } from 'node:fs'
import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'
import type { z } from 'zod'
import { Config } from '../../shared/contract/config.js'
import { Refusal } from '../../shared/contract/errors.js'
import { systemCode } from '../../shared/contract/systemCode.js'

/** Counted from 1, as editors show them. */
interface Position {
  readonly line: number
  readonly column: number
}

function positionOf(text: string, offset: number): Position {
  const before = text.slice(0, offset)
  const line = before.split('\n').length
  return { line, column: offset - before.lastIndexOf('\n') }
}

interface Fault {
  readonly at: Position
  readonly field: string
  readonly message: string
}

function refuse(file: string, fault: Fault): never {
  const where = `${file}:${fault.at.line}:${fault.at.column}`
  const field = fault.field === '' ? '' : `${fault.field}: `
  throw new Refusal('misconfigured', `${where}: ${field}${fault.message}`, {
    fix: `"\${EDITOR:-vi}" +${fault.at.line} '${file}'`,
    ...(fault.field === '' ? {} : { field: fault.field }),
  })
}

const words = (code: string): string => code.replace(/([a-z])([A-Z])/g, '$1 $2').toLowerCase()

const syntaxFault = (text: string, error: ParseError): Fault => ({
  at: positionOf(text, error.offset),
  field: '',
  message: `not JSON: ${words(printParseErrorCode(error.error))}`,
})

/** The deepest place of the path that is in the text: a missing field is shown at what should hold it. */
function nodeAt(root: Node, path: readonly PropertyKey[]): Node {
  const steps = path.filter((step) => typeof step !== 'symbol')
  for (let length = steps.length; length > 0; length--) {
    const node = findNodeAtLocation(root, steps.slice(0, length))
    if (node) return node
  }
  return root
}

/** An unknown key is pointed at itself, not at the object around it. */
function keyOffset(node: Node, key: string): number {
  const property = node.children?.find((child) => child.children?.[0]?.value === key)
  return property?.offset ?? node.offset
}

function schemaFault(text: string, root: Node, issue: z.core.$ZodIssue): Fault {
  const node = nodeAt(root, issue.path)
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const steps = [...issue.path.map(String), ...(unknown === undefined ? [] : [unknown])]
  return {
    at: positionOf(text, unknown === undefined ? node.offset : keyOffset(node, unknown)),
    field: steps.join('.'),
    message: unknown === undefined ? issue.message : 'fob knows no such setting',
  }
}

/** Comments alone, or nothing, are no settings. */
const DEFAULTS = Config.parse({})

/** Throws `misconfigured`, naming `file` with line and column. */
export function parseConfig(text: string, file: string): Config {
  try {
    return understood(text, file)
  } catch (cause) {
    // The one error of a parser that calls itself for every level.
    if (!(cause instanceof RangeError)) throw cause
    refuse(file, { at: { line: 1, column: 1 }, field: '', message: 'nested deeper than any setting is' })
  }
}

function understood(text: string, file: string): Config {
  const errors: ParseError[] = []
  const source = text.replace(/^\uFEFF/, ' ')
  const root = parseTree(source, errors, { allowTrailingComma: true, allowEmptyContent: true })
  const [error] = errors
  if (error) refuse(file, syntaxFault(source, error))
  if (!root) return DEFAULTS
  const parsed = Config.safeParse(valueOf(root))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  if (!issue) throw parsed.error
  refuse(file, schemaFault(source, root, issue))
}

/** jsonc-parser's own conversion drops `__proto__`, which must be seen to be refused. */
function valueOf(node: Node): unknown {
  if (node.type === 'array') return (node.children ?? []).map(valueOf)
  if (node.type !== 'object') return node.value
  return Object.fromEntries(
    (node.children ?? []).map(({ children: [key, value] = [] }) => [
      String(key?.value),
      value ? valueOf(value) : undefined,
    ]),
  )
}

/** A missing file means defaults. Throws `misconfigured` for one that cannot be read or understood. */
export function readConfig(file: string): Config {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (cause) {
    if (systemCode(cause) === 'ENOENT') return DEFAULTS
    throw new Refusal('misconfigured', `cannot read ${file}: ${String(cause)}`, {
      fix: `ls -l ${file}`,
      cause,
    })
  }
  return parseConfig(text, file)
}
