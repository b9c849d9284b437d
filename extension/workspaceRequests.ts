/**
 * Asks the person about what a workspace wants in its terminals, and remembers the answer.
 * Invariants: an untrusted workspace is not even read; a folder's request counts after one Yes to exactly this
 * content; what was allowed and is no longer allowable, as of a connection that is another provider's now, does
 * not count and is asked about anew.
 */
import * as vscode from 'vscode'
import type { ProviderSummary } from '../shared/contract/provider.js'
import type { Daemon } from './daemon.js'
import { tellTrouble } from './trouble.js'
import { requestQuestion, requestsRefused } from './wording/questions.js'
import { allowable, requestIn, type Known, type WorkspaceRequest } from './workspaceRequest.js'

const KEY = 'workspaceRequests'

/** Nobody works in so many folders; the oldest answers go, and would be asked for again. */
const MOST = 200

/** What was said to one request: the variables allowed, or null for a No. */
type Said = Readonly<Record<string, string>> | null

export class WorkspaceRequests implements vscode.Disposable {
  readonly #context: vscode.ExtensionContext
  readonly #daemon: Daemon
  readonly #changed = new vscode.EventEmitter<void>()
  /** Fires when what a folder gets may be something else. */
  readonly onDidChange = this.#changed.event
  readonly #listening: vscode.Disposable
  /** Asked in this window, whatever came of it. */
  readonly #asked = new Set<string>()
  #providers: readonly ProviderSummary[] | undefined

  constructor(context: vscode.ExtensionContext, daemon: Daemon) {
    this.#context = context
    this.#daemon = daemon
    const look = (): void => void this.#look().catch((error: unknown) => tellTrouble(error))
    this.#listening = vscode.Disposable.from(
      daemon.onDidChange(look),
      vscode.workspace.onDidGrantWorkspaceTrust(look),
      vscode.workspace.onDidChangeWorkspaceFolders(look),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('fob.terminal.env')) look()
      }),
    )
  }

  /** The variables that the person allowed this folder, and that are allowable as far as is known. */
  allowed(folder: vscode.WorkspaceFolder): Readonly<Record<string, string>> {
    const request = requestOf(folder)
    const said = request && this.#said()[request.digest]
    if (request === undefined || !said) return {}
    const known = this.#known()
    return known === undefined || isSame(said, allowable(request, known).variables) ? said : {}
  }

  dispose(): void {
    this.#listening.dispose()
    this.#changed.dispose()
  }

  async #look(): Promise<void> {
    const requests = (vscode.workspace.workspaceFolders ?? []).flatMap((folder) => {
      const request = requestOf(folder)
      return request === undefined ? [] : [{ folder, request }]
    })
    if (requests.length === 0 || this.#daemon.picture.kind !== 'up') return
    if (this.#providers === undefined) {
      this.#providers = (await this.#daemon.client.call('providers', {})).providers
      this.#changed.fire()
    }
    const known = this.#known()
    if (known === undefined) return
    const refused: Array<{ folder: string; leftOut: readonly string[] }> = []
    for (const { folder, request } of requests) {
      const leftOut = await this.#consider(folder, request, known)
      if (leftOut.length > 0) refused.push({ folder: folder.name, leftOut })
    }
    if (refused.length === 0) return
    const names = refused.map(({ folder }) => folder)
    const reasons = refused.flatMap(({ leftOut }) => leftOut)
    void vscode.window.showWarningMessage(requestsRefused(names, reasons))
  }

  /** Asks about it, or gives the reasons why there is nothing to ask about. */
  async #consider(
    folder: vscode.WorkspaceFolder,
    request: WorkspaceRequest,
    known: Known,
  ): Promise<readonly string[]> {
    const { variables, leftOut } = allowable(request, known)
    const said = this.#said()[request.digest]
    if (said === null || (said !== undefined && isSame(said, variables))) return []
    if (this.#asked.has(request.digest)) return []
    this.#asked.add(request.digest)
    if (Object.keys(variables).length === 0) {
      // Nothing to decide. Said once, so that whoever wrote it learns why it has no effect.
      await this.#remember(request.digest, null)
      return leftOut
    }
    void this.#ask(folder, request.digest, variables, leftOut).catch((error: unknown) => tellTrouble(error))
    return []
  }

  async #ask(
    folder: vscode.WorkspaceFolder,
    digest: string,
    variables: Readonly<Record<string, string>>,
    leftOut: readonly string[],
  ): Promise<void> {
    const [allow, never] = ['Allow', 'Never for This']
    const question = requestQuestion(folder.name, variables, leftOut)
    const chosen = await vscode.window.showInformationMessage(question, allow, 'Not Now', never)
    if (chosen !== allow && chosen !== never) return
    await this.#remember(digest, chosen === allow ? variables : null)
    this.#changed.fire()
  }

  #known(): Known | undefined {
    const { picture } = this.#daemon
    if (picture.kind !== 'up' || this.#providers === undefined) return undefined
    return { connections: picture.status.connections, providers: this.#providers }
  }

  #said(): Readonly<Record<string, Said>> {
    return this.#context.globalState.get<Readonly<Record<string, Said>>>(KEY) ?? {}
  }

  async #remember(digest: string, said: Said): Promise<void> {
    const kept = Object.entries(this.#said()).filter(([other]) => other !== digest)
    await this.#context.globalState.update(KEY, Object.fromEntries([...kept, [digest, said]].slice(-MOST)))
  }
}

const isSame = (one: Readonly<Record<string, string>>, other: Readonly<Record<string, string>>): boolean =>
  Object.keys(one).length === Object.keys(other).length &&
  Object.entries(one).every(([name, value]) => other[name] === value)

function requestOf({ uri }: vscode.WorkspaceFolder): WorkspaceRequest | undefined {
  if (!vscode.workspace.isTrusted) return undefined
  const found = vscode.workspace.getConfiguration('fob', uri).inspect<unknown>('terminal.env')
  return requestIn(uri.toString(), [found?.workspaceValue, found?.workspaceFolderValue])
}
