/**
 * Shows whether README.md is current, or makes it so:
 *
 *   node test/faults/table.mjs [--write]
 *
 * `--write` also takes the figures of the last whole runs (`npm run test:full`) into figures.json, where those
 * of suites that did not run stay. It works with what `npm run types` compiled.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../daemon/setup/fobCommand.mjs'
import { readFigures } from '../figureBook.mjs'

const compiled = (path) => import(join(root, 'out', 'test', 'faults', path))
const { failures } = await compiled('known/failures.js')
const { MeasuredFigures, readme } = await compiled('readme.js')

const page = join(root, 'test', 'faults', 'README.md')
const kept = join(root, 'test', 'faults', 'figures.json')

const keyOf = ({ suite, id }) => `${suite} ${id}`

function figures() {
  const before = existsSync(kept) ? JSON.parse(readFileSync(kept, 'utf8')) : []
  const fresh = readFigures().filter(({ full }) => full)
  const replaced = new Set(fresh.map(keyOf))
  return MeasuredFigures.parse([...before.filter((figure) => !replaced.has(keyOf(figure))), ...fresh])
}

if (process.argv.includes('--write')) {
  const measured = figures()
  writeFileSync(kept, `${JSON.stringify(measured, null, 2)}\n`)
  writeFileSync(page, readme(failures, measured))
} else {
  const measured = MeasuredFigures.parse(JSON.parse(readFileSync(kept, 'utf8')))
  if (readFileSync(page, 'utf8') !== readme(failures, measured)) {
    console.error('test/faults/README.md is not current; run: node test/faults/table.mjs --write')
    process.exitCode = 1
  }
}
