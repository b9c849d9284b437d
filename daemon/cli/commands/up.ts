/** `fob up`: a daemon of this version, and of this build of it, answers when it returns, whatever was there before. */
import type { Client } from '../../../shared/client/client.js'
import type { Hello } from '../../../shared/client/call.js'
import type { Status } from '../../../shared/contract/connection.js'
import { BUILD, VERSION } from '../../../shared/contract/version.js'
import { JSON_OPTION, CommandFailed, type Command, type Context } from '../command.js'
import { EXIT } from '../exitCodes.js'

/** A hand-over waits for running exchanges, of which each takes at most 15 s, and for the keychain. */
const HAND_OVER_MS = 60_000
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
  if (before.version === VERSION && before.build === BUILD) return before
  const { node, script } = context.programs.daemon
  const earlier = await failedHandOver(client)
  await client.call('shutdown', { body: { successor: { node, program: script } } })
  return successor(client, before, earlier)
}

type Failed = Status['daemon']['handOverFailed']

/** undefined also where nobody answers for the moment, or in words of another protocol. */
async function failedHandOver(client: Client): Promise<Failed> {
  const status = await client.call('status', {}).catch(() => undefined)
  return status?.daemon.handOverFailed
}

async function successor(client: Client, before: Hello, earlier: Failed): Promise<Hello> {
  const until = Date.now() + HAND_OVER_MS
  for (;;) {
    const hello = await client.hello()
    if (hello && hello.pid !== before.pid) return hello
    const failed = await failedHandOver(client)
    if (failed && failed.at !== earlier?.at) {
      const message = `${failed.message}; fob ${before.version} (pid ${before.pid}) goes on`
      throw new CommandFailed(EXIT.failed, message, failed.fix)
    }
    if (Date.now() > until) {
      const message = `fob ${before.version} (pid ${before.pid}) did not hand over`
      throw new CommandFailed(EXIT.daemonUnreachable, message, 'fob down')
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
