/**
 * Makes sure that a directory is this user's alone before anything is put into it, and that nobody else has put
 * something into it before. What somebody else could have prepared, a symbolic link, another owner, a pipe, a
 * directory others may write to, is refused with its path, and never gone through.
 */
import { chmodSync, lstatSync, mkdirSync, readdirSync, statSync, type Stats } from 'node:fs'
import { dirname, join } from 'node:path'
import { Refusal } from '../../shared/contract/errors.js'
import { quoted } from '../../shared/contract/shellWord.js'
import { checkWay, isTrusted, makeWay, refuse } from './wayTo.js'

const OTHERS_WRITE = 0o022
const OTHERS = 0o077

/**
 * Creates `path` (0700) where it is missing, parents too. A directory of this user's that others may only read
 * is closed to them. Throws `misconfigured` for anything else.
 */
export function privateDirectory(path: string, uid: number): void {
  const parent = dirname(path)
  try {
    makeWay(parent, uid)
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

/**
 * Looks through a private directory for what came into it while it was not private, or with another user's
 * copy. A file of `writtenInPlace`, or in a directory of it, may have no second name: that would be another file
 * that is written. Throws `misconfigured`.
 */
export function checkTree(path: string, uid: number, writtenInPlace: readonly string[] = []): void {
  for (const name of readdirSync(path)) {
    const place = join(path, name)
    const stats = lstatSync(place, { throwIfNoEntry: false })
    // A daemon that lives there may have removed it meanwhile.
    if (stats === undefined) continue
    checkEntry(place, stats, uid)
    const inPlace = writtenInPlace.includes(name)
    if (inPlace && stats.isFile() && stats.nlink > 1) {
      refuse(
        `${place} is also another file, which would be written with it`,
        `cp ${quoted(place)} ${quoted(`${place}.copy`)} && mv ${quoted(`${place}.copy`)} ${quoted(place)}`,
      )
    }
    if (stats.isDirectory()) checkTree(place, uid, inPlace ? readdirSync(place) : [])
  }
}

function checkEntry(place: string, stats: Stats, uid: number): void {
  if (!isTrusted(stats.uid, uid)) {
    refuse(`${place} belongs to user ${stats.uid}, not to you (${uid})`, `ls -ld ${quoted(place)}`)
  }
  if (stats.isSymbolicLink()) refuse(`${place} is a symbolic link`, `rm ${quoted(place)}`)
  if (stats.isFile() || stats.isDirectory() || stats.isSocket()) return
  refuse(`${place} is neither a file nor a directory`, `rm ${quoted(place)}`)
}

/**
 * Whether the file is there, for reading. It may be a symbolic link of this user's, as those who keep their
 * settings elsewhere have it. Throws `misconfigured` when others could change what is read, or it is no file.
 */
export function isOwnFile(path: string, uid: number): boolean {
  if (!checkWay(path, uid)) return false
  if (!statSync(path).isFile()) refuse(`${path} is not a file`, `ls -ld ${quoted(path)}`)
  return true
}
