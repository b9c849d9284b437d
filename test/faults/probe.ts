/**
 * A program that wants what is not its own: `node probe.mjs HOME PID…`. Over and over it tries to look into the
 * processes and to look into, change and take over the home, until its standard input ends. Then it prints as
 * JSON what it got hold of, and all command lines it saw meanwhile. Stands alone, so that it can be copied.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  renameSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'

const [home = '', ...pids] = process.argv.slice(2)
const got = new Set<string>()
const commandLines = new Set<string>()
let rounds = 0
let attempts = 0
let ended = false
process.stdin.on('end', () => (ended = true)).resume()

/** Whatever does not throw was not to be had. */
function attempt(what: string, act: () => unknown): void {
  attempts += 1
  try {
    act()
    got.add(what)
  } catch {
    // As it should be.
  }
}

/** Throws when there is not one byte of it. */
function bytesOf(path: string): void {
  const file = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  try {
    if (readSync(file, Buffer.alloc(64)) === 0) throw new Error('empty')
  } finally {
    closeSync(file)
  }
}

const PRIVATE_FILES = ['environ', 'maps', 'smaps', 'auxv', 'stack', 'syscall', 'io', 'pagemap', 'numa_maps']
const PRIVATE_LINKS = ['cwd', 'exe', 'root', 'fd/0', 'ns/net']
const PRIVATE_FOLDERS = ['fd', 'fdinfo', 'map_files']

function lookInto(pid: string): void {
  const at = (name: string): string => join('/proc', pid, name)
  for (const name of PRIVATE_FILES) attempt(`read ${name} of ${pid}`, () => bytesOf(at(name)))
  for (const name of PRIVATE_LINKS) attempt(`follow ${name} of ${pid}`, () => readlinkSync(at(name)))
  for (const name of PRIVATE_FOLDERS) attempt(`list ${name} of ${pid}`, () => readdirSync(at(name)))
  for (const flags of [constants.O_RDONLY, constants.O_RDWR]) {
    attempt(`open mem of ${pid}`, () => closeSync(openSync(at('mem'), flags)))
  }
}

function trace(pid: string): void {
  attempts += 1
  const { stderr } = spawnSync('timeout', ['-s', 'INT', '0.3', 'strace', '-e', 'trace=none', '-p', pid], {
    encoding: 'utf8',
  })
  if (/ attached/.test(stderr)) got.add(`trace ${pid}`)
}

const PLACES = [
  ...['', 'config', 'state', 'run', 'run/fob.sock', 'state/lock', 'state/vault.json', 'state/key'],
  ...['state/connections', 'state/connections/work.json', 'state/log/fob.log', 'state/audit/audit.log'],
]

function takeOver(path: string): void {
  attempt(`read ${path}`, () => bytesOf(path))
  attempt(`list ${path}`, () => readdirSync(path))
  attempt(`write ${path}`, () => writeFileSync(path, 'stranger', { flag: 'r+' }))
  attempt(`put a file into ${path}`, () => writeFileSync(join(path, 'stranger'), ''))
  attempt(`put a directory into ${path}`, () => mkdirSync(join(path, 'strangers')))
  attempt(`put a link into ${path}`, () => symlinkSync('/etc', join(path, 'link')))
  attempt(`move ${path}`, () => renameSync(path, `${path}.moved`))
  attempt(`remove ${path}`, () => unlinkSync(path))
  attempt(`open ${path} to all`, () => chmodSync(path, 0o777))
  attempt(`link ${path}`, () => linkSync(path, join(home, '..', `linked-${rounds}`)))
}

function call(): Promise<void> {
  attempts += 1
  return new Promise((resolve) => {
    const socket = connect(join(home, 'run', 'fob.sock'))
    socket.once('connect', () => {
      got.add('a connection')
      socket.destroy()
    })
    socket.once('close', () => resolve()).on('error', () => undefined)
  })
}

function noteCommandLines(): void {
  for (const pid of readdirSync('/proc')) {
    if (!/^\d+$/.test(pid)) continue
    try {
      commandLines.add(readFileSync(`/proc/${pid}/cmdline`, 'latin1'))
    } catch {
      // Gone since the listing.
    }
  }
}

async function round(): Promise<void> {
  noteCommandLines()
  for (const pid of pids) lookInto(pid)
  if (home !== '-') {
    for (const place of PLACES) takeOver(join(home, place))
    await call()
  }
  rounds += 1
  await turn()
}

for (const pid of pids) trace(pid)
await round()
console.log('begun')
while (!ended) await round()
console.log(JSON.stringify({ got: [...got], attempts, rounds, commandLines: [...commandLines] }))
