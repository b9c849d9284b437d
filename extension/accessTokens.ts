/**
 * Hands an access token to a person: into the clipboard or the terminal. Invariant: it is kept nowhere here;
 * what the clipboard held is recognised by a digest, and cleared only if it is still there.
 */
import { createHash } from 'node:crypto'
import * as vscode from 'vscode'
import type { Daemon } from './daemon.js'
import { SUCCESS_MS } from './signIn.js'
import { say } from './wording.js'

/** Time to paste it, and not much more. Seconds. */
const CLIPBOARD_S = 30

const digestOf = (text: string): string => createHash('sha256').update(text).digest('hex')

export class AccessTokens implements vscode.Disposable {
  readonly #daemon: Daemon
  #timer: NodeJS.Timeout | undefined
  #copied: string | undefined

  constructor(daemon: Daemon) {
    this.#daemon = daemon
  }

  /** Rejects with what the daemon refuses with. */
  async copy(name: string): Promise<void> {
    const { accessToken } = await this.#lease(name)
    await vscode.env.clipboard.writeText(accessToken)
    this.#copied = digestOf(accessToken)
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => void this.#clear(), CLIPBOARD_S * 1000)
    vscode.window.setStatusBarMessage(say.copied(name, CLIPBOARD_S), SUCCESS_MS)
  }

  /** At the cursor of the terminal, not entered. */
  async insert(name: string): Promise<void> {
    const terminal = vscode.window.activeTerminal
    if (terminal === undefined) {
      await vscode.window.showInformationMessage(say.noTerminal)
      return
    }
    const { accessToken } = await this.#lease(name)
    terminal.show()
    terminal.sendText(accessToken, false)
  }

  dispose(): void {
    clearTimeout(this.#timer)
    void this.#clear()
  }

  #lease(name: string): Promise<{ accessToken: string }> {
    return this.#daemon.client.call('accessToken', { params: { c: name } })
  }

  async #clear(): Promise<void> {
    if (this.#copied === undefined) return
    const held = digestOf(await vscode.env.clipboard.readText())
    if (held === this.#copied) await vscode.env.clipboard.writeText('')
    this.#copied = undefined
  }
}
