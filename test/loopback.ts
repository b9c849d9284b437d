/** A server on a free port of loopback, as everybody who plays one opens, finds and closes it. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'

export async function listening<S extends Server>(server: S): Promise<S> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return server
}

export function portOf(server: Server): number {
  const address = server.address()
  assert.ok(typeof address === 'object' && address !== null, 'it does not listen')
  return address.port
}

export const baseOf = (server: Server): string => `http://127.0.0.1:${portOf(server)}`

/** Whoever is connected is cut off. */
export async function closed(server: Server): Promise<void> {
  server.close()
  server.closeAllConnections()
  await once(server, 'close')
}
