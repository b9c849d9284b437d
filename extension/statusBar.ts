/** The one item in the status bar. It is touched only when what it shows has changed, so nothing flickers. */
import * as vscode from 'vscode'
import type { Daemon } from './daemon.js'
import type { SavedToday } from './savedToday.js'
import { statusItem } from './statusItem.js'

/** Shown times are in minutes. */
const TICK_MS = 30_000

const BACKGROUND = {
  none: undefined,
  warning: new vscode.ThemeColor('statusBarItem.warningBackground'),
  error: new vscode.ThemeColor('statusBarItem.errorBackground'),
}

export class StatusBar implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #saved: SavedToday
  readonly #item = vscode.window.createStatusBarItem('fob.status', vscode.StatusBarAlignment.Right, 100)
  readonly #disposables: vscode.Disposable[]
  readonly #timer: NodeJS.Timeout
  #tooltip = ''

  constructor(daemon: Daemon, saved: SavedToday) {
    this.#daemon = daemon
    this.#saved = saved
    this.#item.name = 'fob credentials'
    this.#item.command = 'fob.showMenu'
    const render = (): void => this.#render()
    this.#disposables = [this.#item, daemon.onDidChange(render), saved.onDidRead(render)]
    this.#timer = setInterval(() => this.#render(), TICK_MS)
    this.#render()
    this.#item.show()
  }

  dispose(): void {
    clearInterval(this.#timer)
    for (const disposable of this.#disposables) disposable.dispose()
  }

  #render(): void {
    const now = Date.now()
    const shown = statusItem(this.#daemon.picture, this.#saved.at(now), now)
    const label = `${shown.label.replace(/\.$/, '')}. Click for what you can do.`
    if (this.#item.text !== shown.text) this.#item.text = shown.text
    if (this.#item.accessibilityInformation?.label !== label) {
      this.#item.accessibilityInformation = { label, role: 'button' }
    }
    this.#item.backgroundColor = BACKGROUND[shown.severity]
    if (this.#tooltip === shown.tooltip) return
    this.#tooltip = shown.tooltip
    const markdown = new vscode.MarkdownString(shown.tooltip, true)
    // No commands and no HTML: parts of it come from providers.
    markdown.isTrusted = false
    this.#item.tooltip = markdown
  }
}
