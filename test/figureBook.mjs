/**
 * Every figure that a run printed, kept in out/figures.json with how it came about: the suite or its file, the
 * command, the seed and the day. A later run replaces the figures it printed anew, those of whole runs (`--full`) and those
 * of short ones apart; others stay, so that suites may be run one at a time.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '../daemon/setup/fobCommand.mjs'

export const figureBook = join(root, 'out', 'figures.json')

export const readFigures = () => (existsSync(figureBook) ? JSON.parse(readFileSync(figureBook, 'utf8')) : [])

const keyOf = ({ suite, id, full }) => `${suite} ${id} ${full}`

/** `heard` are `{suite, id, line}`; `run` says how all of them came about. */
export function keepFigures(heard, run) {
  const fresh = heard.map((figure) => ({ ...figure, ...run }))
  const replaced = new Set(fresh.map(keyOf))
  const kept = readFigures().filter((figure) => !replaced.has(keyOf(figure)))
  mkdirSync(dirname(figureBook), { recursive: true })
  writeFileSync(figureBook, `${JSON.stringify([...kept, ...fresh], null, 2)}\n`)
}
