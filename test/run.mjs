/**
 * `npm test`: sets everything up, then runs the suites one after another.
 *
 *   node test/run.mjs [suite…] [--grep TEXT] [--full] [--needing X]
 *
 * `--full` runs long figures at their whole length. `--needing root` runs only what the last run left out
 * for want of root. Invariants: everything lives in a temporary FOB_HOME and HOME, the person's own are never
 * touched; the last line is `N passed, N failed[, N skipped]`; the exit code is 0 only when nothing failed.
 */
import { spawn } from 'node:child_process'
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { requireNode } from '../daemon/setup/nodeVersion.mjs'

requireNode()
const { root } = await import('../daemon/setup/fobCommand.mjs')
const { alone, build, install } = await import('../daemon/setup/installation.mjs')
const { explain, step } = await import('../daemon/setup/steps.mjs')
const { checks, passes } = await import('./check.mjs')
const { filesOf, suites } = await import('./suites.mjs')
const { notRunLines, Tally } = await import('./tally.mjs')

/** Where the last run says what it left out, for `--needing`. */
const lastNotRun = join(root, 'out', 'not-run.jsonl')

const tally = new Tally()
const { values: options, positionals: asked } = readArguments()
const place = mkdtempSync(join(tmpdir(), 'fob-test-'))
const notRunFile = join(place, 'not-run.jsonl')
process.on('exit', () => rmSync(place, { recursive: true, force: true, maxRetries: 3 }))
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => process.exit(130))

await main()
process.exitCode = tally.failures.length === 0 ? 0 : 1

function readArguments() {
  const parsed = parseArgs({
    allowPositionals: true,
    options: { full: { type: 'boolean' }, grep: { type: 'string' }, needing: { type: 'string' } },
  })
  const unknown = parsed.positionals.find((name) => !suites.some((suite) => suite.name === name))
  if (unknown !== undefined) {
    console.error(`no suite "${unknown}"; there are ${suites.map(({ name }) => name).join(', ')}`)
    process.exit(2)
  }
  return parsed
}

async function main() {
  const pattern = patternOf(options)
  const chosen = suites.filter(({ name }) => asked.length === 0 || asked.includes(name))
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
  const environment = testEnvironment()
  const everything = pattern === undefined
  for (const check of checks) {
    // Types are always checked: that is what compiles the tests.
    const wanted = check.title === 'types' || (everything && chosen.some(({ name }) => name === 'check'))
    if (wanted) count(check.title, await passes(check))
  }
  for (const suite of chosen) await runSuite(suite, environment, pattern)
  if (existsSync(notRunFile)) copyFileSync(notRunFile, lastNotRun)
  else rmSync(lastNotRun, { force: true })
  tally.conclude(notRunFile)
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

/**
 * The environment of every test. HOME and FOB_HOME are temporary; the session bus is taken away so that no
 * test finds the person's own keychain; npm keeps its cache and settings, so that an install needs no network.
 */
function testEnvironment() {
  const home = join(place, 'home')
  const runtime = join(place, 'runtime')
  for (const folder of [home, runtime]) mkdirSync(folder)
  chmodSync(runtime, 0o700)
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(FOB_|XDG_|DBUS_|npm_|NODE_OPTIONS$|INIT_CWD$)/.test(name),
  )
  return {
    ...Object.fromEntries(kept),
    ...npmSettings(),
    HOME: home,
    XDG_RUNTIME_DIR: runtime,
    FOB_HOME: join(place, 'fob'),
    FOB_TEST_NOT_RUN: notRunFile,
    ...(process.env.FOB_CI ? { FOB_CI: process.env.FOB_CI } : {}),
    ...(process.env.FOB_SEED ? { FOB_SEED: process.env.FOB_SEED } : {}),
    ...(options.full ? { FOB_TEST_FULL: '1' } : {}),
  }
}

function npmSettings() {
  return {
    npm_config_cache: process.env.npm_config_cache ?? join(homedir(), '.npm'),
    npm_config_userconfig: process.env.npm_config_userconfig ?? join(homedir(), '.npmrc'),
  }
}

async function runSuite({ name, title, timeout }, environment, pattern) {
  const files = filesOf(name).filter((file) => existsSync(file))
  if (files.length === 0) return
  console.log(`\n── ${title}`)
  const resultFile = join(place, `${name}.json`)
  const args = [
    join(root, 'node_modules', 'mocha', 'bin', 'mocha.js'),
    ...['--ui', 'tdd', '--timeout', String(timeout), '--reporter', join(root, 'test', 'reporter.cjs')],
    ...(process.stdout.isTTY ? ['--color'] : []),
    ...(pattern === undefined ? [] : ['--grep', pattern]),
    ...files,
  ]
  const exit = await hearing(args, { ...environment, FOB_TEST_RESULT: resultFile })
  tally.takeMocha(name, resultFile, exit)
}

/** Runs mocha with its output passed through line by line, so that figures are heard. */
function hearing(args, env) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
    createInterface({ input: child.stdout }).on('line', (line) => {
      console.log(line)
      tally.hear(line)
    })
    child.on('close', (code, signal) => resolve(code ?? signal))
  })
}
