/**
 * Who could change what a path leads to: the owner of any directory or symbolic link on the way, and everybody
 * where everybody may write. Only this user and the one who runs the machine may be among them.
 */
import { lstatSync, mkdirSync, readFileSync, realpathSync, type Stats } from 'node:fs'
import { dirname } from 'node:path'
import { Refusal } from '../../shared/contract/errors.js'
import { quoted } from '../../shared/contract/shellWord.js'

const WORLD_WRITES = 0o002
/** On a directory: only a file's owner may rename or remove it, as in `/tmp`. */
const STICKY = 0o1000
const ROOT = 0
/** What Linux shows for an owner that a user namespace has no number for, such as root outside of it. */
const OVERFLOW_UID = 65_534
const WHOLE_UID_MAP = /^\s*0\s+0\s+4294967295\s*$/

export const refuse = (message: string, fix: string): never => {
  throw new Refusal('misconfigured', message, { fix, field: 'FOB_HOME' })
}

/** Whether what this user owns is as safe from others as this user's own. */
export const isTrusted = (owner: number, uid: number): boolean =>
  owner === uid || owner === ROOT || (owner === OVERFLOW_UID && inUserNamespace())

function inUserNamespace(): boolean {
  try {
    return !WHOLE_UID_MAP.test(readFileSync('/proc/self/uid_map', 'utf8'))
  } catch {
    // No /proc, no namespaces.
    return false
  }
}

/** Every place from the root down to `path`, itself included. */
function placesTo(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [...placesTo(parent), path]
}

/**
 * Throws `misconfigured` naming the first place on the way to `path`, itself included, that others could change.
 * Answers whether it is there.
 */
export function checkWay(path: string, uid: number): boolean {
  return walk(path, uid, () => false)
}

/** The same, and creates the directories that are missing (0700). */
export function makeWay(path: string, uid: number): void {
  walk(path, uid, (place) => {
    // Not recursive: whatever somebody puts there meanwhile, links included, is not gone through but looked at.
    mkdirSync(place, { mode: 0o700 })
    return true
  })
}

function walk(path: string, uid: number, make: (missing: string) => boolean): boolean {
  let linked = false
  for (const place of placesTo(path)) {
    const stats = lstatSync(place, { throwIfNoEntry: false })
    if (stats === undefined) {
      if (!make(place)) return false
      continue
    }
    refuseRuled(place, stats, uid)
    if (place !== path && !stats.isDirectory() && !stats.isSymbolicLink()) {
      refuse(`${place} is not a directory`, `ls -ld ${quoted(place)}`)
    }
    linked ||= stats.isSymbolicLink()
  }
  return linked ? walk(realpathSync(path), uid, make) : true
}

function refuseRuled(place: string, stats: Stats, uid: number): void {
  const look = `ls -ld ${quoted(place)}`
  if (!isTrusted(stats.uid, uid)) {
    const could = stats.isDirectory() ? 'replace what is in it' : 'change what is read there'
    refuse(`${place} belongs to user ${stats.uid}, not to you (${uid}), who could ${could}`, look)
  }
  const everybody = (stats.mode & WORLD_WRITES) !== 0 && !stats.isSymbolicLink()
  if (!everybody || (stats.isDirectory() && (stats.mode & STICKY) !== 0)) return
  refuse(`everybody may write to ${place} and replace what is in it`, `chmod o-w ${quoted(place)}`)
}
