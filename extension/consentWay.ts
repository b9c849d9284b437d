/** Whether a consent goes by browser or by code. Pure. */
import type { Flow } from '../shared/contract/connection.js'
import type { SignInMethod } from './settings.js'

/** `code` is the browser on this machine; `none` asks nobody. */
export type ConsentWay = 'code' | 'device' | 'none'

/**
 * In a remote window the daemon waits for the browser's answer on the remote machine, where the browser is
 * not; unless the "remote" is this very machine, reached over loopback.
 */
export function consentWay(method: SignInMethod, flow: Flow, remoteName: string | undefined): ConsentWay {
  if (flow === 'client-credentials' || flow === 'static') return 'none'
  if (method === 'browser') return 'code'
  if (method === 'device' || flow === 'device') return 'device'
  return remoteName === undefined || isLoopback(remoteName) ? 'code' : 'device'
}

const isLoopback = (remoteName: string): boolean => /^(localhost|127\.0\.0\.1)(:\d+)?$/.test(remoteName)
