/**
 * Gives the terminals of trusted workspaces what they need to find fob. The collection carries constants only, and
 * the editor keeps it with the workspace: a remote window forgets what its terminals were given, takes what there
 * is when they come back, and would mark each as out of date when this extension is ready later than they are.
 * Invariants: in an untrusted workspace it is empty, and becomes full with the trust, without a reload; variables
 * come from the person's own settings, and from a workspace's after a Yes; what is the same is not written again,
 * and where fob will be is known before it runs, since the editor would offer to relaunch terminals.
 * What is a folder's own is marked with its path: the editor's scoping by folder gives a remote window's terminals
 * what belongs to the folder looked at last.
 */
import * as vscode from 'vscode'
import { socketToBe } from '../shared/client/findSocket.js'
import type { Daemon } from './daemon.js'
import { settings } from './settings.js'
import { terminalConstants, variablesIn, type Constant } from './terminalConstants.js'
import type { WorkspaceRequests } from './workspaceRequests.js'

const DESCRIPTION =
  'git and scripts get fresh credentials from fob. Holds no secret: where fob is, and how a prompt asks it.'

export class Terminals implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext
  readonly #daemon: Daemon
  readonly #requests: WorkspaceRequests
  readonly #listening: vscode.Disposable
  #socket: string | undefined
  /** What the collections hold now, as text. */
  #given = ''

  constructor(context: vscode.ExtensionContext, daemon: Daemon, requests: WorkspaceRequests) {
    this.#context = context
    this.#daemon = daemon
    this.#requests = requests
    const collection = context.environmentVariableCollection
    collection.persistent = true
    collection.description = DESCRIPTION
    this.#socket = knownSocket()
    const apply = (): void => this.#apply()
    this.#listening = vscode.Disposable.from(
      daemon.onDidChange(apply),
      requests.onDidChange(apply),
      vscode.workspace.onDidGrantWorkspaceTrust(apply),
      vscode.workspace.onDidChangeWorkspaceFolders(apply),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (!event.affectsConfiguration('fob.terminal')) return
        this.#apply()
        void this.#tellFaults()
      }),
    )
    this.#apply()
    void this.#tellFaults()
  }

  dispose(): void {
    // What terminals have stays: they come back with the window, and without this extension the editor drops it.
    this.#listening.dispose()
  }

  #apply(): void {
    const { picture } = this.#daemon
    if (picture.kind === 'up') this.#socket = picture.status.daemon.socket
    const constants = this.#constants()
    const given = JSON.stringify(constants)
    if (given === this.#given) return
    this.#given = given
    const collection = this.#context.environmentVariableCollection
    collection.clear()
    collection.description = DESCRIPTION
    for (const { name, how, value } of constants) collection[how](name, value)
  }

  #constants(): Constant[] {
    if (!vscode.workspace.isTrusted || this.#socket === undefined) return []
    const folders = (vscode.workspace.workspaceFolders ?? []).map((folder) => ({
      folder: folder.uri.fsPath,
      variables: this.#requests.allowed(folder),
    }))
    const variables = variablesIn(settings.ownVariables()).fit
    const git = settings.gitConnections()
    return terminalConstants({ socket: this.#socket, env: process.env, git, variables, folders })
  }

  async #tellFaults(): Promise<void> {
    const [fault] = variablesIn(settings.ownVariables()).faults
    if (fault === undefined) return
    const open = 'Open Settings'
    const sentence = `The setting fob.terminal.env is not used as it is: ${fault}.`
    if ((await vscode.window.showWarningMessage(sentence, open)) === open) {
      await vscode.commands.executeCommand('workbench.action.openSettings', 'fob.terminal.env')
    }
  }
}

/** Before any daemon runs, so that the window's first terminal has it already. */
function knownSocket(): string | undefined {
  try {
    return socketToBe(process.env)
  } catch {
    // Nowhere to be, or nobody to trust: the daemon's picture says so.
    return undefined
  }
}
