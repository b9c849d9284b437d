/** Has a running daemon hand socket and state over to another program, and waits until that one answers. */
import type { Client } from '../shared/client/client.js'
import { DaemonUnreachable } from '../shared/client/unreachable.js'
import type { Status } from '../shared/contract/connection.js'

/** A hand-over waits for running exchanges, of which each takes at most 15 s, and for the keychain. */
const HAND_OVER_MS = 60_000
const LOOK_MS = 100

interface Successor {
  readonly node: string
  readonly program: string
}

/** Rejects with the daemon's Refusal, or with DaemonUnreachable when the one before goes on. */
export async function handOver(client: Client, successor: Successor): Promise<void> {
  const before = await client.hello()
  const earlier = await failure(client)
  await client.call('shutdown', { body: { successor } })
  for (const until = Date.now() + HAND_OVER_MS; ;) {
    const now = await client.hello()
    if (now !== undefined && now.pid !== before?.pid) return
    const failed = await failure(client)
    if (failed && failed.at !== earlier?.at) throw new DaemonUnreachable('failed', failed.message, failed.fix)
    if (Date.now() > until) throw new DaemonUnreachable('failed', 'fob did not hand over', 'fob down')
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}

/** undefined also where nobody answers for the moment, or in words of another protocol. */
const failure = (client: Client): Promise<Status['daemon']['handOverFailed']> =>
  client.call('status', {}).then(
    ({ daemon }) => daemon.handOverFailed,
    () => undefined,
  )
