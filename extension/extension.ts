/** Where the editor comes in: builds the parts and ties them together. Decides nothing. */
import { join } from 'node:path'
import type * as vscode from 'vscode'
import { AccessTokens } from './accessTokens.js'
import { ApprovalQuestions } from './approvals.js'
import { AuthenticationProvider } from './authenticationProvider.js'
import { Claims } from './claims.js'
import { registerCommands } from './commands.js'
import { ConnectionsView } from './connectionsView.js'
import { Daemon, programsIn } from './daemon.js'
import { doctorPage } from './doctor.js'
import { Notices } from './notices.js'
import { Overview } from './overview/overview.js'
import { recordPage } from './record.js'
import { RulesToAccept } from './rulesToAccept.js'
import { SavedToday } from './savedToday.js'
import { SignIn } from './signIn.js'
import { StatusBar } from './statusBar.js'
import { TerminalOffer } from './terminalOffer.js'
import { TerminalRegistry } from './terminalRegistry.js'
import { Terminals } from './terminals.js'
import { WorkspaceRequests } from './workspaceRequests.js'
import { ZshOffer } from './zshOffer.js'

export function activate(context: vscode.ExtensionContext): void {
  const claims = (of: string): Claims => new Claims(join(context.globalStorageUri.fsPath, of))
  const daemon = new Daemon(programsIn(context.extensionPath))
  const saved = new SavedToday(daemon)
  const signIn = new SignIn(daemon, new TerminalOffer(context, daemon))
  const tokens = new AccessTokens(daemon)
  const record = recordPage(daemon)
  const doctor = doctorPage(daemon)
  const overview = new Overview(daemon, saved, join(context.extensionPath, 'dist'))
  const requests = new WorkspaceRequests(context, daemon)
  context.subscriptions.push(
    daemon,
    saved,
    tokens,
    record,
    doctor,
    overview,
    new StatusBar(daemon, saved),
    new ConnectionsView(daemon, saved),
    new AuthenticationProvider(daemon, signIn),
    new Notices(daemon, claims('notices')),
    new ApprovalQuestions(daemon, claims('approvals')),
    new RulesToAccept(daemon, claims('rules')),
    requests,
    new Terminals(context, daemon, requests),
    new TerminalRegistry(daemon),
    new ZshOffer(context),
    registerCommands({ extensionId: context.extension.id, daemon, signIn, tokens, record, doctor, overview }),
  )
  void daemon.begin()
}
