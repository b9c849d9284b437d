/** A deliberate defect of the product, and the test that has to notice it. */
import assert from 'node:assert/strict'

export interface Mutant {
  readonly name: string
  /** What a person would suffer from it. */
  readonly breaks: string
  /** The source that is changed: `daemon/core/lifecycle/lifecycle.ts`. */
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

/** Why the mutant does not fit the source; undefined when it does. */
export function misfit(source: string, { name, file, find, replace }: Mutant): string | undefined {
  const times = source.split(find).length - 1
  if (times !== 1) return `“${name}”: the text it changes stands ${times} times in ${file}; adapt the mutant`
  return find === replace ? `“${name}” changes nothing` : undefined
}

/** The source with the defect in it. Throws when the mutant does not fit. */
export function sabotaged(source: string, mutant: Mutant): string {
  assert.equal(misfit(source, mutant), undefined)
  return source.split(mutant.find).join(mutant.replace)
}
