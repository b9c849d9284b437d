/** The address a browser came back to, held against the one that was asked for. */
import type { CodeRequest } from '../../core/providerPorts.js'

/** undefined: another address, so no answer to this request. */
export function callbackOf(
  { redirectUri }: Pick<CodeRequest, 'redirectUri'>,
  callback: string,
): URL | undefined {
  const came = new URL(callback, redirectUri)
  const expected = new URL(redirectUri)
  return came.origin === expected.origin && came.pathname === expected.pathname ? came : undefined
}

export const CAME_ELSEWHERE = {
  kind: 'untrusted',
  reason: 'the browser came back to another address than was asked for',
} as const
