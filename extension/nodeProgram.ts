/**
 * Which Node runs the daemon: the one a person named, else one on PATH, else the editor's own. It must be
 * 20.19 or newer. Only absolute directories of PATH count, so that no folder of a workspace can offer one.
 */
import { execFile } from 'node:child_process'
import { accessSync, constants } from 'node:fs'
import { isAbsolute, join } from 'node:path'

/** `require(esm)` without a flag came with it. */
const LEAST = { major: 20, minor: 19 }

/** A Node says its version within some 20 ms; what takes this long is something else. */
const ANSWER_MS = 3_000

/** `text` as `node --version` prints it. */
export function isRecentEnough(text: string): boolean {
  const found = /^v?(\d+)\.(\d+)\.\d+/.exec(text.trim())
  if (found === null) return false
  const major = Number(found[1])
  return major > LEAST.major || (major === LEAST.major && Number(found[2]) >= LEAST.minor)
}

/** Where PATH would find `node`, best first. */
export function nodesOnPath(path: string): string[] {
  const directories = path.split(':').filter((directory) => isAbsolute(directory))
  return [...new Set(directories.map((directory) => join(directory, 'node')))].filter(isExecutable)
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What `path --version` prints, or '' when it is no program that answers. */
function versionOf(path: string): Promise<string> {
  return new Promise((resolve) => {
    execFile(path, ['--version'], { timeout: ANSWER_MS, cwd: '/', env: {} }, (error, stdout) =>
      resolve(error ? '' : stdout),
    )
  })
}

/**
 * Its absolute path. `named` is a person's setting, '' for none. Throws an Error, for a person to read, when it
 * does not do.
 */
export async function findNode(named: string, path: string): Promise<string> {
  if (named !== '') return checkedNode(named)
  for (const candidate of nodesOnPath(path)) {
    if (isRecentEnough(await versionOf(candidate))) return candidate
  }
  return process.execPath
}

async function checkedNode(named: string): Promise<string> {
  if (!isAbsolute(named)) throw new Error(`the setting fob.daemon.nodePath is "${named}", no absolute path`)
  const version = (await versionOf(named)).trim()
  if (isRecentEnough(version)) return named
  const what = version === '' ? 'is no Node.js' : `is ${version}`
  throw new Error(`${named}, named by the setting fob.daemon.nodePath, ${what}; fob needs 20.19 or newer`)
}
