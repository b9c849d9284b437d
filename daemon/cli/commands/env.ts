/** `fob env` and `fob hook`: a shell's variables, once or at each prompt. */
import { realpathSync } from 'node:fs'
import { currentFacts, paths } from '../../config/paths.js'
import { shellLines, type Shell } from '../../delivery/environment.js'
import { shellHook } from '../../delivery/shellHook.js'
import { TERMINAL_AT, TERMINAL_VARIABLES, variablesWithin } from '../../../shared/contract/terminal.js'
import { UsageFault, type Command } from '../command.js'

const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish']

const shellNamed = (name: string): Shell | undefined => SHELLS.find((shell) => shell === name)

export const env: Command = {
  name: 'env',
  summary: 'print the variables of `delivery.env` for a shell',
  options: [
    {
      flags: '--shell <shell>',
      meaning: 'bash (the default), zsh, fish or json',
      offers: [...SHELLS, 'json'],
    },
  ],
  examples: ['eval "$(fob env)"', 'fob env --shell fish | source'],
  more:
    'A running shell keeps what it was given: `fob hook` keeps it current. Where a tool can ask each time\n' +
    '(`fob credential git`, `fob token`), prefer that.',
  run: async (given, { env: environment, startedClient, output }) => {
    const at = environment[TERMINAL_AT] || process.cwd()
    const asked = variablesWithin(environment[TERMINAL_VARIABLES] ?? '', (folder) => isWithin(at, folder))
    const query = asked === '' ? {} : { variables: asked }
    const answer = await (await startedClient()).call('env', { query })
    const chosen = given.text('shell') ?? 'bash'
    if (chosen === 'json') return output.json(answer)
    for (const line of shellLines(answer, shellNamed(chosen) ?? 'bash')) output.line(line)
    for (const { name, reason, fix } of answer.missing) {
      output.note(`fob: ${name} has no value: ${reason}${fix === '' ? '' : `\n     fix: ${fix}`}`)
    }
  },
}

/** Shells and editors disagree on whether a path keeps the links on its way. */
const isWithin = (directory: string, folder: string): boolean =>
  folder !== '' &&
  [directory, resolved(directory)].some((from) =>
    [folder, resolved(folder)].some((to) => `${from}/`.startsWith(`${to.replace(/\/+$/, '')}/`)),
  )

function resolved(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}

export const hook: Command = {
  name: 'hook',
  summary: 'print what keeps the variables of your shell current at each prompt',
  arguments: [{ name: 'shell', meaning: 'bash, zsh or fish', offers: SHELLS }],
  examples: [
    'eval "$(fob hook bash)"     # in ~/.bashrc',
    'eval "$(fob hook zsh)"      # in ~/.zshrc',
    'fob hook fish | source      # in ~/.config/fish/config.fish',
  ],
  more: "While nothing changed it starts no process. The editor's terminals have it in bash and fish already.",
  run: async (given, { env: environment, output }) => {
    const shell = shellNamed(given.argument(0))
    if (shell === undefined) {
      throw new UsageFault(`there is no hook for "${given.argument(0)}"`, 'fob hook bash')
    }
    output.line(shellHook(shell, paths(environment, currentFacts()).socket).trimEnd())
  },
}
