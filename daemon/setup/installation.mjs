/**
 * Brings node_modules and the build up to date, and does nothing when they are. Node's own modules only:
 * this runs before the first install. Whether something is up to date is decided by content, never by time
 * of change, so a fresh clone, a copied one and a switched branch all come out right.
 */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { bundledCommand, root } from './fobCommand.mjs'
import { run, StepFailure } from './steps.mjs'

const inRoot = (...parts) => join(root, ...parts)

const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'))

/** Whether every package of the lock file is there in its locked version, and the command is linked. */
export function isInstalled() {
  const record = inRoot('node_modules', '.package-lock.json')
  if (!existsSync(record) || !existsSync(inRoot('node_modules', '.bin', 'fob'))) return false
  const present = readJson(record).packages
  return Object.entries(readJson(inRoot('package-lock.json')).packages)
    .filter(([path, entry]) => path.startsWith('node_modules/') && !entry.link && !entry.optional)
    .every(
      ([path, entry]) => present[path]?.version === entry.version && existsSync(inRoot(path, 'package.json')),
    )
}

/** `npm ci`: exactly the lock file. Optional packages that do not build here are left out by npm itself. */
export async function install() {
  if (isInstalled()) return 'up to date'
  const options = ['ci', '--include=dev', '--prefer-offline', '--no-audit', '--no-fund']
  // npm says where it is to what it runs; without that it is the one on PATH.
  const npm = process.env.npm_execpath
  if (npm?.endsWith('.js')) await run(process.execPath, [npm, ...options], { cwd: root })
  else await run('npm', options, { cwd: root })
  if (!isInstalled()) {
    throw new StepFailure(
      'npm ci ended well, yet node_modules does not match package-lock.json.\nRemove node_modules and run this again.',
    )
  }
  return ''
}

function* filesUnder(folder, wanted) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.name === 'node_modules' || entry.name === 'dist') continue
    const path = join(folder, entry.name)
    if (entry.isDirectory()) yield* filesUnder(path, wanted)
    else if (wanted.test(entry.name)) yield path
  }
}

const digestOf = (parts) =>
  parts.reduce((hash, part) => hash.update(part).update('\0'), createHash('sha256')).digest('hex')

/** One digest of everything the build reads. */
export function digestOfSources() {
  const files = [
    ...filesUnder(inRoot('daemon'), /\.(ts|mjs|js|json|html|css)$/),
    ...filesUnder(inRoot('shared'), /\.(ts|json)$/),
    inRoot('tsconfig.json'),
    inRoot('package-lock.json'),
  ].sort()
  return digestOf(files.flatMap((path) => [path.slice(root.length), readFileSync(path)]))
}

/** One digest of what the build made, so that a lost or half-written product is built again. */
function digestOfProducts() {
  const dist = inRoot('daemon', 'dist')
  if (!existsSync(bundledCommand)) return ''
  const names = readdirSync(dist, { recursive: true }).map(String).sort()
  return digestOf(names.flatMap((name) => [name, String(statSync(join(dist, name)).size)]))
}

const stampFile = inRoot('out', 'build.json')

const isBuilt = (sources) => {
  if (!existsSync(stampFile)) return false
  const stamp = readJson(stampFile)
  return stamp.sources === sources && stamp.products !== '' && stamp.products === digestOfProducts()
}

/** Bundles what ships, straight from the sources. Types are the checks' matter, and take ten times as long. */
export async function build() {
  const sources = digestOfSources()
  if (isBuilt(sources)) return 'up to date'
  await run(process.execPath, [inRoot('daemon', 'setup', 'bundle.mjs')], { cwd: root })
  mkdirSync(inRoot('out'), { recursive: true })
  writeFileSync(stampFile, JSON.stringify({ sources, products: digestOfProducts() }))
  return ''
}

/**
 * Runs `work` while no other set-up of this clone does: two at once would remove each other's node_modules.
 * A lock whose owner is gone is taken over.
 */
export async function alone(work) {
  const lock = inRoot('out', 'setup.lock')
  mkdirSync(inRoot('out'), { recursive: true })
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' })
      break
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
      if (isOwnerGone(lock)) rmSync(lock, { force: true })
      else await wait(200)
    }
  }
  const release = () => rmSync(lock, { force: true })
  process.on('exit', release)
  try {
    return await work()
  } finally {
    process.off('exit', release)
    release()
  }
}

function isOwnerGone(lock) {
  try {
    process.kill(Number(readFileSync(lock, 'utf8')), 0)
    return false
  } catch (error) {
    // EPERM: it lives, under another user.
    return error.code === 'ESRCH'
  }
}
