/**
 * What a terminal is given, by constants alone: the socket's path, and beside the socket the files the daemon
 * keeps current. Nothing here changes when an access token does, so no terminal is ever out of date.
 */

/** The files beside the socket, by name. */
export const TERMINAL_FILES = Object.freeze({
  /** One line that changes whenever a variable may have: a prompt compares it with built-ins. */
  stamp: 'env.stamp',
  /** A script for `sh` that runs this installation's command: a terminal need not have it on its PATH. */
  command: 'command',
  /** For git's `include.path`: which hosts of `delivery.git` ask fob. */
  git: 'git.config',
  /** Sourced by a line in `.zshrc`. */
  zsh: 'hook.zsh',
  /** For XDG_DATA_DIRS: fish reads `fish/vendor_conf.d` below it. */
  data: 'share',
})

/** The variables a terminal has: `NAME=connection,NAME=connection@FOLDER`, the latter in that folder alone. */
export const TERMINAL_VARIABLES = 'FOB_TERMINAL_ENV'

/** Where a shell was at its first prompt, which is where its terminal was opened. */
export const TERMINAL_AT = 'FOB_TERMINAL_AT'

type Variables = Readonly<Record<string, string>>

/** What a folder asked for and the person approved. */
export interface FolderVariables {
  /** Absolute path. */
  readonly folder: string
  readonly variables: Variables
}

/** The value of TERMINAL_VARIABLES. The person's `own` come last, so that they win. */
export function terminalVariables(own: Variables, folders: readonly FolderVariables[]): string {
  const pairs = (variables: Variables, at: string): string[] =>
    Object.entries(variables).map(([name, connection]) => `${name}=${connection}${at}`)
  // A name on disk may be no text; one that is not found again gives its folder nothing.
  const encoded = (folder: string): string => encodeURIComponent(folder.replace(/\p{Surrogate}/gu, '?'))
  const asked = folders.flatMap(({ folder, variables }) => pairs(variables, `@${encoded(folder)}`))
  return [...asked, ...pairs(own, '')].join(',')
}

/** Of such a value, what a shell has that is within the folders of which `isWithin` says so. */
export const variablesWithin = (text: string, isWithin: (folder: string) => boolean): string =>
  text
    .split(',')
    .flatMap((item) => {
      const [pair = '', folder] = item.split('@', 2)
      return folder === undefined || isWithin(decoded(folder)) ? [pair] : []
    })
    .join(',')

/** '' for what nobody encoded so. */
function decoded(folder: string): string {
  try {
    return decodeURIComponent(folder)
  } catch {
    return ''
  }
}

/**
 * A function for bash and zsh that brings variables up to date. While the stamp is the same it uses built-ins
 * only and starts no process; a stamp is asked about once, also when asking fails. `$?` stays what it was.
 */
export const PROMPT_FUNCTION =
  '__fob_prompt() { local s=$? now=; ' +
  '[ -n "${FOB_SOCKET-}" ] || return $s; ' +
  '[ -n "${__fob_at-}" ] || __fob_at=$PWD; ' +
  '{ IFS= read -r now <"${FOB_SOCKET%/*}/env.stamp"; } 2>/dev/null; ' +
  'if [ -n "$now" ] && [ "$now" != "${__fob_seen-}" ]; then __fob_seen=$now; ' +
  'eval "$(FOB_TERMINAL_AT="$__fob_at" sh "${FOB_SOCKET%/*}/command" env --shell bash 2>/dev/null)"; fi; ' +
  'return $s; }'

/** For bash's PROMPT_COMMAND: a constant, so that an environment can carry it. */
export const BASH_PROMPT = `${PROMPT_FUNCTION}; __fob_prompt`

/** Like `TERMINAL_FILES.git`, for the hosts that a connection's provider names. */
export const gitFileOf = (connection: string): string => `git-${connection}.config`

/** The stanzas that make git read `files` last, as GIT_CONFIG_* variables after the `taken` that are set already. */
export const gitVariables = (files: readonly string[], taken: number): Readonly<Record<string, string>> => ({
  GIT_CONFIG_COUNT: String(taken + files.length),
  ...Object.fromEntries(
    files.flatMap((file, at) => [
      [`GIT_CONFIG_KEY_${taken + at}`, 'include.path'],
      [`GIT_CONFIG_VALUE_${taken + at}`, file],
    ]),
  ),
})
