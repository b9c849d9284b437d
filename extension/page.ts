/** A read-only document with what the daemon knows now: read again each time it is shown. */
import * as vscode from 'vscode'

export class Page implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #address: vscode.Uri
  readonly #lines: () => Promise<string[]>
  readonly #changed = new vscode.EventEmitter<vscode.Uri>()
  readonly onDidChange = this.#changed.event
  readonly #registration: vscode.Disposable

  /** `title` is what its tab says; `scheme` is its own. */
  constructor(scheme: string, title: string, lines: () => Promise<string[]>) {
    this.#address = vscode.Uri.parse(`${scheme}:${title}`)
    this.#lines = lines
    this.#registration = vscode.workspace.registerTextDocumentContentProvider(scheme, this)
  }

  async provideTextDocumentContent(): Promise<string> {
    return (await this.#lines()).join('\n')
  }

  async show(): Promise<void> {
    this.#changed.fire(this.#address)
    const document = await vscode.workspace.openTextDocument(this.#address)
    await vscode.window.showTextDocument(document, { preview: true })
  }

  dispose(): void {
    this.#registration.dispose()
    this.#changed.dispose()
  }
}
