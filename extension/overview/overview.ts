/**
 * The overview's tab: one in a window, drawn from what the daemon tells. It changes at most twice a second however
 * many access tokens are handed out, and does nothing while nobody sees it.
 */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as vscode from 'vscode'
import { connectionsOf } from '../connectionPick.js'
import type { Daemon } from '../daemon.js'
import type { SavedToday } from '../savedToday.js'
import { contentOf, LINKED_COMMANDS, pageOf, welcomeOf } from './document.js'
import type { Markup } from './markup.js'
import { KnownRecord, MOST_READ } from './record.js'
import { REACHES, timelineOf, type Reach } from './timeline.js'

/** Things that happen at once are drawn at once. Milliseconds. */
const SETTLE_MS = 500

/** Now moves on. Milliseconds. */
const TICK_MS = 30_000

export class Overview implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #saved: SavedToday
  readonly #dist: string
  readonly #listening: vscode.Disposable
  #panel: vscode.WebviewPanel | undefined
  #known = new KnownRecord()
  #shown = false
  #reach: Reach = REACHES[0]
  #drawn = ''
  #settling: NodeJS.Timeout | undefined
  #ticking: NodeJS.Timeout | undefined

  /** `dist`: the folder that holds the page's style and script. */
  constructor(daemon: Daemon, saved: SavedToday, dist: string) {
    this.#daemon = daemon
    this.#saved = saved
    this.#dist = dist
    this.#listening = vscode.Disposable.from(
      daemon.onDidHear((event) => {
        if (this.#panel === undefined) return
        if (event.type === 'snapshot') void this.#read()
        else if (event.type === 'audit') this.#known.add(event.entry)
        this.#changed()
      }),
      daemon.onDidChange(() => this.#changed()),
    )
  }

  async show(): Promise<void> {
    if (this.#panel !== undefined) return this.#panel.reveal()
    const panel = vscode.window.createWebviewPanel('fob.overview', 'fob Overview', vscode.ViewColumn.Active, {
      enableScripts: true,
      enableCommandUris: LINKED_COMMANDS,
      // The page reaches no file.
      localResourceRoots: [],
    })
    this.#panel = panel
    this.#ticking = setInterval(() => this.#changed(), TICK_MS)
    panel.onDidDispose(() => this.#closed())
    panel.onDidChangeViewState(() => this.#cameOrWent())
    panel.webview.onDidReceiveMessage((message: unknown) => this.#hear(message))
    await this.#read()
    this.#draw()
  }

  dispose(): void {
    this.#listening.dispose()
    this.#panel?.dispose()
  }

  #closed(): void {
    this.#panel = undefined
    this.#known = new KnownRecord()
    this.#shown = false
    clearInterval(this.#ticking)
    clearTimeout(this.#settling)
    this.#settling = undefined
  }

  #hear(message: unknown): void {
    if (typeof message !== 'object' || message === null || !('hours' in message)) return
    const reach = REACHES.find((hours) => hours === message.hours)
    if (reach === undefined) return
    this.#reach = reach
    this.#update()
  }

  async #read(): Promise<void> {
    try {
      const names = connectionsOf(this.#daemon).map(({ name }) => name)
      const limit = String(MOST_READ)
      const answers = await Promise.all(
        names.map((connection) => this.#daemon.client.call('audit', { query: { limit, connection } })),
      )
      this.#known.wasRead(answers.map(({ entries }) => entries))
      this.#changed()
    } catch {
      // Without the record the states are still right; the picture says what is wrong with the daemon.
    }
  }

  #changed(): void {
    if (this.#panel?.visible !== true) return
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined
      this.#update()
    }, SETTLE_MS)
  }

  #content(): Markup {
    const { picture } = this.#daemon
    const connections = connectionsOf(this.#daemon)
    if (connections.length === 0) return welcomeOf(picture)
    const now = Date.now()
    const { entries, since } = this.#known
    const timeline = timelineOf({ connections, entries, readSince: since, reach: this.#reach, now })
    return contentOf(timeline, this.#saved.at(now))
  }

  /** The editor drops a page that is hidden, and keeps one that only lost the focus. */
  #cameOrWent(): void {
    const visible = this.#panel?.visible === true
    if (visible && !this.#shown) this.#draw()
    this.#shown = visible
  }

  /** A whole new page. */
  #draw(): void {
    if (this.#panel?.visible !== true) return
    this.#shown = true
    const content = this.#content()
    this.#drawn = content.text
    this.#panel.webview.html = pageOf(
      {
        nonce: randomBytes(16).toString('base64url'),
        style: readFileSync(join(this.#dist, 'overview.css'), 'utf8'),
        script: readFileSync(join(this.#dist, 'overview.js'), 'utf8'),
      },
      content,
    )
  }

  /** The page stays, and so does who is in it. */
  #update(): void {
    const { text } = this.#content()
    if (this.#panel?.visible !== true || text === this.#drawn) return
    this.#drawn = text
    void this.#panel.webview.postMessage({ html: text })
  }
}
