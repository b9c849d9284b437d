/** The record of use as a read-only document: who used which connection. It holds fingerprints, no tokens. */
import * as vscode from 'vscode'
import type { Daemon } from './daemon.js'
import { recordLines } from './wording.js'

const SCHEME = 'fob-record'
const ADDRESS = vscode.Uri.parse(`${SCHEME}:Record of use`)
/** As much as a person scrolls through. */
const MOST_ENTRIES = 500

export class RecordView implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #daemon: Daemon
  readonly #changed = new vscode.EventEmitter<vscode.Uri>()
  readonly onDidChange = this.#changed.event
  readonly #registration: vscode.Disposable

  constructor(daemon: Daemon) {
    this.#daemon = daemon
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(SCHEME, this)
  }

  async provideTextDocumentContent(): Promise<string> {
    const { entries } = await this.#daemon.client.call('audit', { query: { limit: String(MOST_ENTRIES) } })
    return recordLines(entries).join('\n')
  }

  async show(): Promise<void> {
    this.#changed.fire(ADDRESS)
    await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(ADDRESS), { preview: true })
  }

  dispose(): void {
    this.#registration.dispose()
    this.#changed.dispose()
  }
}
