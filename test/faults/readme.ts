/**
 * Makes test/faults/README.md: of the figures that were measured at full length, kept in figures.json beside it,
 * and of the table of known failures. Pure.
 */
import { z } from 'zod'
import type { Failure, TestName } from './known/failure.js'
import { NOT_BUILT, NOT_HERE } from './known/failures.js'

/** One printed figure and how it came about; other members are of no concern here. */
export const MeasuredFigure = z.object({
  suite: z.string(),
  id: z.string(),
  line: z.string(),
  command: z.string(),
  seed: z.string(),
  date: z.string(),
  full: z.boolean(),
})
export type MeasuredFigure = z.output<typeof MeasuredFigure>

export const MeasuredFigures = z.array(MeasuredFigure)

export const readme = (failures: readonly Failure[], figures: readonly MeasuredFigure[]): string =>
  [INTRODUCTION, figuresSection(figures), failuresSection(failures), '<!-- prettier-ignore-end -->\n'].join(
    '\n',
  )

const INTRODUCTION = `# What is attacked, and what holds

<!-- Made by \`node test/faults/table.mjs --write\`. Change what it is made of, not this file. -->

<!-- Tables this wide are not lined up. -->
<!-- prettier-ignore-start -->

The suites below take a whole fob (the built daemon, a sandbox as its authorization server) and spoil what is
around it: processes are killed, disks fail, connections break, clocks jump, keychains lie. The server's own
ledger and the history of what callers saw are the judges (\`test/history.ts\`).

- \`node test/run.mjs kill\`: kill -9 at random instants of a rotation, and at every step to the disk.
- \`node test/run.mjs faults\`: broken disks, networks, clocks, keychains, rival daemons, hostile callers, fuzz.
- \`npm run test:mutants\`: the product sabotaged in more than a hundred ways, each noticed by a named test.
- \`npm test\` runs all of it in a short form; \`npm run test:full\` at full length, as quoted here.

A run prints its seed; \`FOB_SEED=…\` before the same command repeats what was random in it. Where nothing failed
in n trials, the bound says how often it could still fail at most (3/n, at 95 %).
`

const FIGURE = /^figure (\S+) value=("[^"]*"|\S+) bar=("[^"]*"|\S+) ok=(\w+)(?: n=(\d+))?(?: bound=(\S+))?/

function figuresSection(figures: readonly MeasuredFigure[]): string {
  const rows = [...figures].sort(byId).map(figureRow)
  if (rows.length === 0) return '## Figures at full length\n\nNone has been measured yet.\n'
  const head = [
    '| | value | bar | kept | trials | bound | command, seed, day |',
    '|---|---|---|---|---|---|---|',
  ]
  return `## Figures at full length\n\n${[...head, ...rows].join('\n')}\n`
}

function figureRow({ line, command, seed, date }: MeasuredFigure): string {
  const [, id = '', value = '', bar = '', ok = '', n = '', bound = ''] = FIGURE.exec(line) ?? []
  const cells = [id, plain(value), plain(bar), ok, n, bound, `\`${command}\`, seed ${seed}, ${date}`]
  return row(cells)
}

const plain = (text: string): string => (text.startsWith('"') ? text.slice(1, -1) : text)

/** H2 before H10, and H before K. */
function byId(one: MeasuredFigure, other: MeasuredFigure): number {
  return one.id.localeCompare(other.id, 'en', { numeric: true }) || one.line.localeCompare(other.line, 'en')
}

function failuresSection(failures: readonly Failure[]): string {
  const shown = failures.filter(({ shownBy }) => shownBy.length > 0).length
  const open = (mark: string): number => failures.filter((failure) => failure.open?.startsWith(mark)).length
  const counts =
    `Of ${failures.length}, ${shown} have tests that show it. ` +
    `${open(NOT_HERE)} have a part that cannot be tested on a Linux machine, ${open(NOT_BUILT)} a part that is not built yet.`
  const head = ['| | what happened elsewhere | what shows that it does not here |', '|---|---|---|']
  const rows = failures.map(({ id, what, seen, shownBy, open: rest }) =>
    row([
      id,
      `${what} (${seen})`,
      [...shownBy.map(named), ...(rest === undefined ? [] : [rest])].join('<br>'),
    ]),
  )
  return `## Known failures\n\n${counts}\n\n${[...head, ...rows].join('\n')}\n`
}

const named = ({ file, title }: TestName): string => `${title} (\`${file}\`)`

const row = (cells: readonly string[]): string =>
  `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
