/**
 * Where a client secret is kept when fob does not keep it: in a file, or with a program that prints it. Then the
 * team's secret manager stays the source, and fob asks it at each use.
 */
import { z } from 'zod'

const AbsolutePath = z
  .string()
  .max(4096)
  .regex(/^\/[^\x00-\x1f\x7f]*$/, 'use an absolute path')

const Word = z
  .string()
  .max(4096)
  .regex(/^[^\x00-\x1f\x7f]*$/, 'use no control characters')

/** More than any secret manager's command line has. */
const MOST_WORDS = 64

export const SecretReference = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: AbsolutePath }),
  /** The program and its arguments, run as they stand: no shell takes them apart. */
  z.strictObject({
    kind: z.literal('exec'),
    argv: z
      .tuple([AbsolutePath], Word)
      .refine((words) => words.length <= MOST_WORDS, `at most ${MOST_WORDS} words`),
  }),
])
export type SecretReference = z.output<typeof SecretReference>

/** As a person writes it, but for the arguments of a program: they are nobody's business. */
export const referenceName = (reference: SecretReference): string =>
  reference.kind === 'file' ? `file:${reference.path}` : `exec:${reference.argv[0]}`
