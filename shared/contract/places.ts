/**
 * Where fob keeps things: the one rule that the daemon, the command and every client follow.
 * Invariants: `FOB_HOME` selects configuration, state and socket together, so two homes never meet. Without
 * it the runtime directory goes by uid, not by environment, so every program of a user finds one socket.
 * Pure text; looking at the disk is the caller's.
 */

/** The environment as given, so that nothing here reads a global. */
export type Environment = Readonly<Record<string, string | undefined>>

/** Who asks, from the password database. */
export interface User {
  /** As `process.platform` says. */
  readonly platform: string
  readonly uid: number
  /** '' for a user who has none. */
  readonly home: string
}

export interface Places {
  readonly config: string
  readonly state: string
  /** The user's runtime directory made by the system, or null where `FOB_HOME` or the platform has none. */
  readonly runtime: string | null
  /** The directory of the socket, best first. The first needs the runtime directory to be usable. */
  readonly runs: readonly [string, ...string[]]
}

/** An environment that names no usable place. `fix` is what to type instead. */
export class PlaceRefused extends Error {
  readonly fix: string
  readonly field: string

  constructor(field: string, message: string, fix: string) {
    super(message)
    this.name = 'PlaceRefused'
    this.field = field
    this.fix = fix
  }
}

export const SOCKET_FILE = 'fob.sock'

/** `sun_path` holds 108 bytes on Linux and 104 on macOS (unix(7)), the last of them a NUL; more is cut silently. */
export const socketPathLimit = (platform: string): number => (platform === 'darwin' ? 103 : 107)

const bytesOf = (text: string): number => encodeURIComponent(text).replace(/%[0-9A-F]{2}/g, 'x').length

/** Gives the path back, or throws PlaceRefused when no socket could have it. `variable` is where it came from. */
export function checkedSocketPath(path: string, platform: string, variable = 'FOB_HOME'): string {
  const limit = socketPathLimit(platform)
  const length = bytesOf(path)
  if (length <= limit) return path
  throw new PlaceRefused(
    variable,
    `the socket path ${path} has ${length} bytes, and the system allows ${limit}`,
    variable === 'FOB_HOME' ? 'export FOB_HOME="$HOME/.fob"' : `unset ${variable}`,
  )
}

/** A directory from the environment; '' counts as unset, as shells have it. Throws PlaceRefused. */
export function absoluteFrom(env: Environment, name: string): string | undefined {
  const value = env[name]
  if (value === undefined || value === '') return undefined
  if (!value.startsWith('/')) {
    throw new PlaceRefused(
      name,
      `${name} must be an absolute path, and is "${value}"`,
      `export ${name}="$PWD/${value}"`,
    )
  }
  return value.replace(/(?<=.)\/+$/, '')
}

/** The XDG specification tells programs to ignore relative values. */
const xdg = (env: Environment, name: string, otherwise: string): string => {
  const value = env[name]
  return value?.startsWith('/') ? value : otherwise
}

function platformPlaces(env: Environment, user: User): Places {
  if (user.platform === 'darwin') {
    const state = `${user.home}/Library/Application Support/fob`
    return {
      config: `${user.home}/Library/Preferences/fob`,
      state,
      runtime: null,
      runs: [`${state}/run`],
    }
  }
  const state = `${xdg(env, 'XDG_STATE_HOME', `${user.home}/.local/state`)}/fob`
  const runtime = `/run/user/${user.uid}`
  return {
    config: `${xdg(env, 'XDG_CONFIG_HOME', `${user.home}/.config`)}/fob`,
    state,
    runtime,
    runs: [`${runtime}/fob`, `${state}/run`],
  }
}

/** Throws PlaceRefused when there is no home, or `FOB_HOME` is not absolute, or is the root of the file system. */
export function placesOf(env: Environment, user: User): Places {
  const home = absoluteFrom(env, 'FOB_HOME')
  if (home === undefined) {
    if (user.home !== '') return platformPlaces(env, user)
    throw new PlaceRefused('FOB_HOME', 'this user has no home directory', 'export FOB_HOME="$PWD/.fob"')
  }
  if (home === '/') {
    throw new PlaceRefused('FOB_HOME', 'FOB_HOME is the root directory', 'export FOB_HOME="$HOME/.fob"')
  }
  return { config: `${home}/config`, state: `${home}/state`, runtime: null, runs: [`${home}/run`] }
}
