/**
 * Hosts as git names them: `host` or `host:port`. Two names are the same host only when they are the same text
 * after lower-casing and dropping the protocol's own port; nothing is resolved, nothing matches by pattern.
 */

export type GitProtocol = 'http' | 'https'

const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]{2,45}\])(?::[1-9]\d{0,4})?$/

/** A DNS name has at most 253 characters, a port five, a colon between them. */
const LONGEST = 259

/** Whether a setting may name this host: lower case, no user, no path, no wildcard. */
export const isHost = (text: string): boolean => text.length <= LONGEST && HOST.test(text)

/** Whether the host is this machine by its name alone (RFC 6761 §6.3, RFC 1122 §3.2.1.3, RFC 4291 §2.5.3). */
export const isLoopback = (host: string): boolean =>
  /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/.test(host)

const OWN_PORT: Readonly<Record<GitProtocol, string>> = { http: ':80', https: ':443' }

/** The host in the form it is compared in. */
export function comparable(host: string, protocol: GitProtocol): string {
  const lower = host.toLowerCase()
  const port = OWN_PORT[protocol]
  return lower.endsWith(port) ? lower.slice(0, -port.length) : lower
}

/** Unencrypted only where nobody listens on the way. */
export const protocolsOf = (host: string): readonly GitProtocol[] =>
  isLoopback(host) ? ['http', 'https'] : ['https']
