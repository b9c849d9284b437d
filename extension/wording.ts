/**
 * Everything the editor says to a person. Pure, English, whole sentences where there is room. States have one
 * name each, wherever they are shown; icons never stand alone.
 */
import type { ApprovalAnswer, AskedAction, PendingApproval } from '../shared/contract/approvals.js'
import type { AuditEntry } from '../shared/contract/audit.js'
import type { Policy } from '../shared/contract/config.js'
import type { ConnectionState, ConnectionStatus, Status } from '../shared/contract/connection.js'
import { deadlineWords } from '../shared/contract/deadline.js'
import type { Diagnosis, Fix } from '../shared/contract/doctor.js'
import type { SignInDoubt } from '../shared/contract/newConnection.js'
import { ruleWords } from '../shared/contract/ruleWords.js'
import type { Away, Problem } from './picture.js'

interface StateWords {
  readonly words: string
  /** A codicon that does not move. */
  readonly icon: string
}

export const STATES: Readonly<Record<ConnectionState, StateWords>> = {
  signedOut: { words: 'signed out', icon: 'circle-outline' },
  authorizing: { words: 'signing in', icon: 'account' },
  active: { words: 'fresh', icon: 'pass' },
  refreshing: { words: 'fresh, renewing', icon: 'pass' },
  retrying: { words: 'retrying', icon: 'history' },
  inDoubt: { words: 'in doubt', icon: 'question' },
  unsaved: { words: 'not saved', icon: 'save' },
  blocked: { words: 'blocked', icon: 'error' },
  consentRequired: { words: 'sign-in needed', icon: 'warning' },
}

/** Retrying because nothing is reached at all: it is over as soon as the network is back. */
const OFFLINE: StateWords = { words: 'offline', icon: 'debug-disconnect' }

/** How a connection stands, in a word. */
export const standingOf = ({ state, offline }: ConnectionStatus): StateWords =>
  offline ? OFFLINE : STATES[state]

interface ProblemWords {
  readonly sentence: string
  readonly button: string
  /** What the button does. */
  readonly command: 'fob.start' | 'fob.upgrade' | 'fob.update'
  readonly icon: string
}

export const PROBLEMS: Readonly<Record<Problem, ProblemWords>> = {
  stopped: {
    sentence: 'fob is not running.',
    button: 'Start fob',
    command: 'fob.start',
    icon: 'debug-disconnect',
  },
  starting: {
    sentence: 'fob is starting.',
    button: 'Start fob',
    command: 'fob.start',
    icon: 'debug-disconnect',
  },
  unsafe: {
    sentence: 'The socket where fob should be is not provably yours, so nothing was sent to it.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
  foreign: {
    sentence: 'Something else answers where fob should be.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
  silent: {
    sentence: 'fob does not answer.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
  older: {
    sentence: 'The fob that is running is older than this extension and does not speak its protocol.',
    button: 'Hand Over to This Version',
    command: 'fob.upgrade',
    icon: 'versions',
  },
  newer: {
    sentence: 'The fob that is running is newer than this extension, which does not speak its protocol.',
    button: 'Update the Extension',
    command: 'fob.update',
    icon: 'versions',
  },
  failed: {
    sentence: 'fob could not be started.',
    button: 'Try Again',
    command: 'fob.start',
    icon: 'error',
  },
}

/** Why fob is away, and what to do, for a notice or a tooltip. */
export function awaySentence({ problem, message, fix }: Away): string {
  const detail = message === '' ? '' : ` ${capitalised(message)}.`
  const mend = fix === '' || problem === 'stopped' ? '' : ` What helps: ${fix}`
  return `${PROBLEMS[problem].sentence}${detail}${mend}`
}

const capitalised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

/** How long something lasts, in its largest unit: `43 min`, `2 h 5 min`, `3 days`. */
export function duration(ms: number): string {
  if (ms < MINUTE_MS) return 'under 1 min'
  if (ms < HOUR_MS) return `${Math.floor(ms / MINUTE_MS)} min`
  if (ms < DAY_MS) {
    const minutes = Math.floor((ms % HOUR_MS) / MINUTE_MS)
    return `${Math.floor(ms / HOUR_MS)} h${minutes === 0 ? '' : ` ${minutes} min`}`
  }
  const days = Math.floor(ms / DAY_MS)
  return days === 1 ? '1 day' : `${days} days`
}

/** When a connection's access token ends, as seen at `now`. */
export function expiry({ expiresAt, state, generation }: ConnectionStatus, now: number): string {
  if (expiresAt === null) return generation > 0 && state === 'active' ? 'never' : '–'
  const left = Date.parse(expiresAt) - now
  return left <= 0 ? 'expired' : `in ${duration(left)}`
}

/** `expires in 43 min`, or how long what is no more renewed still works; '' when nothing expires. */
export function timeLeft(connection: ConnectionStatus, now: number): string {
  const { expiresAt, state } = connection
  if (expiresAt === null) return ''
  const left = Date.parse(expiresAt) - now
  if (left <= 0) return 'access token expired'
  const ending = state === 'consentRequired' || state === 'blocked'
  return `${ending ? 'still works for' : 'expires in'} ${duration(left)}`
}

export function since(instant: string | null, now: number): string {
  if (instant === null) return '–'
  const ago = now - Date.parse(instant)
  return ago < MINUTE_MS ? 'just now' : `${duration(ago)} ago`
}

/** Why a connection is not fresh, where its state does not say it all. */
export const toldReason = ({ state, reason }: ConnectionStatus): string =>
  state === 'signedOut' || state === 'authorizing' ? '' : withLocalTimes(reason)

/** Instants as the daemon writes them, told as a clock on the wall shows them. */
export const withLocalTimes = (text: string): string =>
  text.replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g, (instant) => {
    const twoDigits = (number: number): string => String(number).padStart(2, '0')
    const date = new Date(instant)
    const [month, day] = [twoDigits(date.getMonth() + 1), twoDigits(date.getDate())]
    return `${twoDigits(date.getHours())}:${twoDigits(date.getMinutes())} (${date.getFullYear()}-${month}-${day})`
  })

/** What was asked for and not granted. */
export const missingScopes = ({ scopes, scopesAsked, generation }: ConnectionStatus): string[] =>
  generation === 0 ? [] : scopesAsked.filter((scope) => !scopes.includes(scope))

/** That a person will be needed, as a clause; '' while nothing is known to end. `now` in epoch milliseconds. */
export const neededWords = ({ needsYouBy }: ConnectionStatus, now: number): string =>
  needsYouBy === null
    ? ''
    : `needs you by ${deadlineWords(Date.parse(needsYouBy.at), now)}: ${needsYouBy.why}`

export const accountOf = ({ account }: ConnectionStatus): string => account?.label ?? 'nobody yet'

/** What fob did today that a person would otherwise have had to. */
export interface Savings {
  readonly refreshes: number
  readonly handedOut: number
}

/** Counted from the record, whose entries are of any day; `midnight` in epoch milliseconds. */
export function savingsIn(entries: readonly AuditEntry[], midnight: number): Savings {
  const today = entries.filter(({ time, outcome }) => outcome === 'ok' && Date.parse(time) >= midnight)
  const count = (event: AuditEntry['event']): number => today.filter((entry) => entry.event === event).length
  return { refreshes: count('refresh'), handedOut: count('lease') }
}

const many = (count: number, one: string, several = `${one}s`): string =>
  `${count} ${count === 1 ? one : several}`

export function savedSentence({ refreshes, handedOut }: Savings): string {
  if (refreshes === 0 && handedOut === 0) return 'Today: nothing to do yet.'
  const prompts = refreshes === 0 ? '' : `, so ${many(refreshes, 'sign-in prompt')} avoided`
  const done = many(refreshes, 'refresh', 'refreshes')
  return `Today: ${done}${prompts}; ${many(handedOut, 'access token')} handed out.`
}

/** Text from outside inside a Markdown table: no formatting, no link, no icon, no new cell or line. */
export const inMarkdown = (text: string): string =>
  text
    .replace(/\s+/g, ' ')
    .replace(/&/g, '&amp;')
    .replace(/</g, '&lt;')
    .replace(/[\\`*_{}[\]()#+\-.!|~$>:]/g, '\\$&')

/** Text from outside in labels that turn `$(name)` into an icon. */
export const withoutIcons = (text: string): string => text.replaceAll('$(', '$ (')

/** Text from outside in a notice, which makes icons and links of some. */
const inNotice = (text: string): string => withoutIcons(text).replaceAll('](', '] (')

/** The tooltip's Markdown. `now` in epoch milliseconds. */
export function tooltip(status: Status, savings: Savings, now: number): string {
  const { connections, vault } = status
  const locked = vault.state === 'locked' ? [`$(lock) **Locked.** ${inMarkdown(vault.reason)}`] : []
  const table =
    connections.length === 0
      ? ['No connections yet. Click to add one.']
      : [
          [
            '| Connection | Account | State | Expires&nbsp;in | Last&nbsp;refresh | Scopes |',
            '| :-- | :-- | :-- | :-- | :-- | :-- |',
            ...connections.map((connection) => row(connection, now)),
          ].join('\n'),
        ]
  const reasons = connections
    .filter((connection) => toldReason(connection) !== '')
    .map((connection) => `**${inMarkdown(connection.name)}**: ${inMarkdown(toldReason(connection))}`)
  const needed = connections
    .filter(({ needsYouBy }) => needsYouBy !== null)
    .map(
      (connection) =>
        `$(bell) **${inMarkdown(connection.name)}** ${inMarkdown(neededWords(connection, now))}`,
    )
  return [...locked, ...table, ...needed, ...reasons, savedSentence(savings)].join('\n\n')
}

/** A row that stays one line: of the scopes their number, the tree has all. */
function row(connection: ConnectionStatus, now: number): string {
  const { icon, words } = standingOf(connection)
  const { scopes, scopesAsked } = connection
  const missing = missingScopes(connection).length
  const cells = [
    `**${inCell(connection.name)}**`,
    inCell(accountOf(connection)),
    `$(${icon}) ${inCell(words)}`,
    inCell(expiry(connection, now).replace(/^in /, '')),
    inCell(since(connection.lastRefreshAt, now)),
    inCell(
      missing === 0 ? String(scopes.length) : `${scopesAsked.length - missing} of ${scopesAsked.length}`,
    ),
  ]
  return `| ${cells.join(' | ')} |`
}

/** Text that is not broken, neither at spaces nor at hyphens. */
const inCell = (text: string): string => inMarkdown(text.replaceAll('-', '\u2011')).replaceAll(' ', '&nbsp;')

/** Enough to see what is wrong with a request. */
const MOST_REASONS = 3

/** What is said while and after something is done. Names are checked by the contract, so they need no care. */
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
  clientIdWanted: (registration: string, redirectUri: string) =>
    `The client id registered ${registration === '' ? 'there' : `at ${registration}`}` +
    (redirectUri === '' ? '' : ` with the redirect URI ${redirectUri}`),
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
  requestQuestion: (
    folder: string,
    variables: Readonly<Record<string, string>>,
    leftOut: readonly string[],
  ) => {
    const asked = Object.entries(variables).map(([variable, name]) => `${variable} (${name})`)
    const others = leftOut.length === 0 ? '' : ` Left out: ${leftOut.join('; ')}.`
    return (
      `The folder ${inNotice(folder)} asks for access tokens in the variables of its terminals: ` +
      `${asked.join(', ')}. Every program that runs there can read them.${inNotice(others)}`
    )
  },
  /** Everything that would change is in it, as a Yes is to all of it. */
  rulesToAccept: (added: Policy, removed: Policy) => {
    const listed = (rules: Policy): string => rules.map(ruleWords).join('; ')
    const parts = [
      ...(added.length === 0 ? [] : [`new are: ${listed(added)}`]),
      ...(removed.length === 0 ? [] : [`no longer there are: ${listed(removed)}`]),
    ]
    const what = parts.length === 0 ? 'they have another order' : parts.join('. And ')
    return inNotice(`The rules of fob.json changed, and count once you accept them; ${what}.`)
  },
  rulesAccepted: 'fob: the rules of fob.json are in force',
  /** One sentence for all folders of a window: a workspace of many must not bury a person in notices. */
  requestsRefused: (folders: readonly string[], leftOut: readonly string[]) => {
    const more = leftOut.length > MOST_REASONS ? `; and ${leftOut.length - MOST_REASONS} more` : ''
    const why = leftOut.slice(0, MOST_REASONS).join('; ')
    const who = folders.length === 1 ? 'asks' : 'ask'
    const get = folders.length === 1 ? 'gets' : 'get'
    return inNotice(
      `${folders.join(', ')} ${who} for variables that cannot be had, and ${get} none: ${why}${more}.`,
    )
  },
  handOverOffer: (running: string, ours: string) =>
    `fob ${running} is running, and this extension brings ${ours}. Handing over interrupts nobody.`,
  malformed: (names: readonly string[]) =>
    `These settings are not understood and count as not set: ${names.join(', ')}.`,
} as const

const WANTED: Readonly<Record<AskedAction, string>> = {
  lease: 'an access token',
  refresh: 'a new access token before its time',
}

/** Who asks for what, and how long a Yes would last is on the buttons. */
export function approvalQuestion({ caller, folder, connection, action, scopes }: PendingApproval): string {
  const program = caller.executable === '' ? 'A program without a name' : inNotice(caller.executable)
  const where = folder === '' ? '' : `, in a terminal of ${inNotice(folder)},`
  const which = scopes.length === 0 ? ' with all its scopes' : ` with the scopes ${scopes.join(', ')}`
  return `${program} (pid ${caller.pid})${where} asks for ${WANTED[action]} of ${connection}${which}.`
}

/** Each button with what it says, in their order. */
export function approvalButtons({
  caller,
  inTerminal,
}: PendingApproval): Readonly<Record<string, ApprovalAnswer>> {
  const named = caller.executable !== ''
  return {
    'Allow Once': 'once',
    ...(inTerminal ? { 'Allow in This Terminal': 'terminal' } : {}),
    ...(named
      ? { [`Always Allow ${withoutIcons(programName(caller.executable))}`]: 'always', Never: 'never' }
      : {}),
  }
}

/** The last part of a program's path. */
export const programName = (executable: string): string =>
  executable === '' ? 'unknown program' : executable.slice(executable.lastIndexOf('/') + 1)

const URGENCIES = { person: 'needs you', wait: 'passes by itself', note: 'worth knowing' } as const

function fixOf(fix: Fix): string {
  switch (fix.kind) {
    case 'run':
      return fix.command
    case 'open':
      return `${fix.place}: ${fix.todo}`
    case 'wait':
      return 'none needed, fob tries again by itself'
  }
}

/** The diagnosis as lines, what needs a person first. */
export function doctorLines({ findings, checked }: Diagnosis): string[] {
  const head =
    findings.length === 0 ? '# Nothing is wrong.' : '# What is wrong, how fob knows, what mends it.'
  return [
    head,
    '',
    ...findings.flatMap(({ connection, urgency, what, evidence, fix }) => [
      `${connection === '' ? '' : `${connection}: `}${what} (${URGENCIES[urgency]})`,
      ...evidence.map((fact) => `    ${fact}`),
      `  fix: ${fixOf(fix)}`,
      '',
    ]),
    `Looked at: ${checked.join(', ')}.`,
    'A terminal tells more: fob doctor',
  ]
}

/** The record as lines, latest first. */
export function recordLines(entries: readonly AuditEntry[]): string[] {
  const head = '# Who used which connection, latest first. Equal fingerprints are equal access tokens.'
  const line = ({ time, event, connection, caller, outcome, fingerprint }: AuditEntry): string => {
    const who =
      caller === null ? 'fob itself' : `${caller.executable || 'unknown program'} (pid ${caller.pid})`
    const which = fingerprint === '' ? '' : `  token ${fingerprint}`
    return `${time}  ${event.padEnd(9)}  ${connection.padEnd(16)}  ${outcome.padEnd(16)}  ${who}${which}`
  }
  return [head, '', ...[...entries].reverse().map(line)]
}
