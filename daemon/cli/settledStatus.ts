/**
 * The status once the vault has been read. A daemon answers as soon as it listens, and in the first moment
 * knows no connection yet: taken at its word then, a script would add what is there already.
 */
import type { Client } from '../../shared/client/client.js'
import type { Status } from '../../shared/contract/connection.js'

/** A keychain that takes longer is asking a person something, and then that is the status. */
const PATIENCE_MS = 5_000
const LOOK_MS = 25

/** Locked with nothing to do about it means that the key is being read. */
const isReading = ({ vault }: Status): boolean => vault.state === 'locked' && vault.fix === ''

export async function settledStatus(client: Client): Promise<Status> {
  const until = Date.now() + PATIENCE_MS
  for (;;) {
    const status = await client.call('status', {})
    if (!isReading(status) || Date.now() > until) return status
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS))
  }
}
