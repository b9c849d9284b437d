/**
 * Tells the daemon which terminals this window has and in which folder each was opened, so that its questions can
 * say where somebody asks. Says nothing of an untrusted workspace, and tells a new daemon again.
 */
import * as vscode from 'vscode'
import { Refusal } from '../shared/contract/errors.js'
import type { Daemon } from './daemon.js'

export class TerminalRegistry implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #listening: vscode.Disposable
  /** Which run of the daemon was told of which terminals. */
  #told: { readonly startedAt: string; readonly terminals: WeakSet<vscode.Terminal> } | undefined

  constructor(daemon: Daemon) {
    this.#daemon = daemon
    const tell = (): void => this.#tell()
    this.#listening = vscode.Disposable.from(
      daemon.onDidChange(tell),
      vscode.workspace.onDidGrantWorkspaceTrust(tell),
      vscode.window.onDidOpenTerminal(tell),
    )
  }

  dispose(): void {
    this.#listening.dispose()
  }

  #tell(): void {
    const { picture } = this.#daemon
    if (picture.kind !== 'up' || !vscode.workspace.isTrusted) return
    const { startedAt } = picture.status.daemon
    if (this.#told?.startedAt !== startedAt) this.#told = { startedAt, terminals: new WeakSet() }
    const { terminals } = this.#told
    for (const terminal of vscode.window.terminals) {
      if (terminals.has(terminal)) continue
      terminals.add(terminal)
      void this.#register(terminal).catch(() => terminals.delete(terminal))
    }
  }

  async #register(terminal: vscode.Terminal): Promise<void> {
    const pid = await terminal.processId
    // An extension's own terminal, which has no process.
    if (pid === undefined) return
    try {
      await this.#daemon.client.call('registerTerminal', { body: { pid, folder: folderOf(terminal) } })
      // The last step of the walkthrough is done by a terminal that fob knows, and by no other.
      void vscode.commands.executeCommand('setContext', 'fob.hasTerminal', true)
    } catch (error) {
      // It ended meanwhile, or has a folder nobody could be shown: it stays without a name.
      if (!(error instanceof Refusal)) throw error
    }
  }
}

/** Where it was opened, or the window's first folder, or ''. */
function folderOf({ creationOptions }: vscode.Terminal): string {
  const cwd = 'cwd' in creationOptions ? creationOptions.cwd : undefined
  if (typeof cwd === 'string') return cwd
  return cwd?.fsPath ?? vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
}
