/**
 * Makes sure that a directory is this user's alone before anything is put into it. What somebody else could
 * have prepared, a symbolic link, another owner, a directory others may write to, is refused with its path.
 */
import { chmodSync, lstatSync, mkdirSync, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { Refusal } from '../../shared/contract/errors.js'

const OTHERS_WRITE = 0o022
const OTHERS = 0o077
const WORLD_WRITES = 0o002
/** On a directory: only a file's owner may rename or remove it, as in `/tmp`. */
const STICKY = 0o1000
const ROOT = 0

const refuse = (message: string, fix: string): never => {
  throw new Refusal('misconfigured', message, { fix, field: 'FOB_HOME' })
}

/** The command shows what is there, or mends it; quoted, since a home may hold spaces. */
export const quoted = (path: string): string => `'${path.replaceAll("'", "'\\''")}'`

/**
 * Creates `path` (0700) where it is missing, parents too. A directory of this user's that others may only read
 * is closed to them. Throws `misconfigured` for anything else.
 */
export function privateDirectory(path: string, uid: number): void {
  const parent = dirname(path)
  try {
    mkdirSync(parent, { recursive: true, mode: 0o700 })
    checkParent(parent, uid)
    // Not recursive: mkdir itself refuses whatever is already in its place, links included.
    if (lstatSync(path, { throwIfNoEntry: false }) === undefined) mkdirSync(path, { mode: 0o700 })
    checkOwn(path, uid)
  } catch (cause) {
    if (cause instanceof Refusal) throw cause
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Refusal('misconfigured', `${path} cannot be made: ${why}`, {
      fix: `ls -ld ${quoted(parent)}`,
      field: 'FOB_HOME',
      cause,
    })
  }
}

/** Whoever may write to the parent may put another directory in our directory's place. */
function checkParent(parent: string, uid: number): void {
  const { mode, uid: owner } = statSync(parent)
  if (owner !== uid && owner !== ROOT) {
    refuse(`${parent} belongs to user ${owner}, who could replace what is in it`, `ls -ld ${quoted(parent)}`)
  }
  if ((mode & WORLD_WRITES) !== 0 && (mode & STICKY) === 0) {
    refuse(`everybody may write to ${parent} and replace what is in it`, `chmod o-w ${quoted(parent)}`)
  }
}

function checkOwn(path: string, uid: number): void {
  const stats = lstatSync(path)
  if (stats.isSymbolicLink()) refuse(`${path} is a symbolic link`, `rm ${quoted(path)}`)
  if (!stats.isDirectory()) refuse(`${path} is not a directory`, `ls -ld ${quoted(path)}`)
  if (stats.uid !== uid) {
    refuse(`${path} belongs to user ${stats.uid}, not to you (${uid})`, `ls -ld ${quoted(path)}`)
  }
  if ((stats.mode & OTHERS_WRITE) !== 0) {
    const mode = (stats.mode & 0o777).toString(8)
    refuse(`other users may write to ${path} (mode ${mode})`, `chmod 700 ${quoted(path)}`)
  }
  if ((stats.mode & OTHERS) !== 0) chmodSync(path, 0o700)
}
