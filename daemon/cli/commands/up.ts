/** `fob up`: a daemon of this version answers when it returns, whatever was there before. */
import type { Client } from '../../../shared/client/client.js'
import type { Hello } from '../../../shared/client/call.js'
import { VERSION } from '../../../shared/contract/version.js'
import { JSON_OPTION, CommandFailed, type Command, type Context } from '../command.js'
import { EXIT } from '../exitCodes.js'

/** A hand-over waits for running exchanges, of which each takes at most 15 s. */
const HAND_OVER_MS = 40_000
const LOOK_MS = 50

export const up: Command = {
  name: 'up',
  summary: 'start the daemon, or hand over to this version',
  options: [JSON_OPTION],
  examples: ['fob up', 'FOB_HOME=/tmp/try fob up   # another fob beside the usual one'],
  more: 'Returns once the daemon answers. Other commands start it by themselves.',
  run: async (given, context) => {
    const client = await context.client()
    const before = await client.hello()
    const hello = await context.output.progress('starting the daemon', () => running(client, before, context))
    const news =
      before === undefined ? 'started' : before.pid === hello.pid ? 'already running' : 'handed over'
    if (given.flag('json')) context.output.json({ ...hello, news })
    else context.output.line(`fob ${hello.version} ${news} (pid ${hello.pid})`)
  },
}

async function running(client: Client, before: Hello | undefined, context: Context): Promise<Hello> {
  if (before === undefined) return client.start(context.programs.daemon)
  if (before.version === VERSION) return before
  const { node, script } = context.programs.daemon
  await client.call('shutdown', { body: { successor: { node, program: script } } })
  return successor(client, before)
}

async function successor(client: Client, before: Hello): Promise<Hello> {
  const until = Date.now() + HAND_OVER_MS
  for (;;) {
    const hello = await client.hello()
    if (hello && hello.pid !== before.pid) return hello
    if (Date.now() > until) {
      const message = `fob ${before.version} (pid ${before.pid}) did not hand over`
      throw new CommandFailed(EXIT.daemonUnreachable, message, 'fob down && fob up')
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
