/** Which connection is meant: the one a command was given, the only one there is, or the one picked. */
import * as vscode from 'vscode'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import type { Daemon } from './daemon.js'
import { worstFirst } from './statusItem.js'
import { withoutIcons } from './wording/foreignText.js'
import { say } from './wording/say.js'
import { accountOf, standingOf } from './wording/standing.js'
import { timeLeft } from './wording/times.js'

/** What the tree hands to commands beside a plain name. */
export interface Named {
  readonly connectionName: string
}

const isNamed = (argument: unknown): argument is Named =>
  typeof argument === 'object' && argument !== null && 'connectionName' in argument

const nameIn = (argument: unknown): string | undefined =>
  typeof argument === 'string' ? argument : isNamed(argument) ? argument.connectionName : undefined

export const connectionsOf = ({ picture }: Daemon): readonly ConnectionStatus[] =>
  picture.kind === 'up' ? picture.status.connections : []

export const isSignedIn = ({ state }: ConnectionStatus): boolean =>
  state !== 'signedOut' && state !== 'authorizing' && state !== 'consentRequired'

/** undefined when nothing was picked, or there is nothing to pick from, which is told. */
export async function meantConnection(
  daemon: Daemon,
  argument: unknown,
  question: string,
  fits: (connection: ConnectionStatus) => boolean = () => true,
): Promise<ConnectionStatus | undefined> {
  const name = nameIn(argument)
  const all = connectionsOf(daemon)
  if (name !== undefined) return all.find((connection) => connection.name === name)
  const candidates = worstFirst(all.filter(fits))
  const [only] = candidates
  if (candidates.length === 1) return only
  if (only === undefined) {
    await nothingToPick()
    return undefined
  }
  const now = Date.now()
  const items = candidates.map((connection) => ({
    label: `$(${standingOf(connection).icon}) ${connection.name}`,
    description: withoutIcons(`${standingOf(connection).words} · ${accountOf(connection)}`),
    detail: timeLeft(connection, now),
    connection,
  }))
  return (await vscode.window.showQuickPick(items, { placeHolder: question, matchOnDescription: true }))
    ?.connection
}

async function nothingToPick(): Promise<void> {
  const add = 'Add Connection'
  if ((await vscode.window.showInformationMessage(say.nothingToDo, add)) === add) {
    await vscode.commands.executeCommand('fob.addConnection')
  }
}
