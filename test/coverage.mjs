/**
 * `npm run coverage`: how many branches of the product its tests reach, by source map on the TypeScript.
 *
 *   node test/coverage.mjs [--uncovered]
 *
 * Measured are the unit and contract suites and whatever they start from compiled code. The whole-daemon suites
 * are not: they run the shipped bundles, whose branches cannot be told apart by source, and end many of them by
 * kill -9, which leaves no measurement. A file that only those run counts as one branch never taken, and is
 * listed. `--uncovered` says which lines are missing. Exits with 1 below the bar.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { build } from '../daemon/setup/installation.mjs'
import { root } from '../daemon/setup/fobCommand.mjs'
import { explain, run, step } from '../daemon/setup/steps.mjs'
import { testEnvironment } from './environment.mjs'
import { keepFigures } from './figureBook.mjs'
import { filesOf, suites } from './suites.mjs'

const MEASURED = ['unit', 'contract']

/** Of the whole. Per cent. */
const BAR = 90

/** Where one branch nobody tried could lose a grant, or take one from the wrong hands: all of them. */
const EVERY_BRANCH = [
  'daemon/core/lifecycle/lifecycle.ts',
  'daemon/core/lifecycle/refreshSteps.ts',
  'daemon/core/lifecycle/refreshAnswers.ts',
  'daemon/core/lifecycle/consentSteps.ts',
  'daemon/core/lifecycle/verdict.ts',
  'daemon/core/lifecycle/freshness.ts',
  'daemon/adapters/vault/fileSystem.ts',
  'daemon/adapters/vault/stateDocument.ts',
  'daemon/adapters/vault/stateFiles.ts',
  'daemon/edges/redirect.ts',
]

const bin = (...parts) => join(root, 'node_modules', ...parts)
const sum = (files, what) => files.reduce((total, file) => total + file[what], 0)
const share = (files) => (100 * sum(files, 'taken')) / sum(files, 'all')
const percent = (files) => `${share(files).toFixed(1)} %`
const node = (args, env) => run(process.execPath, args, { cwd: root, env })

const place = mkdtempSync(join(tmpdir(), 'fob-coverage-'))
const raw = join(place, 'raw')
mkdirSync(raw)
try {
  await step('build', build)
  await step('types', async () => void (await node([bin('typescript', 'bin', 'tsc'), '-b'])))
  const seed = process.env.FOB_SEED ?? String(Date.now() % 2 ** 32)
  const environment = testEnvironment(place, { FOB_SEED: seed, NODE_V8_COVERAGE: raw })
  for (const name of MEASURED) await step(`${name} tests, seed ${seed}`, () => measure(name, environment))
  await step('by source map', () => report(environment))
  await conclude(seed)
} catch (error) {
  explain(error)
  process.exitCode = 1
} finally {
  rmSync(place, { recursive: true, force: true, maxRetries: 3 })
}

/** What is red is told; the rest was measured all the same. */
async function measure(name, environment) {
  const { timeout } = suites.find((suite) => suite.name === name)
  const options = ['--ui', 'tdd', '--timeout', String(timeout), '--reporter', 'dot']
  await node([bin('mocha', 'bin', 'mocha.js'), ...options, ...filesOf(name)], environment).catch((error) => {
    explain(error)
    process.exitCode = 1
  })
}

async function report(environment) {
  const { NODE_V8_COVERAGE, ...rest } = environment
  const rooms = ['shared', 'daemon', 'extension'].flatMap((room) => ['--src', room])
  const places = ['--temp-directory', NODE_V8_COVERAGE, '--reports-dir', place]
  await node([bin('c8', 'bin', 'c8.js'), 'report', ...places, '--reporter', 'json', '--all', ...rooms], rest)
}

/** `{path, taken, all, missing}` of each source that counts. */
function measuredFiles() {
  const files = JSON.parse(readFileSync(join(place, 'coverage-final.json'), 'utf8'))
  return Object.entries(files)
    .map(([path, file]) => ({ path: relative(root, path), ...branchesOf(file) }))
    .filter(({ path }) => counts(path))
    .sort((one, other) => one.path.localeCompare(other.path))
}

/** The extension's parts that draw on the editor run in an editor only. */
function counts(path) {
  if (!path.endsWith('.ts') || path.endsWith('.d.ts') || !hasCode(path)) return false
  if (/^(shared|daemon)\//.test(path)) return true
  return path.startsWith('extension/') && !readFileSync(join(root, path), 'utf8').includes("from 'vscode'")
}

/** Types alone compile to nothing, and nothing is what could run of them. */
function hasCode(path) {
  const compiled = join(root, 'out', path.replace(/\.ts$/, '.js'))
  if (!existsSync(compiled)) return false
  const text = readFileSync(compiled, 'utf8').replace(/\/\*[^]*?\*\/|\/\/.*/g, '')
  return text.replaceAll(/\s/g, '') !== 'export{};'
}

function branchesOf({ b, branchMap, s }) {
  const branches = Object.entries(b).flatMap(([id, hits]) => hits.map((hit) => ({ id, hit })))
  const missing = branches.filter(({ hit }) => hit === 0).map(({ id }) => branchMap[id].loc.start.line)
  return {
    all: branches.length,
    taken: branches.length - missing.length,
    missing: [...new Set(missing)].sort((one, other) => one - other),
    loaded: Object.values(s).some((hits) => hits > 0),
  }
}

async function conclude(seed) {
  const files = measuredFiles()
  const rooms = new Map()
  for (const file of files) {
    const [first, second] = file.path.split('/')
    const room = second.endsWith('.ts') ? first : `${first}/${second}`
    rooms.set(room, [...(rooms.get(room) ?? []), file])
  }
  for (const [room, inRoom] of rooms)
    console.log(`${room.padEnd(20)} ${percent(inRoom)} of ${sum(inRoom, 'all')}`)
  const apart = files.filter(({ loaded }) => !loaded).map(({ path }) => path)
  console.log(`not measured, run as bundles only: ${apart.join(', ')}`)
  const whole = EVERY_BRANCH.map(
    (path) => files.find((file) => file.path === path) ?? { path, taken: 0, all: 1 },
  )
  const short = process.argv.includes('--uncovered') ? files : whole
  for (const { path, taken, all, missing = [] } of short) {
    if (taken < all) console.log(`${path}: ${taken} of ${all}, without lines ${missing.join(', ')}`)
  }
  await tell(seed, files, whole)
}

async function tell(seed, files, whole) {
  const { figureLine } = await import('../out/test/figures.js')
  const enough = share(files) >= BAR
  const all = whole.every((file) => file.taken === file.all)
  const n = sum(whole, 'all')
  const bar = `100 % of branches in ${EVERY_BRANCH.length} files`
  const figures = {
    coverage: { value: percent(files), bar: `${BAR} % of branches`, ok: enough, n: sum(files, 'all') },
    'coverage-whole': { value: percent(whole), bar, ok: all, n },
  }
  const heard = Object.entries(figures).map(([id, figure]) => ({
    suite: 'coverage',
    id,
    line: figureLine(id, figure),
  }))
  for (const { line } of heard) console.log(line)
  const date = new Date().toISOString().slice(0, 10)
  keepFigures(heard, { command: 'node test/coverage.mjs', seed, date, full: true })
  if (!enough || !all) process.exitCode = 1
}
