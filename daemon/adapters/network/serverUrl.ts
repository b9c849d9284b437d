/** Which URLs an authorization server may have: https anywhere, plain http only on this machine. */

const LOOPBACK_NAMES: readonly string[] = ['127.0.0.1', '[::1]', '::1', 'localhost']

export const isLoopbackHost = (hostname: string): boolean => LOOPBACK_NAMES.includes(hostname)

/** RFC 6749 §3.1 and §3.2 ask for TLS; loopback traffic never leaves the machine (RFC 8252 §8.3). */
export function isSecureUrl(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopbackHost(url.hostname))
}
