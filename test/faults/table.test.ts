import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT, testTitles } from '../titles.js'
import { failures, NOT_BUILT, NOT_HERE } from './known/failures.js'
import { MeasuredFigures, readme } from './readme.js'

const FAILURES = 91

const beside = (name: string): string => readFileSync(join(ROOT, 'test', 'faults', name), 'utf8')

suite('the table of known failures', () => {
  test('has each once, and says of each what shows it or why nothing does', () => {
    const ids = Array.from({ length: FAILURES }, (_, index) => `F${index + 1}`)
    assert.deepEqual(
      failures.map(({ id }) => id),
      ids,
    )
    for (const { id, shownBy, open } of failures) {
      assert.ok(shownBy.length > 0 || open !== undefined, `${id} has neither tests nor a reason`)
      assert.ok(open === undefined || open.startsWith(NOT_HERE) || open.startsWith(NOT_BUILT), id)
    }
  })

  test('names tests that exist', async () => {
    const titles = await testTitles()
    const missing = failures.flatMap(({ id, shownBy }) =>
      shownBy
        .filter(({ file, title }) => ![...(titles.get(file) ?? [])].some((full) => endsWith(full, title)))
        .map(({ file, title }) => `${id}: no test “${title}” in ${file}`),
    )
    assert.deepEqual(missing, [])
  })

  test('and the figures are what README.md shows', () => {
    const figures = MeasuredFigures.parse(JSON.parse(beside('figures.json')))
    assert.equal(beside('README.md'), readme(failures, figures), 'run: node test/faults/table.mjs --write')
  })
})

/** Whole words: a title is not found within another's last word. */
const endsWith = (full: string, title: string): boolean => full === title || full.endsWith(` ${title}`)
