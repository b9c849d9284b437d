/**
 * bash and fish take their hook from the environment; zsh has no such way. Whoever opens a terminal of it gets one
 * question, ever: over all windows, whatever was chosen.
 */
import * as vscode from 'vscode'
import { TERMINAL_FILES } from '../shared/contract/terminal.js'
import { say } from './wording/say.js'

/** That this was offered. */
const OFFERED = 'terminals.zshOffered'

const LINE = `[ -n "\${FOB_SOCKET-}" ] && . "\${FOB_SOCKET%/*}/${TERMINAL_FILES.zsh}"`

export class ZshOffer implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext
  readonly #listening: vscode.Disposable

  constructor(context: vscode.ExtensionContext) {
    this.#context = context
    const look = (terminal: vscode.Terminal): void => void this.#look(terminal)
    this.#listening = vscode.Disposable.from(
      vscode.window.onDidOpenTerminal(look),
      // Which shell it is may be known later, or be another one after a while.
      vscode.window.onDidChangeTerminalState(look),
    )
  }

  dispose(): void {
    this.#listening.dispose()
  }

  async #look({ state }: vscode.Terminal): Promise<void> {
    if (state.shell !== 'zsh' || !vscode.workspace.isTrusted) return
    const { globalState } = this.#context
    if (globalState.get<boolean>(OFFERED) === true) return
    await globalState.update(OFFERED, true)
    const copy = 'Copy the Line'
    if ((await vscode.window.showInformationMessage(say.zshOffer, copy, 'Not Now')) === copy) {
      await vscode.env.clipboard.writeText(LINE)
    }
  }
}
