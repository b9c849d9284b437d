/**
 * Sessions for other extensions: `getSession('fob', ['work', 'scope'])`, the connection's name (or its
 * provider's) first, then the scopes the access token must have. The editor asks the person once for each
 * extension; fob sees one process and cannot tell extensions apart. `fob.extensions.mayAsk` turns it off. Nothing
 * is kept here: each question goes to the daemon. A list of all accounts carries no access token.
 */
import * as vscode from 'vscode'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import { Refusal } from '../shared/contract/errors.js'
import { connectionsOf, isSignedIn } from './connectionPick.js'
import type { Daemon } from './daemon.js'
import { meantBy } from './sessionScopes.js'
import { settings } from './settings.js'
import type { SignIn } from './signIn.js'
import { signOut } from './signOut.js'

const ID = 'fob'

/** Long enough for the call the extension makes next. Seconds. */
const LEAST_VALIDITY = '60'

type Session = vscode.AuthenticationSession
type Changes = vscode.AuthenticationProviderAuthenticationSessionsChangeEvent

/** What the editor lists; the access token is asked for when an extension wants one. */
const listed = ({ name, account, scopes }: ConnectionStatus): Session => ({
  id: name,
  accessToken: '',
  account: { id: name, label: account === null ? name : `${account.label} (${name})` },
  scopes: [name, ...scopes],
})

export class AuthenticationProvider implements vscode.AuthenticationProvider, vscode.Disposable {
  readonly #daemon: Daemon
  readonly #signIn: SignIn
  readonly #changed = new vscode.EventEmitter<Changes>()
  readonly onDidChangeSessions = this.#changed.event
  readonly #disposables: vscode.Disposable[]
  /** Who was signed in when the editor was last told, by name. */
  #known = new Map<string, ConnectionStatus>()

  constructor(daemon: Daemon, signIn: SignIn) {
    this.#daemon = daemon
    this.#signIn = signIn
    this.#disposables = [
      this.#changed,
      vscode.authentication.registerAuthenticationProvider(ID, 'fob', this, {
        // The scopes name the connection, so there is never an account left to choose.
        supportsMultipleAccounts: false,
      }),
      daemon.onDidChange(() => this.#compare()),
    ]
  }

  async getSessions(scopes?: readonly string[]): Promise<Session[]> {
    if (!settings.servesExtensions()) return []
    await this.#daemon.known
    if (scopes === undefined) return connectionsOf(this.#daemon).filter(isSignedIn).map(listed)
    const meant = meantBy(scopes, connectionsOf(this.#daemon))
    if (meant === undefined || !isSignedIn(meant.connection)) return []
    try {
      return [await this.#session(meant.connection, meant.scopes, scopes)]
    } catch (error) {
      // No session is an answer: the extension may then ask for one to be made, and a person hears of it.
      if (error instanceof Refusal) return []
      throw error
    }
  }

  async createSession(scopes: readonly string[]): Promise<Session> {
    if (!settings.servesExtensions()) throw new Error('the setting fob.extensions.mayAsk is off')
    const connections = connectionsOf(this.#daemon)
    const meant = meantBy(scopes, connections)
    if (meant === undefined) {
      const asked = scopes[0] ?? ''
      throw new Error(`fob has no connection "${asked}". It has: ${names(connections)}.`)
    }
    const { connection } = meant
    if (!isSignedIn(connection) && !(await this.#signIn.run(connection))) {
      throw new Error(`signing in to ${connection.name} did not finish`)
    }
    return this.#session(connection, meant.scopes, scopes)
  }

  /** `id` is a connection's name. */
  async removeSession(id: string): Promise<void> {
    if (!(await signOut(this.#daemon, id))) throw new Error(`signing out of ${id} was called off`)
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose()
  }

  async #session(
    connection: ConnectionStatus,
    needed: readonly string[],
    asked: readonly string[],
  ): Promise<Session> {
    const wanted = needed.length === 0 ? {} : { scopes: needed.join(' ') }
    const { accessToken } = await this.#daemon.client.call('accessToken', {
      params: { c: connection.name },
      query: { min_validity: LEAST_VALIDITY, ...wanted },
    })
    // The scopes as they were asked: by them the editor finds the session again.
    return { ...listed(connection), accessToken, scopes: [...asked] }
  }

  #compare(): void {
    if (this.#daemon.picture.kind !== 'up') return
    const now = new Map(
      connectionsOf(this.#daemon)
        .filter(isSignedIn)
        .map((one) => [one.name as string, one]),
    )
    const before = this.#known
    this.#known = now
    const added = [...now.values()].filter(({ name }) => !before.has(name))
    const removed = [...before.values()].filter(({ name }) => !now.has(name))
    const changed = [...now.values()].filter(({ name, generation }) => {
      const known = before.get(name)
      return known !== undefined && known.generation !== generation
    })
    if (added.length + removed.length + changed.length === 0) return
    this.#changed.fire({
      added: added.map(listed),
      removed: removed.map(listed),
      changed: changed.map(listed),
    })
  }
}

const names = (connections: readonly ConnectionStatus[]): string =>
  connections.length === 0 ? 'none yet' : connections.map(({ name }) => name).join(', ')
