/** Documents gone wrong: bytes lost, doubled, turned over; parts of a JSON document removed, renamed, replaced. */
import fc from 'fast-check'

/** What a disk, an editor or a half-finished copy does to bytes; instants are fractions of the length. */
interface ByteChange {
  readonly kind: 'flip' | 'drop' | 'double' | 'cut' | 'zero' | 'put'
  readonly at: number
  readonly length: number
  readonly text: string
}

/** What a program or a person with the wrong idea does to a document. */
interface PartChange {
  readonly kind: 'remove' | 'replace' | 'rename' | 'add'
  /** Which of all its parts, counted around. */
  readonly part: number
  readonly value: unknown
  readonly name: string
}

/** More than any parser follows by calling itself. */
const DEEP = 20_000

const TEXTS = [
  '',
  '\0',
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  '/*',
  '//',
  '\uFEFF',
  '\ud800',
  'é',
  '1e999',
]
const NESTED = [`${'['.repeat(DEEP)}${']'.repeat(DEEP)}`, '{"a":'.repeat(DEEP)]
/** Stands for a value nested so deep, which no JSON writer follows either. */
const DEEP_VALUE = 'a value nested deep'
const NAMES = ['__proto__', 'constructor', 'toString', 'format', '', 'generation', 'x'.repeat(300)]
const VALUES: readonly unknown[] = [
  null,
  true,
  0,
  -1,
  2,
  0.5,
  1e308,
  Number.MAX_SAFE_INTEGER,
  '',
  '\0',
  'x'.repeat(5_000),
  'key',
  [],
  [null],
  {},
  { format: 1 },
]

const byteChange: fc.Arbitrary<ByteChange> = fc.record({
  kind: fc.constantFrom('flip', 'drop', 'double', 'cut', 'zero', 'put'),
  at: fc.integer({ min: 0, max: 9_999 }),
  length: fc.integer({ min: 1, max: 40 }),
  text: fc.oneof(
    { weight: 200, arbitrary: fc.constantFrom(...TEXTS) },
    { weight: 1, arbitrary: fc.constantFrom(...NESTED) },
  ),
})

const partChange: fc.Arbitrary<PartChange> = fc.record({
  kind: fc.constantFrom('remove', 'replace', 'rename', 'add'),
  part: fc.nat(200),
  value: fc.oneof(
    { weight: 200, arbitrary: fc.constantFrom(...VALUES) },
    { weight: 1, arbitrary: fc.constant(DEEP_VALUE) },
  ),
  name: fc.constantFrom(...NAMES),
})

export type Mutation =
  | { readonly kind: 'bytes'; readonly changes: readonly ByteChange[] }
  | { readonly kind: 'parts'; readonly changes: readonly PartChange[] }

export const mutation: fc.Arbitrary<Mutation> = fc.oneof(
  fc.record({
    kind: fc.constant('bytes' as const),
    changes: fc.array(byteChange, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('parts' as const),
    changes: fc.array(partChange, { minLength: 1, maxLength: 3 }),
  }),
)

/** The document after it, which may be the same in meaning, or to the byte. `text` is JSON. */
export function mutated(text: string, { kind, changes }: Mutation): Buffer {
  if (kind === 'bytes') return changes.reduce(changedBytes, Buffer.from(text))
  const root: unknown = JSON.parse(text)
  for (const change of changes) changePart(root, change)
  const written = JSON.stringify(root, null, 2)
  return Buffer.from(written.replace(`"${DEEP_VALUE}"`, '['.repeat(DEEP) + ']'.repeat(DEEP)))
}

function changedBytes(bytes: Buffer, { kind, at, length, text }: ByteChange): Buffer {
  const from = Math.floor((at / 10_000) * bytes.length)
  const before = bytes.subarray(0, from)
  const part = bytes.subarray(from, from + length)
  const after = bytes.subarray(from + length)
  switch (kind) {
    case 'flip':
      return Buffer.concat([before, part.map((byte) => byte ^ (1 << (at % 8))), after])
    case 'drop':
      return Buffer.concat([before, after])
    case 'double':
      return Buffer.concat([before, part, part, after])
    case 'cut':
      return before
    case 'zero':
      return Buffer.concat([before, Buffer.alloc(length), after])
    case 'put':
      return Buffer.concat([before, Buffer.from(text), part, after])
  }
}

type Container = Record<string, unknown> | unknown[]

const isContainer = (value: unknown): value is Container => typeof value === 'object' && value !== null

/** Every place in the document: what holds it, and its key there. */
function partsOf(root: unknown): { readonly of: Container; readonly key: string }[] {
  if (!isContainer(root)) return []
  return Object.entries(root).flatMap(([key, value]) => [{ of: root, key }, ...partsOf(value)])
}

function changePart(root: unknown, { kind, part, value, name }: PartChange): void {
  const parts = partsOf(root)
  const chosen = parts[part % parts.length]
  if (chosen === undefined) return
  const { of, key } = chosen
  const before: unknown = Reflect.get(of, key)
  if (kind === 'remove' || kind === 'rename') Reflect.deleteProperty(of, key)
  if (kind === 'replace') define(of, key, structuredClone(value))
  if (kind === 'rename') define(of, name, before)
  if (kind === 'add') define(of, name, structuredClone(value))
}

/** As JSON.parse does it: `__proto__` is a name like any other. */
const define = (of: Container, key: string, value: unknown): void =>
  void Reflect.defineProperty(of, key, { value, enumerable: true, writable: true, configurable: true })
