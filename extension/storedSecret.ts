/**
 * Replacing a stored secret: typed or pasted by a person, sent straight to the daemon, kept nowhere here. Runs only
 * because somebody clicked.
 */
import * as vscode from 'vscode'
import { endOf, faultOfAnswer } from './addConnectionAnswers.js'
import type { Daemon } from './daemon.js'
import { say } from './wording/say.js'

/** Resolves true once the new secret is durable, false when the person gave up. Rejects with what fob refuses with. */
export async function replaceSecret(daemon: Daemon, name: string): Promise<boolean> {
  const shown = { title: say.replaceSecret(name), ignoreFocusOut: true }
  const clientSecret = await vscode.window.showInputBox({
    ...shown,
    prompt: 'The new secret',
    password: true,
    validateInput: (text) => faultOfAnswer('clientSecret', text.trim(), []),
  })
  if (clientSecret === undefined) return false
  const lastDay = await vscode.window.showInputBox({
    ...shown,
    prompt: 'The last day on which it works; leave it empty when it does not end',
    placeHolder: '2027-03-01',
    validateInput: (text) => faultOfAnswer('lastDay', text.trim(), []),
  })
  if (lastDay === undefined) return false
  const expiresAt = endOf(lastDay.trim())
  const body = { clientSecret: clientSecret.trim(), ...(expiresAt === undefined ? {} : { expiresAt }) }
  await daemon.client.call('setSecret', { params: { c: name }, body })
  return true
}
