/**
 * Gives the terminals of trusted workspaces what they need to find fob. The collection carries constants only and
 * is not kept between windows, so no terminal is ever out of date and nothing is left behind.
 * Invariants: in an untrusted workspace it is empty, and becomes full with the trust, without a reload; variables
 * are taken from the person's own settings, never from a workspace's; what is the same is not written again,
 * since the editor would offer to relaunch terminals.
 */
import * as vscode from 'vscode'
import { findSocket } from '../shared/client/findSocket.js'
import { TERMINAL_FILES } from '../shared/contract/terminal.js'
import type { Daemon } from './daemon.js'
import { terminalConstants, variablesIn, type Constant } from './terminalConstants.js'

const DESCRIPTION =
  'git and scripts get fresh credentials from fob. Holds no secret: where fob is, and how a prompt asks it.'

/** That this was offered, whatever was chosen. */
const ZSH_OFFERED = 'terminals.zshOffered'

const ZSH_LINE = `[ -n "\${FOB_SOCKET-}" ] && . "\${FOB_SOCKET%/*}/${TERMINAL_FILES.zsh}"`

export function registerTerminals(context: vscode.ExtensionContext, daemon: Daemon): vscode.Disposable {
  return new Terminals(context, daemon)
}

class Terminals implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext
  readonly #daemon: Daemon
  readonly #listening: vscode.Disposable
  #socket: string | undefined
  /** What the collections hold now, as text. */
  #given = ''

  constructor(context: vscode.ExtensionContext, daemon: Daemon) {
    this.#context = context
    this.#daemon = daemon
    const collection = context.environmentVariableCollection
    collection.persistent = false
    collection.description = DESCRIPTION
    this.#socket = runningSocket()
    const apply = (): void => this.#apply()
    this.#listening = vscode.Disposable.from(
      daemon.onDidChange(apply),
      vscode.workspace.onDidGrantWorkspaceTrust(apply),
      vscode.workspace.onDidChangeWorkspaceFolders(apply),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('fob.terminal.env')) return
        this.#apply()
        void this.#tellFaults()
      }),
      vscode.window.onDidOpenTerminal(() => void this.#offerZsh()),
    )
    this.#apply()
    void this.#tellFaults()
  }

  dispose(): void {
    this.#listening.dispose()
    this.#context.environmentVariableCollection.clear()
  }

  #apply(): void {
    const { picture } = this.#daemon
    if (picture.kind === 'up') this.#socket = picture.status.daemon.socket
    const folders = vscode.workspace.workspaceFolders ?? []
    const constants = this.#constants()
    const given = JSON.stringify([constants, folders.map(({ uri }) => uri.toString())])
    if (given === this.#given) return
    this.#given = given
    const collection = this.#context.environmentVariableCollection
    const scopes = folders.map((workspaceFolder) => collection.getScoped({ workspaceFolder }))
    collection.clear()
    for (const scope of scopes) write(scope, constants)
    // A window without a folder has nothing to scope by.
    if (scopes.length === 0) write(collection, constants)
  }

  #constants(): Constant[] {
    if (!vscode.workspace.isTrusted || this.#socket === undefined) return []
    const { fit } = variablesIn(ownSetting())
    return terminalConstants({ socket: this.#socket, env: process.env, variables: fit })
  }

  async #tellFaults(): Promise<void> {
    const [fault] = variablesIn(ownSetting()).faults
    if (fault === undefined) return
    const open = 'Open Settings'
    const sentence = `The setting fob.terminal.env is not used as it is: ${fault}.`
    if ((await vscode.window.showWarningMessage(sentence, open)) === open) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'fob.terminal.env')
    }
  }

  /** bash and fish take their hook from the environment; zsh has no such way, and gets one question ever. */
  async #offerZsh(): Promise<void> {
    const { globalState } = this.#context
    if (!vscode.workspace.isTrusted || !/(^|\/)zsh$/.test(vscode.env.shell)) return
    if (globalState.get<boolean>(ZSH_OFFERED) === true) return
    await globalState.update(ZSH_OFFERED, true)
    const copy = 'Copy the Line'
    const sentence =
      'git works in this terminal. For variables that stay current, zsh needs one line in ~/.zshrc.'
    if ((await vscode.window.showInformationMessage(sentence, copy, 'Not Now')) === copy) {
      await vscode.env.clipboard.writeText(ZSH_LINE)
    }
  }
}

/** The person's own: what a workspace or a folder says does not count. */
const ownSetting = (): unknown =>
  vscode.workspace.getConfiguration('fob').inspect<unknown>('terminal.env')?.globalValue

/** At once when a daemon runs, so that the window's first terminal has it already. */
function runningSocket(): string | undefined {
  try {
    return findSocket(process.env)
  } catch {
    // None yet, or none to trust: the daemon's picture says so.
    return undefined
  }
}

function write(collection: vscode.EnvironmentVariableCollection, constants: readonly Constant[]): void {
  collection.clear()
  collection.description = DESCRIPTION
  for (const { name, how, value } of constants) collection[how](name, value)
}
