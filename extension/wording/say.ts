/**
 * What is said while and after something is done, in whole sentences where there is room. Pure. Names are checked by
 * the contract, so they need no care.
 */
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import type { SignInDoubt } from '../../shared/contract/newConnection.js'
import { inNotice } from './foreignText.js'
import { neededWords } from './standing.js'

export const say = {
  signingInByBrowser: (name: string, away?: { readonly port: string; readonly machine: string }) =>
    `Signing in to ${name}: give your consent in the browser.` +
    (away === undefined
      ? ''
      : ` It comes back to port ${away.port} of ${away.machine}: forward that port if the last page does not load.`),
  signingInByCode: (name: string, code: string, where: string) =>
    `Signing in to ${name}: enter the code ${code} (copied) at ${where}`,
  noBrowser: (name: string) => `The browser did not open, and the sign-in to ${name} waits for you.`,
  signedIn: (name: string) => `fob: signed in to ${name}`,
  signInEnded: (name: string, why: string) => `Signing in to ${name} did not finish: ${why}.`,
  signInLost: (name: string) => `Signing in to ${name} did not finish: fob ended meanwhile.`,
  signInNeeded: (name: string, reason: string) =>
    `${name} needs you to sign in again${reason === '' ? '' : `: ${reason}`}.`,
  secretNeeded: (name: string, reason: string) =>
    `${name} needs a new secret${reason === '' ? '' : `: ${reason}`}.`,
  neededSoon: (connection: ConnectionStatus, now: number) =>
    `${connection.name} ${neededWords(connection, now)}.`,
  replaceSecret: (name: string) => `Replace the secret of ${name}`,
  secretReplaced: (name: string) => `fob: the secret of ${name} is replaced`,
  stored: (name: string) => `fob: stored ${name}`,
  signOutQuestion: (name: string) => `Sign out of ${name}?`,
  signOutDetail:
    'fob asks the provider to revoke the grant. Terminals and scripts get no access token of it any more.',
  signedOut: (name: string) => `fob: signed out of ${name}`,
  notRevoked: (name: string, left: string) => `Signed out of ${name}, but not everything is gone: ${left}`,
  refreshed: (name: string) => `fob: refreshed ${name}`,
  copied: (name: string, seconds: number) =>
    `fob: access token of ${name} copied; it leaves the clipboard in ${seconds} s`,
  noTerminal: 'There is no open terminal to insert the access token into.',
  nothingToDo: 'There is no connection for that. Add one, or sign in first.',
  clientIdWanted: (registration: string, redirectUri: string, optional: boolean) =>
    `The client id registered ${registration === '' ? 'there' : `at ${registration}`}` +
    (redirectUri === '' ? '' : ` with the redirect URI ${redirectUri}`) +
    (optional ? '; leave it empty where fob may register one' : ''),
  register: (page: string, redirectUri: string) =>
    `Register one at ${page}${redirectUri === '' ? '' : '; the redirect URI to enter there is copied'}`,
  doubtful: (name: string, { said, fix }: SignInDoubt) =>
    inNotice(
      `The server does not take the sign-in of ${name}: ${said}.` +
        (fix.kind === 'open' ? ` At ${fix.place}: ${fix.todo}.` : ''),
    ),
  added: (name: string) => `Added ${name}. Sign in to it now?`,
  terminalOffer: (name: string, git: boolean, variable: string | undefined) =>
    `Make ${name} available in your terminals?` +
    (git ? ` git signs in with it to its provider's hosts, always with a fresh access token.` : '') +
    (variable === undefined ? '' : ` Tools that read ${variable} can have it there, renewed at each prompt.`),
  zshOffer: 'git works in this terminal. For variables that stay current, zsh needs one line in ~/.zshrc.',
  approvalLate: 'Nobody waits for this answer any more; the program may ask again.',
  rulesAccepted: 'fob: the rules of fob.json are in force',
  handOverOffer: (running: string, ours: string) =>
    `fob ${running} is running, and this extension brings ${ours}. Handing over interrupts nobody.`,
  malformed: (names: readonly string[]) =>
    `These settings are not understood and count as not set: ${names.join(', ')}.`,
} as const
