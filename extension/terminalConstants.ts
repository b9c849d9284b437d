/**
 * What a terminal is given, decided without the editor: constants by which git and the shells find fob, and the
 * names of variables the person wants. Pure. Invariant: no access token, and nothing that changes with one.
 */
import { ConnectionName } from '../shared/contract/ids.js'
import {
  BASH_PROMPT,
  gitFileOf,
  gitVariables,
  TERMINAL_FILES,
  TERMINAL_VARIABLES,
  terminalVariables,
  type FolderVariables,
} from '../shared/contract/terminal.js'
import { variableFault } from '../shared/contract/variables.js'

/** One variable: in place of what is there, or before it. */
export interface Constant {
  readonly name: string
  readonly how: 'replace' | 'prepend'
  readonly value: string
}

interface TerminalFacts {
  /** Absolute path of the daemon's socket. */
  readonly socket: string
  /** The environment terminals start from. */
  readonly env: Readonly<Record<string, string | undefined>>
  /** Connections that serve git on the hosts of their providers. */
  readonly git: readonly string[]
  /** Variable to connection, as the person set them. */
  readonly variables: Readonly<Record<string, string>>
  /** What folders may have beside these, as the person allowed it. */
  readonly folders: readonly FolderVariables[]
}

/** Where programs look when XDG_DATA_DIRS is not set (XDG Base Directory Specification). */
const USUAL_DATA_DIRS = '/usr/local/share:/usr/share'

export function terminalConstants({
  socket,
  env,
  git: served,
  variables,
  folders,
}: TerminalFacts): Constant[] {
  const run = socket.slice(0, socket.lastIndexOf('/'))
  const files = [TERMINAL_FILES.git, ...served.map(gitFileOf)].map((file) => `${run}/${file}`)
  const git = gitVariables(files, takenIn(env['GIT_CONFIG_COUNT']))
  const data = `${run}/${TERMINAL_FILES.data}`
  return [
    replace('FOB_SOCKET', socket),
    ...Object.entries(git).map(([name, value]) => replace(name, value)),
    // Before the person's own, which may end in anything.
    { name: 'PROMPT_COMMAND', how: 'prepend', value: `${BASH_PROMPT}; ` },
    env['XDG_DATA_DIRS']
      ? { name: 'XDG_DATA_DIRS', how: 'prepend', value: `${data}:` }
      : replace('XDG_DATA_DIRS', `${data}:${USUAL_DATA_DIRS}`),
    // Also when it is none: a workspace may set variables of its terminals, and must not ask by this one.
    replace(TERMINAL_VARIABLES, terminalVariables(variables, folders)),
  ]
}

const replace = (name: string, value: string): Constant => ({ name, how: 'replace', value })

/** Settings for git that are in the environment already are kept: ours come after them. */
const takenIn = (count = ''): number => (/^\d{1,4}$/.test(count) ? Number(count) : 0)

export interface Variables {
  readonly fit: Readonly<Record<string, string>>
  /** What is wrong with the others, one sentence each. */
  readonly faults: readonly string[]
}

/** The variables of a setting, whatever it holds. */
export function variablesIn(setting: unknown): Variables {
  if (setting === undefined) return { fit: {}, faults: [] }
  if (typeof setting !== 'object' || setting === null || Array.isArray(setting)) {
    return { fit: {}, faults: ['it must be an object such as {"WORK_TOKEN": "work"}'] }
  }
  const fit: Record<string, string> = {}
  const faults: string[] = []
  for (const [name, connection] of Object.entries(setting)) {
    const named = ConnectionName.safeParse(connection)
    const fault = variableFault(name) ?? (named.success ? undefined : `${name} must name a connection`)
    if (fault !== undefined) faults.push(fault)
    else if (named.success) fit[name] = named.data
  }
  return { fit, faults }
}
