/** `fob down`: socket and lock are free when it returns. */
import type { Client } from '../../../shared/client/client.js'
import { CommandFailed, type Command } from '../command.js'
import { EXIT } from '../exitCodes.js'
import { ended, lifeOf } from '../processLife.js'

/** A graceful stop lets running exchanges end, of which each takes at most 15 s. */
const STOP_MS = 40_000

/** The pid that ended, or undefined when none was running. */
export async function stopDaemon(client: Client): Promise<number | undefined> {
  const hello = await client.hello()
  if (hello === undefined) return undefined
  const life = lifeOf(hello.pid)
  await client.call('shutdown', { body: {} })
  if (await ended(hello.pid, life, STOP_MS)) return hello.pid
  const message = `the daemon (pid ${hello.pid}) is still running after ${STOP_MS / 1000} s`
  throw new CommandFailed(EXIT.daemonUnreachable, message, `kill -9 ${hello.pid}`)
}

export const down: Command = {
  name: 'down',
  summary: 'stop the daemon',
  examples: ['fob down'],
  more: 'Running refreshes end and are saved first. Nobody is signed out.',
  run: async (_given, { client, output }) => {
    const open = await client()
    const pid = await output.progress('stopping the daemon', () => stopDaemon(open))
    output.line(pid === undefined ? 'the daemon is not running' : `stopped (pid ${pid})`)
  },
}
