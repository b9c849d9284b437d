/** Hands an access token to a person: into the clipboard or the terminal. Invariant: it is kept nowhere here. */
import * as vscode from 'vscode'
import { BriefClip } from './briefClip.js'
import type { Daemon } from './daemon.js'
import { tellSuccess } from './success.js'
import { say } from './wording/say.js'

/** Time to paste it, and not much more. Seconds. */
const CLIPBOARD_S = 30

export class AccessTokens implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #clip = new BriefClip(vscode.env.clipboard, (work) => {
    const timer = setTimeout(work, CLIPBOARD_S * 1000)
    return () => clearTimeout(timer)
  })

  constructor(daemon: Daemon) {
    this.#daemon = daemon
  }

  /** Rejects with what the daemon refuses with. */
  async copy(name: string): Promise<void> {
    const { accessToken } = await this.#lease(name)
    await this.#clip.put(accessToken)
    tellSuccess(say.copied(name, CLIPBOARD_S))
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
    void this.#clip.clear()
  }

  #lease(name: string): Promise<{ accessToken: string }> {
    return this.#daemon.client.call('accessToken', { params: { c: name } })
  }
}
