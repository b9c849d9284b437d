/** Whether a consent goes by browser or by code. Pure. */
import type { ConnectionStatus } from '../shared/contract/connection.js'
import type { SignInMethod } from './settings.js'

/** `code` is the browser on this machine; `none` asks nobody. */
export type ConsentWay = 'code' | 'device' | 'none'

/**
 * In a remote window the daemon waits for the browser's answer on the remote machine, where the browser is
 * not; unless the "remote" is this very machine, reached over loopback. What the provider does not have is not
 * tried, whatever is wished.
 */
export function consentWay(
  method: SignInMethod,
  { flow, signInBy }: Pick<ConnectionStatus, 'flow' | 'signInBy'>,
  remoteName: string | undefined,
): ConsentWay {
  if (flow === 'client-credentials' || flow === 'static') return 'none'
  const wish = wished(method, flow, remoteName)
  const [only] = signInBy
  return only === undefined || signInBy.includes(wish) ? wish : only
}

function wished(method: SignInMethod, flow: 'code' | 'device', remoteName: string | undefined) {
  if (method === 'browser') return 'code'
  if (method === 'device' || flow === 'device') return 'device'
  return isElsewhere(remoteName) ? 'device' : 'code'
}

/** Whether the browser is on another machine than the daemon. */
export const isElsewhere = (remoteName: string | undefined): remoteName is string =>
  remoteName !== undefined && !/^(localhost|127\.0\.0\.1)(:\d+)?$/.test(remoteName)
