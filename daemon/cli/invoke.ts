/** One run of the command: surroundings in, exit code out. Tests call it with streams of their own. */
import type { Client } from '../../shared/client/client.js'
import type { Environment } from '../../shared/contract/places.js'
import type { Context, Programs } from './command.js'
import { allCommands } from './commands.js'
import { Output, type Streams } from './output.js'
import { runCommandLine } from './parser.js'

export interface Surroundings {
  readonly env: Environment
  readonly streams: Streams
  readonly programs: Programs
}

/** Never rejects: what goes wrong is said on standard error and told by the exit code. */
export async function invoke(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const { env, programs, streams } = surroundings
  const output = new Output(streams, env)
  let opened: Client | undefined
  // Loaded when first needed: help and completion need no client, and what goes well no failure.
  const client = async (): Promise<Client> => (opened ??= (await import('./openClient.js')).openClient(env))
  const startedClient = async (): Promise<Client> => {
    const open = await client()
    if ((await open.hello()) === undefined) {
      await output.progress('starting the daemon', () => open.start(programs.daemon))
    }
    return open
  }
  const context: Context = { env, output, programs, table: allCommands, client, startedClient }
  try {
    return await runCommandLine(words, context)
  } catch (error) {
    return (await import('./failure.js')).report(error, output, words)
  } finally {
    opened?.close()
  }
}
