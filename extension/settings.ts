/**
 * The settings as this extension reads them. Whatever a file holds, the value is of the right type: what is
 * not understood counts as not set, and `malformed` names it, so that it can be told. No setting is a secret.
 */
import * as vscode from 'vscode'
import { ConnectionName } from '../shared/contract/ids.js'

const SIGN_IN_METHODS = ['auto', 'browser', 'device'] as const
export type SignInMethod = (typeof SIGN_IN_METHODS)[number]

const value = (key: string): unknown => vscode.workspace.getConfiguration('fob').get<unknown>(key)

const flag = (key: string): boolean => value(key) !== false

/** The person's own: what a workspace says is a request, and stands elsewhere. */
const own = (key: string): unknown =>
  vscode.workspace.getConfiguration('fob').inspect<unknown>(key)?.globalValue

const write = async (key: string, to: unknown): Promise<void> =>
  vscode.workspace.getConfiguration('fob').update(key, to, vscode.ConfigurationTarget.Global)

const isMethod = (found: unknown): found is SignInMethod => SIGN_IN_METHODS.some((method) => method === found)

const isNames = (found: unknown): boolean =>
  Array.isArray(found) && found.every((name) => ConnectionName.safeParse(name).success)

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
  /** Connections whose providers' git hosts terminals are served for. */
  gitConnections: (): string[] => {
    const names = own('terminal.git')
    const known = Array.isArray(names)
      ? names.flatMap((name) => ConnectionName.safeParse(name).data ?? [])
      : []
    return [...new Set(known)].sort()
  },
  serveGit: (name: string): Promise<void> => write('terminal.git', [...settings.gitConnections(), name]),
  /** Whatever the person's setting holds. */
  ownVariables: (): unknown => own('terminal.env'),
  setVariable: (variable: string, name: string): Promise<void> => {
    const before = own('terminal.env')
    return write('terminal.env', { ...(typeof before === 'object' ? before : {}), [variable]: name })
  },
  /** Names of settings that are not understood. */
  malformed: (): string[] => {
    const faults: Record<string, boolean> = {
      'fob.daemon.startAutomatically': typeof value('daemon.startAutomatically') !== 'boolean',
      'fob.notices.signInNeeded': typeof value('notices.signInNeeded') !== 'boolean',
      'fob.extensions.mayAsk': typeof value('extensions.mayAsk') !== 'boolean',
      'fob.daemon.nodePath': typeof value('daemon.nodePath') !== 'string',
      'fob.terminal.git': !isNames(value('terminal.git')),
      'fob.signIn.method': !isMethod(value('signIn.method')),
    }
    return Object.keys(faults).filter((name) => faults[name])
  },
}
