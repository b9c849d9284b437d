/** Ends a connection's grant, after asking; says what could not be revoked. */
import * as vscode from 'vscode'
import type { Daemon } from './daemon.js'
import { tellSuccess } from './success.js'
import { say } from './wording/say.js'

const END = 'Sign Out'
const FORGET = 'Sign Out and Remove'

/** Resolves whether it was done. Rejects with what the daemon refuses with. */
export async function signOut(daemon: Daemon, name: string): Promise<boolean> {
  const options = { modal: true, detail: say.signOutDetail }
  const chosen = await vscode.window.showWarningMessage(say.signOutQuestion(name), options, END, FORGET)
  if (chosen === undefined) return false
  const { left } = await daemon.client.call('signOut', {
    params: { c: name },
    query: { forget: chosen === FORGET ? 'true' : 'false' },
  })
  if (left === '') tellSuccess(say.signedOut(name))
  else void vscode.window.showWarningMessage(say.notRevoked(name, left))
  return true
}
