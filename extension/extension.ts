/** Where the editor comes in: builds the parts and ties them together. Decides nothing. */
import type * as vscode from 'vscode'
import { AccessTokens } from './accessTokens.js'
import { AuthenticationProvider } from './authenticationProvider.js'
import { registerCommands } from './commands.js'
import { ConnectionsView } from './connectionsView.js'
import { Daemon, programsIn } from './daemon.js'
import { Notices } from './notices.js'
import { RecordView } from './record.js'
import { SavedToday } from './savedToday.js'
import { SignIn } from './signIn.js'
import { StatusBar } from './statusBar.js'
import { registerTerminals } from './terminals.js'

export function activate(context: vscode.ExtensionContext): void {
  const daemon = new Daemon(programsIn(context.extensionPath))
  const saved = new SavedToday(daemon)
  const signIn = new SignIn(daemon)
  const tokens = new AccessTokens(daemon)
  const record = new RecordView(daemon)
  context.subscriptions.push(
    daemon,
    saved,
    tokens,
    record,
    new StatusBar(daemon, saved),
    new ConnectionsView(daemon, saved),
    new AuthenticationProvider(daemon, signIn),
    new Notices(daemon, context.globalStorageUri.fsPath),
    registerTerminals(context, daemon),
    registerCommands({ extensionId: context.extension.id, daemon, signIn, tokens, record }),
  )
  void daemon.begin()
}
