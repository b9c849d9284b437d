/** The commands of the palette, the menu and the tree: each finds the connection meant and has it done. */
import * as vscode from 'vscode'
import type { AccessTokens } from './accessTokens.js'
import { addConnection } from './addConnection.js'
import { isSignedIn, meantConnection } from './connectionPick.js'
import type { Daemon } from './daemon.js'
import { showMenu } from './menu.js'
import type { Overview } from './overview/overview.js'
import type { Page } from './page.js'
import type { SignIn } from './signIn.js'
import { signOut } from './signOut.js'
import { tellSuccess } from './success.js'
import { tellTrouble } from './trouble.js'
import { say } from './wording/say.js'

export interface Parts {
  readonly extensionId: string
  readonly daemon: Daemon
  readonly signIn: SignIn
  readonly tokens: AccessTokens
  readonly record: Page
  readonly doctor: Page
  readonly overview: Overview
}

type Work = (argument: unknown) => Promise<unknown>

export function registerCommands(parts: Parts): vscode.Disposable {
  const { daemon, record, doctor, overview, extensionId } = parts
  const run = (command: string, ...rest: unknown[]): Promise<unknown> =>
    Promise.resolve(vscode.commands.executeCommand(command, ...rest))
  const table: Record<string, Work> = {
    'fob.showMenu': () => showMenu(daemon),
    'fob.start': () => daemon.start(),
    'fob.upgrade': () => daemon.upgrade(),
    'fob.update': () => run('workbench.extensions.search', `@id:${extensionId}`),
    'fob.unlock': () => daemon.client.call('vault', { body: { action: 'unlock' } }),
    'fob.showOverview': () => overview.show(),
    'fob.showRecord': () => record.show(),
    'fob.doctor': () => doctor.show(),
    'fob.addConnection': () => add(parts),
    'fob.openSettings': () => run('workbench.action.openSettings', `@ext:${extensionId}`),
    'fob.openWalkthrough': () => run('workbench.action.openWalkthrough', `${extensionId}#start`),
    ...connectionCommands(parts),
  }
  const registered = Object.entries(table).map(([command, work]) =>
    vscode.commands.registerCommand(command, (argument: unknown) => attempt(work, argument)),
  )
  return vscode.Disposable.from(...registered)
}

function connectionCommands({ daemon, signIn, tokens }: Parts): Record<string, Work> {
  return {
    'fob.signIn': async (argument) => {
      const connection = await meantConnection(daemon, argument, 'Sign in to which connection?')
      if (connection) await signIn.run(connection)
    },
    'fob.signOut': async (argument) => {
      const question = 'Sign out of which connection?'
      const connection = await meantConnection(daemon, argument, question, isSignedIn)
      if (connection) await signOut(daemon, connection.name)
    },
    'fob.refresh': async (argument) => {
      const connection = await meantConnection(daemon, argument, 'Refresh which connection?', isSignedIn)
      if (!connection) return
      await daemon.client.call('refresh', { params: { c: connection.name } })
      tellSuccess(say.refreshed(connection.name))
    },
    'fob.insertAccessToken': async (argument) => {
      const question = 'Insert the access token of which connection?'
      const connection = await meantConnection(daemon, argument, question, isSignedIn)
      if (connection) await tokens.insert(connection.name)
    },
    'fob.copyAccessToken': async (argument) => {
      const question = 'Copy the access token of which connection?'
      const connection = await meantConnection(daemon, argument, question, isSignedIn)
      if (connection) await tokens.copy(connection.name)
    },
  }
}

async function attempt(work: Work, argument: unknown): Promise<void> {
  try {
    await work(argument)
  } catch (error) {
    await tellTrouble(error, typeof argument === 'string' ? argument : undefined, () => work(argument))
  }
}

async function add({ daemon, signIn }: Parts): Promise<void> {
  const added = await addConnection(daemon)
  if (added === undefined) return
  if (added.flow === 'static') {
    tellSuccess(say.stored(added.name))
    return
  }
  if (added.doubt !== undefined) void vscode.window.showWarningMessage(say.doubtful(added.name, added.doubt))
  const now = 'Sign In'
  if ((await vscode.window.showInformationMessage(say.added(added.name), now)) === now)
    await signIn.run(added)
}
