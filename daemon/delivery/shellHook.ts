/**
 * What a shell runs at each prompt so that its variables are current: built-ins only while nothing changed.
 * `fob hook` prints it for start-up files; in the editor's terminals the daemon's copies beside the socket serve.
 */
import { quoted } from '../../shared/contract/shellWord.js'
import { BASH_PROMPT, PROMPT_FUNCTION } from '../../shared/contract/terminal.js'
import type { Shell } from './environment.js'

/** Terminals outside the editor know no socket yet; a set one is left alone. */
const socketFor = (socket: string): string =>
  `[ -n "\${FOB_SOCKET-}" ] || export FOB_SOCKET=${quoted(socket)}`

const bash = (socket: string): string => `${socketFor(socket)}
case "\${PROMPT_COMMAND-}" in
  *__fob_prompt*) ;;
  *) PROMPT_COMMAND=${quoted(BASH_PROMPT)}"\${PROMPT_COMMAND:+; $PROMPT_COMMAND}" ;;
esac
`

const zsh = (socket: string): string => `${socketFor(socket)}
${PROMPT_FUNCTION}
(( \${precmd_functions[(I)__fob_prompt]} )) || precmd_functions+=(__fob_prompt)
`

/** What a prompt of fish reads is found once for each socket: cutting a path takes longer than all the rest. */
const fish = (socket: string): string => `set -q FOB_SOCKET; or set -gx FOB_SOCKET ${fishQuoted(socket)}
function __fob_prompt --on-event fish_prompt
    set -q FOB_SOCKET; or return
    if test "$FOB_SOCKET" != "$__fob_socket"
        set -g __fob_socket $FOB_SOCKET
        set -q __fob_at; or set -g __fob_at $PWD
        set -g __fob_run (string replace -r '/[^/]*$' '' -- $FOB_SOCKET)
    end
    test -r $__fob_run/env.stamp; or return
    read -l now <$__fob_run/env.stamp
    test "$now" = "$__fob_seen"; and return
    set -g __fob_seen $now
    env FOB_TERMINAL_AT=$__fob_at sh $__fob_run/command env --shell fish 2>/dev/null | source
end
`

const fishQuoted = (text: string): string => `'${text.replace(/['\\]/g, '\\$&')}'`

const HOOKS: Readonly<Record<Shell, (socket: string) => string>> = { bash, zsh, fish }

export const shellHook = (shell: Shell, socket: string): string => HOOKS[shell](socket)

export interface Launch {
  /** Absolute path of the program that runs the launcher. */
  readonly node: string
  readonly launcher: string
  /** What else the command must know, such as FOB_HOME. */
  readonly environment: Readonly<Record<string, string>>
}

/** A script for sh that runs this installation's command against the daemon that wrote it. */
export function commandScript({ node, launcher, environment }: Launch): string {
  const assigned = Object.entries(environment).map(([name, value]) => `${name}=${quoted(value)} `)
  return `# Written by fob. Runs the command of the installation whose daemon serves this directory.
${assigned.join('')}exec ${quoted(node)} ${quoted(launcher)} "$@"
`
}
