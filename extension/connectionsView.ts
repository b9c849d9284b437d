/** The tree of connections: state and account at a glance, below it scopes, times and recent callers. */
import * as vscode from 'vscode'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import { connectionsOf, isSignedIn } from './connectionPick.js'
import type { Daemon } from './daemon.js'
import type { SavedToday } from './savedToday.js'
import { factsOf, type Fact } from './connectionFacts.js'
import { withoutIcons } from './wording/foreignText.js'
import { accountOf, standingOf } from './wording/standing.js'
import { expiry, timeLeft, withLocalTimes } from './wording/times.js'

const COLOURS: Readonly<Record<string, string>> = {
  pass: 'testing.iconPassed',
  warning: 'list.warningForeground',
  error: 'list.errorForeground',
}

class ConnectionItem extends vscode.TreeItem {
  readonly connectionName: string

  constructor(connection: ConnectionStatus, now: number) {
    super(connection.name, vscode.TreeItemCollapsibleState.Collapsed)
    const { icon, words } = standingOf(connection)
    const colour = COLOURS[icon]
    this.connectionName = connection.name
    this.id = connection.name
    // Narrow: what is left stands for the whole sentence, which screen readers get.
    const left = connection.expiresAt === null ? '' : expiry(connection, now).replace(/^in /, '')
    const parts = [words, left, accountOf(connection)].filter((part) => part !== '')
    this.description = withoutIcons(parts.join(' · '))
    this.iconPath = new vscode.ThemeIcon(
      icon,
      colour === undefined ? undefined : new vscode.ThemeColor(colour),
    )
    this.tooltip =
      connection.reason === '' ? `${connection.name}: ${words}` : withLocalTimes(connection.reason)
    this.contextValue = isSignedIn(connection) ? 'connection.signedIn' : 'connection.needsSignIn'
    const spoken = [connection.name, words, timeLeft(connection, now), accountOf(connection)]
    this.accessibilityInformation = { label: spoken.filter((part) => part !== '').join(', ') }
  }
}

class FactItem extends vscode.TreeItem {
  constructor(connectionName: string, { label, value, icon }: Fact) {
    super(label)
    this.id = `${connectionName}/${label}`
    this.description = withoutIcons(value)
    this.tooltip = `${label}: ${value}`
    this.iconPath = new vscode.ThemeIcon(icon)
    this.contextValue = 'fact'
  }
}

type Item = ConnectionItem | FactItem

/** Expiries in the tree are in minutes. */
const TICK_MS = 60_000

export class ConnectionsView implements vscode.TreeDataProvider<Item>, vscode.Disposable {
  readonly #daemon: Daemon
  readonly #saved: SavedToday
  readonly #changed = new vscode.EventEmitter<undefined>()
  readonly onDidChangeTreeData = this.#changed.event
  readonly #disposables: vscode.Disposable[]
  readonly #timer: NodeJS.Timeout

  constructor(daemon: Daemon, saved: SavedToday) {
    this.#daemon = daemon
    this.#saved = saved
    this.#disposables = [
      this.#changed,
      vscode.window.registerTreeDataProvider('fob.connections', this),
      daemon.onDidChange(() => this.#render()),
      saved.onDidRead(() => this.#changed.fire(undefined)),
    ]
    this.#timer = setInterval(() => this.#changed.fire(undefined), TICK_MS)
    this.#render()
  }

  getTreeItem(item: Item): Item {
    return item
  }

  getChildren(parent?: Item): Item[] {
    const now = Date.now()
    const connections = connectionsOf(this.#daemon)
    if (parent === undefined) return connections.map((connection) => new ConnectionItem(connection, now))
    if (!(parent instanceof ConnectionItem)) return []
    const { connectionName } = parent
    const connection = connections.find(({ name }) => name === connectionName)
    if (connection === undefined) return []
    return factsOf(connection, this.#saved.entries, now).map((fact) => new FactItem(connectionName, fact))
  }

  dispose(): void {
    clearInterval(this.#timer)
    for (const disposable of this.#disposables) disposable.dispose()
  }

  #render(): void {
    const connections = connectionsOf(this.#daemon)
    // Which welcome the empty tree shows.
    tellEditor('fob.daemon', this.#daemon.picture.kind)
    // Which steps of the walkthrough are done.
    tellEditor('fob.hasConnections', connections.length > 0)
    tellEditor('fob.signedIn', connections.some(isSignedIn))
    this.#changed.fire(undefined)
  }
}

/** A fact that `when` clauses of the manifest may ask for. */
const tellEditor = (key: string, value: boolean | string): void =>
  void vscode.commands.executeCommand('setContext', key, value)
