/**
 * `fob completion`: a script for the shell, made from the table of commands. What only the daemon knows, names of
 * connections and providers, is asked for at each use, silently and without starting anything.
 */
import { UsageFault, type Command } from '../command.js'
import { bash, fish, zsh } from '../completionScripts.js'

const SHELLS = { bash, zsh, fish } as const

export const completion: Command = {
  name: 'completion',
  summary: 'print a completion script for your shell',
  arguments: [{ name: 'shell', meaning: 'bash, zsh or fish', offers: Object.keys(SHELLS) }],
  examples: [
    'source <(fob completion bash)    # in ~/.bashrc',
    'source <(fob completion zsh)     # in ~/.zshrc, after compinit',
    'fob completion fish > ~/.config/fish/completions/fob.fish',
  ],
  run: async (given, { table, output }) => {
    const shell = given.argument(0)
    if (shell !== 'bash' && shell !== 'zsh' && shell !== 'fish') {
      throw new UsageFault(`there is no completion for "${shell}"`, 'fob completion bash')
    }
    output.line(SHELLS[shell](await table()))
  },
}

/** Prints the names of connections, or of providers, for a script above. A completion must never print an error into a prompt. */
export const complete: Command = {
  name: '__complete',
  summary: 'print names for completion',
  hidden: true,
  arguments: [{ name: 'list', meaning: 'connections or providers', optional: true }],
  run: async (given, { client, output }) => {
    try {
      const open = await client()
      if (given.argument(0) === 'providers') {
        for (const { id } of (await open.call('providers', {})).providers) output.line(id)
        return
      }
      for (const { name } of (await open.call('status', {})).connections) output.line(name)
    } catch {
      // No daemon, no names.
    }
  },
}
