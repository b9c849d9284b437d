import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, testTitles } from '../titles.js'
import { misfit } from './mutant.js'
import { mutants } from './table.js'
import { broken } from './workshop.js'

/** Promised: so many ways of going wrong, each noticed. */
const AT_LEAST = 30

suite('the mutants', () => {
  test(`are at least ${AT_LEAST}, each under a name of its own`, () => {
    assert.ok(mutants.length >= AT_LEAST)
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  })

  test('still fit the product: what each changes stands there exactly once', () => {
    const sourceOf = (file: string): string =>
      existsSync(join(ROOT, file)) ? readFileSync(join(ROOT, file), 'utf8') : ''
    assert.deepEqual(
      mutants.flatMap((mutant) => misfit(sourceOf(mutant.file), mutant) ?? []),
      [],
    )
  })

  test('are programs still', async () => {
    const unmade: string[] = []
    for (const mutant of mutants) {
      await broken(mutant).catch((error: unknown) => unmade.push(`“${mutant.name}”: ${String(error)}`))
    }
    assert.deepEqual(unmade, [])
  })

  test('name tests that exist', async () => {
    const titles = await testTitles()
    const missing = mutants.filter(({ killedBy }) => !titles.get(killedBy.file)?.has(killedBy.title))
    assert.deepEqual(
      missing.map(({ name, killedBy }) => `“${name}”: no test “${killedBy.title}”`),
      [],
    )
  })
})
