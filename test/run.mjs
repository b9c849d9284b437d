/**
 * `npm test`: sets everything up, then runs the suites one after another.
 *
 *   node test/run.mjs [suite|suite/file…] [--grep TEXT] [--full] [--needing X]
 *
 * `faults/upgrade` is one file of a suite. `--full` runs long figures at their whole length, file by file, and
 * keeps the figures of each as soon as it ends: hours may be spread over several runs. `--needing root` runs only what the last run left out
 * for want of root. What is random follows one seed, which is printed; FOB_SEED sets it. Invariants: everything
 * lives in a temporary FOB_HOME and HOME, the person's own are never touched; the last line is
 * `N passed, N failed[, N skipped]`; the exit code is 0 only when nothing failed.
 */
import { spawn } from 'node:child_process'
import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { requireNode } from '../daemon/setup/nodeVersion.mjs'

requireNode()
const { root } = await import('../daemon/setup/fobCommand.mjs')
const { alone, build, install } = await import('../daemon/setup/installation.mjs')
const { explain, step } = await import('../daemon/setup/steps.mjs')
const { checks, passes } = await import('./check.mjs')
const { homesIn, testEnvironment } = await import('./environment.mjs')
const { searchForSecrets } = await import('./secretSearch.mjs')
const { keepFigures } = await import('./figureBook.mjs')
const { nameOf, partsOf, suites } = await import('./suites.mjs')
const { notRunLines, Tally } = await import('./tally.mjs')

/** Where the last run says what it left out, for `--needing`. */
const lastNotRun = join(root, 'out', 'not-run.jsonl')

/** Suites that no other work disturbs: nothing in them is measured or waits for the machine. */
const UNMEASURED = ['check', 'unit']

const tally = new Tally()
const { values: options, positionals: asked } = readArguments()
const seed = process.env.FOB_SEED ?? String(Date.now() % 2 ** 32)
const place = mkdtempSync(join(tmpdir(), 'fob-test-'))
const notRunFile = join(place, 'not-run.jsonl')
/** Where tests of a whole fob say which secrets it handled. Outside of all that is searched for them. */
const canariesFile = join(place, 'canaries.jsonl')
/** All that the tests printed. */
const printed = []
process.on('exit', () => rmSync(place, { recursive: true, force: true, maxRetries: 3 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

await main()
process.exitCode = tally.failures.length === 0 ? 0 : 1

function readArguments() {
  const parsed = parseArgs({
    allowPositionals: true,
    options: { full: { type: 'boolean' }, grep: { type: 'string' }, needing: { type: 'string' } },
  })
  const unknown = parsed.positionals.find((name) => partsOf([name], false).length === 0)
  if (unknown !== undefined) {
    console.error(
      `no suite "${unknown}"; there are ${suites.map(({ name }) => name).join(', ')}, and suite/file`,
    )
    process.exit(2)
  }
  return parsed
}

async function main() {
  const pattern = patternOf(options)
  const parts = partsOf(asked, options.full === true)
  try {
    await alone(async () => {
      await step('install packages', install)
      await step('build', build)
    })
  } catch (error) {
    explain(error)
    tally.fail('set-up')
    tally.conclude(notRunFile)
    return
  }
  const environment = testEnvironment(place, {
    FOB_SEED: seed,
    FOB_TEST_NOT_RUN: notRunFile,
    FOB_TEST_CANARIES: canariesFile,
    ...(options.full ? { FOB_TEST_FULL: '1' } : {}),
  })
  console.log(`seed ${seed} (FOB_SEED=${seed} repeats what is random)`)
  const [types, ...readers] = checks
  // Always: that is what compiles the tests.
  count(types.title, await passes(types))
  const wanted = pattern === undefined && parts.some(({ suite }) => suite.name === 'check')
  const reading = wanted ? beside(readers) : []
  for (const part of parts) {
    if (!UNMEASURED.includes(part.suite.name)) await conclude(reading)
    await runPart(part, environment, pattern)
  }
  await conclude(reading)
  const found = await searchForSecrets(canariesFile, printed.join('\n'), homesIn(place))
  if (found !== undefined) {
    console.log(found)
    tally.hear('all', found)
    keep('all')
  }
  if (existsSync(notRunFile)) copyFileSync(notRunFile, lastNotRun)
  else rmSync(lastNotRun, { force: true })
  tally.conclude(notRunFile)
}

/** Begins them, one after the other, while suites run: they keep a core busy for more than a minute. */
function beside(those) {
  let before = Promise.resolve()
  return those.map(({ title, work }) => {
    const running = before.then(work)
    before = running.catch(() => undefined)
    return { title, work: () => running }
  })
}

/** Waits for what is left of them, and counts each once. */
async function conclude(reading) {
  for (const check of reading.splice(0)) count(check.title, await passes(check))
}

function keep(label) {
  const heard = tally.figures.filter(({ suite }) => suite === label)
  keepFigures(heard, {
    command: ['node test/run.mjs', label === 'all' ? '' : label, options.full ? '--full' : '']
      .filter((word) => word !== '')
      .join(' '),
    seed,
    date: new Date().toISOString().slice(0, 10),
    // Of some tests of a file, a figure may say less than its name.
    full: options.full === true && options.grep === undefined && options.needing === undefined,
  })
}

/** A run for what was left out counts only that: its checks were counted before. */
function count(title, well) {
  if (!well) tally.fail(title)
  else if (options.needing === undefined) tally.pass()
}

/** What mocha is to grep for; undefined for all. */
function patternOf({ grep, needing }) {
  if (needing === undefined) return grep
  const titles = notRunLines(lastNotRun).filter(({ needs }) => needs === needing)
  // A pattern that nothing matches, when nothing was left out.
  if (titles.length === 0) return '(?!)'
  return titles.map(({ title }) => title.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('|')
}

/** A suite, or one file of it. */
async function runPart({ suite, files, label }, environment, pattern) {
  const { title, timeout } = suite
  const there = files.filter((file) => existsSync(file))
  if (there.length === 0) return
  console.log(`\n── ${title}${label === suite.name ? '' : `: ${nameOf(files[0])}`}`)
  const resultFile = join(place, `${label.replace('/', '-')}.json`)
  const args = [
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    ...['--ui', 'tdd', '--timeout', String(timeout), '--reporter', join(root, 'test', 'reporter.cjs')],
    ...(process.stdout.isTTY ? ['--color'] : []),
    ...(pattern === undefined ? [] : ['--grep', pattern]),
    ...there,
  ]
  const begun = performance.now()
  const exit = await hearing(label, args, { ...environment, FOB_TEST_RESULT: resultFile })
  tally.takeMocha(label, resultFile, exit, performance.now() - begun)
  keep(label)
}

/** Runs mocha with its output passed through line by line, so that figures are heard. */
function hearing(suite, args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] })
    createInterface({ input: child.stdout }).on('line', (line) => {
      console.log(line)
      printed.push(line)
      tally.hear(suite, line)
    })
    createInterface({ input: child.stderr }).on('line', (line) => {
      console.error(line)
      printed.push(line)
    })
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
}
