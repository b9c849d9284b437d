/** Whether a request names this server, and nothing beside it: a page of another site may point its name at 127.0.0.1. */
import type { IncomingMessage } from 'node:http'

export function isMeant(request: IncomingMessage, issuer: string): boolean {
  const named = request.rawHeaders.filter((name, index) => index % 2 === 0 && name.toLowerCase() === 'host')
  return named.length === 1 && request.headers.host === new URL(issuer).host
}
