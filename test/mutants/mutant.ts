/** A deliberate defect of the product, and the test that has to notice it. */
import assert from 'node:assert/strict'

export interface Mutant {
  readonly name: string
  /** What a person would suffer from it. */
  readonly breaks: string
  /** The source that is changed: `daemon/core/lifecycle.ts`. */
  readonly file: string
  /** Stands there exactly once, and is replaced. */
  readonly find: string
  readonly replace: string
  readonly killedBy: {
    /** Below test/. */
    readonly file: string
    /** The full title, suites included. */
    readonly title: string
    /** Part of what the test says, where something else than one of its assertions fails. */
    readonly says?: string
  }
}

/** The source with the defect in it. Throws when the text to change is not there exactly once. */
export function sabotaged(source: string, { name, file, find, replace }: Mutant): string {
  const pieces = source.split(find)
  const times = pieces.length - 1
  assert.equal(times, 1, `"${name}": the text it changes stands ${times} times in ${file}; adapt the mutant`)
  assert.notEqual(find, replace, `"${name}" changes nothing`)
  return pieces.join(replace)
}
