/**
 * The settings as this extension reads them. Whatever a file holds, the value is of the right type: what is
 * not understood counts as not set, and `malformed` names it, so that it can be told. No setting is a secret.
 */
import * as vscode from 'vscode'

export const SIGN_IN_METHODS = ['auto', 'browser', 'device'] as const
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]

const value = (key: string): unknown => vscode.workspace.getConfiguration('fob').get<unknown>(key)

const flag = (key: string): boolean => value(key) !== false

const isMethod = (found: unknown): found is SignInMethod => SIGN_IN_METHODS.some((method) => method === found)

export const settings = {
  startsAutomatically: (): boolean => flag('daemon.startAutomatically'),
  tellsOfSignIn: (): boolean => flag('notices.signInNeeded'),
  servesExtensions: (): boolean => flag('extensions.mayAsk'),
  nodePath: (): string => {
    const path = value('daemon.nodePath')
    return typeof path === 'string' ? path : ''
  },
  signInMethod: (): SignInMethod => {
    const method = value('signIn.method')
    return isMethod(method) ? method : 'auto'
  },
  /** Names of settings that are not understood. */
  malformed: (): string[] => {
    const faults: Record<string, boolean> = {
      'fob.daemon.startAutomatically': typeof value('daemon.startAutomatically') !== 'boolean',
      'fob.notices.signInNeeded': typeof value('notices.signInNeeded') !== 'boolean',
      'fob.extensions.mayAsk': typeof value('extensions.mayAsk') !== 'boolean',
      'fob.daemon.nodePath': typeof value('daemon.nodePath') !== 'string',
      'fob.signIn.method': !isMethod(value('signIn.method')),
    }
    return Object.keys(faults).filter((name) => faults[name])
  },
}
