/** What a click on the status item offers: what is worst first, then what can be done. */
import * as vscode from 'vscode'
import { VERSION } from '../shared/contract/version.js'
import { connectionsOf, isSignedIn } from './connectionPick.js'
import type { Daemon } from './daemon.js'
import { worstFirst } from './statusItem.js'
import { isNewer } from './versions.js'
import { withoutIcons } from './wording/foreignText.js'
import { awaySentence, PROBLEMS } from './wording/problems.js'
import { accountOf, standingOf, toldReason } from './wording/standing.js'
import { timeLeft } from './wording/times.js'

interface Entry extends vscode.QuickPickItem {
  readonly command?: string
  readonly argument?: string
}

const heading = (label: string): Entry => ({ label, kind: vscode.QuickPickItemKind.Separator })

/** Those that need a person, or nobody signed in to: one click signs in. */
function signIns(daemon: Daemon, now: number): Entry[] {
  return worstFirst(connectionsOf(daemon)).map((connection) => {
    const { name } = connection
    const reason = toldReason(connection)
    const left = timeLeft(connection, now)
    const { icon, words } = standingOf(connection)
    const signedIn = isSignedIn(connection)
    return {
      label: `$(${icon}) ${name}`,
      description: withoutIcons(
        [words, left, accountOf(connection)].filter((part) => part !== '').join(' · '),
      ),
      ...(reason === '' ? {} : { detail: withoutIcons(reason) }),
      command: signedIn ? 'fob.refresh' : 'fob.signIn',
      argument: name,
    }
  })
}

function actions(daemon: Daemon): Entry[] {
  const connections = connectionsOf(daemon)
  const some = connections.some(isSignedIn)
  return [
    ...(connections.length > 0 ? [{ label: '$(sign-in) Sign in…', command: 'fob.signIn' }] : []),
    ...(some
      ? [
          { label: '$(refresh) Refresh now…', command: 'fob.refresh' },
          { label: '$(sign-out) Sign out…', command: 'fob.signOut' },
          heading('access token'),
          { label: '$(terminal) Insert access token into terminal…', command: 'fob.insertAccessToken' },
          { label: '$(copy) Copy access token…', command: 'fob.copyAccessToken' },
        ]
      : []),
    heading('fob'),
    { label: '$(add) Add connection…', command: 'fob.addConnection' },
    { label: '$(graph-line) Show overview', command: 'fob.showOverview' },
    { label: '$(history) Show record of use', command: 'fob.showRecord' },
    { label: '$(pulse) Doctor: what is wrong, and what mends it', command: 'fob.doctor' },
  ]
}

function entries(daemon: Daemon, now: number): Entry[] {
  const { picture } = daemon
  const settings = { label: '$(gear) Settings', command: 'fob.openSettings' }
  if (picture.kind === 'looking') return [settings]
  if (picture.kind === 'away') {
    const { button, icon, command } = PROBLEMS[picture.problem]
    const start = { label: `$(${icon}) ${button}`, detail: withoutIcons(awaySentence(picture)), command }
    return picture.problem === 'starting' ? [settings] : [start, settings]
  }
  const { version } = picture.status.daemon
  const mine = signIns(daemon, now)
  return [
    ...(mine.length > 0 ? [heading('refresh or sign in'), ...mine] : []),
    heading('choose a connection'),
    // Offered once of itself; here it stays at hand.
    ...(isNewer(VERSION, version)
      ? [
          {
            label: '$(versions) Hand over to this version',
            detail: `fob ${version} is running, this extension brings ${VERSION}`,
            command: 'fob.upgrade',
          },
        ]
      : []),
    ...(picture.status.vault.state === 'locked'
      ? [
          {
            label: '$(unlock) Unlock',
            detail: withoutIcons(picture.status.vault.reason),
            command: 'fob.unlock',
          },
        ]
      : []),
    ...actions(daemon),
    settings,
  ]
}

export async function showMenu(daemon: Daemon): Promise<void> {
  const chosen = await vscode.window.showQuickPick(entries(daemon, Date.now()), {
    title: 'fob',
    placeHolder: 'Your connections and what you can do with them',
    matchOnDescription: true,
  })
  if (chosen?.command !== undefined) await vscode.commands.executeCommand(chosen.command, chosen.argument)
}
