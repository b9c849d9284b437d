/**
 * Every file and directory of one fob, from the environment and what the disk says about the user's runtime
 * directory. Pure but for `currentFacts`; nothing is created here.
 */
import { lstatSync } from 'node:fs'
import { userInfo } from 'node:os'
import { Refusal } from '../../shared/contract/errors.js'
import {
  checkedSocketPath,
  PlaceRefused,
  placesOf,
  SOCKET_FILE,
  type Environment,
  type Places,
  type User,
} from '../../shared/contract/places.js'

export interface PlatformFacts extends User {
  /** Whether a directory exists, belongs to the user, is mode 0700 and no symlink. */
  isPrivateDirectory(path: string): boolean
}

export interface Paths {
  readonly config: string
  readonly configFile: string
  readonly state: string
  /** Held with flock for the daemon's life. */
  readonly lock: string
  readonly logFile: string
  readonly auditFile: string
  readonly run: string
  readonly socket: string
  readonly sandboxSocket: string
  readonly sandboxState: string
}

/** Where one sandbox has its control socket and its grants. */
export interface SandboxPlaces {
  readonly socket: string
  readonly state: string
}

/** Each personality has places of its own beside the standard sandbox's, so that several run at a time. */
export function sandboxPlaces(
  { run, state, sandboxSocket, sandboxState }: Paths,
  personality: string | undefined,
): SandboxPlaces {
  if (personality === undefined) return { socket: sandboxSocket, state: sandboxState }
  return { socket: `${run}/sandbox-${personality}.sock`, state: `${state}/sandbox-${personality}` }
}

/** Whose places a directory of the state is; undefined for all others. */
export const personalityIn = (directory: string): string | undefined => /^sandbox-(.+)$/.exec(directory)?.[1]

/** Systemd makes /run/user/UID 0700 and owned by the user; anything else there is not ours to trust. */
function runDirectory(places: Places, facts: PlatformFacts): string {
  const [first, ...others] = places.runs
  if (places.runtime === null || facts.isPrivateDirectory(places.runtime)) return first
  return others[0] ?? first
}

function laidOut(env: Environment, facts: PlatformFacts): Paths {
  const places = placesOf(env, facts)
  const run = runDirectory(places, facts)
  const { config, state } = places
  return {
    config,
    configFile: `${config}/fob.json`,
    state,
    lock: `${state}/lock`,
    logFile: `${state}/log/fob.log`,
    auditFile: `${state}/audit/audit.log`,
    run,
    socket: checkedSocketPath(`${run}/${SOCKET_FILE}`, facts.platform),
    sandboxSocket: checkedSocketPath(`${run}/sandbox.sock`, facts.platform),
    sandboxState: `${state}/sandbox`,
  }
}

/** Throws `misconfigured` when `FOB_HOME` is relative, or makes a socket path longer than the system allows. */
export function paths(env: Environment, facts: PlatformFacts): Paths {
  try {
    return laidOut(env, facts)
  } catch (cause) {
    if (!(cause instanceof PlaceRefused)) throw cause
    throw new Refusal('misconfigured', cause.message, { fix: cause.fix, field: cause.field, cause })
  }
}

function isPrivateDirectory(path: string, uid: number): boolean {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats !== undefined && stats.isDirectory() && stats.uid === uid && (stats.mode & 0o777) === 0o700
}

/** The facts of this process. HOME is from the password database: an environment must not move the state. */
export function currentFacts(): PlatformFacts {
  const uid = process.getuid?.() ?? -1
  return {
    platform: process.platform,
    uid,
    home: homeOf(),
    isPrivateDirectory: (path) => isPrivateDirectory(path, uid),
  }
}

/** A container's user may be missing from the password database; then HOME is all there is. */
function homeOf(): string {
  try {
    return userInfo().homedir
  } catch {
    return process.env['HOME'] ?? ''
  }
}
