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

/** Variables a workspace asked for and the person approved: `NAME=connection,NAME=connection`. */
export const TERMINAL_VARIABLES = 'FOB_TERMINAL_ENV'

/**
 * A function for bash and zsh that brings variables up to date. While the stamp is the same it uses built-ins
 * only and starts no process; a stamp is asked about once, also when asking fails. `$?` stays what it was.
 */
export const PROMPT_FUNCTION =
  '__fob_prompt() { local s=$? now=; ' +
  '[ -n "${FOB_SOCKET-}" ] || return $s; ' +
  '{ IFS= read -r now <"${FOB_SOCKET%/*}/env.stamp"; } 2>/dev/null; ' +
  'if [ -n "$now" ] && [ "$now" != "${__fob_seen-}" ]; then __fob_seen=$now; ' +
  'eval "$(sh "${FOB_SOCKET%/*}/command" env --shell bash 2>/dev/null)"; fi; ' +
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
