/**
 * Finds the daemon's socket and makes sure it is this user's before a byte is sent.
 * Order: `FOB_SOCKET`; with `FOB_HOME` its `run/fob.sock` and nothing else; else the runtime directory by
 * uid, then `state/run`. Invariant: a path is given out only when socket and directory belong to this user,
 * nobody else may enter or connect, and neither is a symlink.
 */
import { lstatSync, type Stats } from 'node:fs'
import { userInfo } from 'node:os'
import { dirname } from 'node:path'
import {
  absoluteFrom,
  checkedSocketPath,
  placesOf,
  SOCKET_FILE,
  type Environment,
  type User,
} from '../contract/places.js'
import { DaemonUnreachable } from './unreachable.js'

/** Where a socket may be, best first. Throws PlaceRefused for unusable paths. */
export function socketCandidates(env: Environment, user: User): readonly [string, ...string[]] {
  const chosen = absoluteFrom(env, 'FOB_SOCKET')
  if (chosen !== undefined) return [checkedSocketPath(chosen, user.platform, 'FOB_SOCKET')]
  const [first, ...others] = placesOf(env, user).runs
  const socketIn = (run: string): string => checkedSocketPath(`${run}/${SOCKET_FILE}`, user.platform)
  return [socketIn(first), ...others.map(socketIn)]
}

/**
 * The first candidate that exists. Throws PlaceRefused for an unusable environment, and DaemonUnreachable:
 * `absent` when there is none, `unsafe` when the one there is not provably this user's.
 */
export function findSocket(env: Environment, user: User = currentUser()): string {
  const candidates = socketCandidates(env, user)
  for (const path of candidates) {
    if (isOwnSocket(path, user.uid)) return path
  }
  const fix = env['FOB_SOCKET'] ? 'unset FOB_SOCKET' : 'fob up'
  throw new DaemonUnreachable('absent', `no daemon is running: there is no socket ${candidates[0]}`, fix)
}

/**
 * Where the daemon is, or would be once it runs, by the same rule as its own. Throws PlaceRefused, and
 * DaemonUnreachable when what is there is not provably this user's.
 */
export function socketToBe(env: Environment, user: User = currentUser()): string {
  const candidates = socketCandidates(env, user)
  const there = candidates.find((path) => isOwnSocket(path, user.uid))
  if (there !== undefined) return there
  const [first, second] = candidates
  const { runtime } = placesOf(env, user)
  return second === undefined || runtime === null || isClosedTo(runtime, user.uid) ? first : second
}

/** Whether a directory is this user's alone, as the system makes it at login. */
function isClosedTo(path: string, uid: number): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && faultOf(path, stats, uid, 'directory') === undefined
}

/** false when nothing is there. Throws DaemonUnreachable when what is there is not provably this user's. */
export function isOwnSocket(path: string, uid: number): boolean {
  const socket = lstatSync(path, { throwIfNoEntry: false })
  if (socket === undefined) return false
  const directory = dirname(path)
  const fault =
    faultOf(directory, lstatSync(directory), uid, 'directory') ?? faultOf(path, socket, uid, 'socket')
  if (fault === undefined) return true
  throw new DaemonUnreachable('unsafe', `${fault.message}, so nothing was sent to it`, fault.fix)
}

interface Fault {
  readonly message: string
  readonly fix: string
}

function faultOf(path: string, stats: Stats, uid: number, kind: 'directory' | 'socket'): Fault | undefined {
  const look = `ls -ld ${path}`
  if (stats.isSymbolicLink()) return { message: `${path} is a symlink`, fix: look }
  if (kind === 'directory' ? !stats.isDirectory() : !stats.isSocket()) {
    return { message: `${path} is no ${kind}`, fix: look }
  }
  if (stats.uid !== uid) return { message: `${path} belongs to user ${stats.uid}, not to you`, fix: look }
  if ((stats.mode & 0o077) !== 0) {
    const mode = (stats.mode & 0o777).toString(8)
    return {
      message: `${path} has mode ${mode}: other users could reach it`,
      fix: `chmod ${kind === 'directory' ? '700' : '600'} ${path}`,
    }
  }
  return undefined
}

/** This process's user; the home is from the password database, as the daemon's is. */
export function currentUser(): User {
  const uid = process.getuid?.() ?? -1
  try {
    return { platform: process.platform, uid, home: userInfo().homedir }
  } catch {
    // A container's user may be missing from the password database; then HOME is all there is.
    return { platform: process.platform, uid, home: process.env['HOME'] ?? '' }
  }
}
