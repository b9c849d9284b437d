import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, testTitles } from '../titles.js'
import { sabotaged } from './mutant.js'
import { mutants } from './table.js'

/** Promised: so many ways of going wrong, each noticed. */
const AT_LEAST = 30

suite('the mutants', () => {
  test(`are at least ${AT_LEAST}, each under a name of its own`, () => {
    assert.ok(mutants.length >= AT_LEAST)
    assert.equal(new Set(mutants.map(({ name }) => name)).size, mutants.length)
  })

  test('still fit the product: what each changes stands there exactly once', () => {
    for (const mutant of mutants) sabotaged(readFileSync(join(ROOT, mutant.file), 'utf8'), mutant)
  })

  test('name tests that exist', async () => {
    const titles = await testTitles()
    for (const { name, killedBy } of mutants) {
      assert.ok(titles.get(killedBy.file)?.has(killedBy.title), `“${name}”: no test “${killedBy.title}”`)
    }
  })
})
