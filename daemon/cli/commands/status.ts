/** `fob status`: every connection at a glance, and what to type where something is wrong. */
import type {
  Account,
  ConnectionState,
  ConnectionStatus,
  SettingsTrouble,
  Status,
} from '../../../shared/contract/connection.js'
import { deadlineWords } from '../../../shared/contract/deadline.js'
import type { Simulation } from '../../../shared/contract/simulation.js'
import { CONNECTION, JSON_OPTION, UsageFault, type Command } from '../command.js'
import { columns, relative, shortened, widthOf } from '../lines.js'
import type { Output, Style } from '../output.js'
import { settledStatus } from '../settledStatus.js'

interface Look {
  readonly mark: string
  /** For a terminal without Unicode. */
  readonly plain: string
  readonly words: string
  readonly style: Style
}

const LOOKS: Readonly<Record<ConnectionState, Look>> = {
  signedOut: { mark: '○', plain: '-', words: 'signed out', style: 'dim' },
  authorizing: { mark: '◐', plain: '~', words: 'signing in', style: 'cyan' },
  active: { mark: '●', plain: '*', words: 'active', style: 'green' },
  refreshing: { mark: '●', plain: '*', words: 'refreshing', style: 'green' },
  retrying: { mark: '◌', plain: '~', words: 'retrying', style: 'yellow' },
  inDoubt: { mark: '◌', plain: '~', words: 'in doubt', style: 'yellow' },
  unsaved: { mark: '◌', plain: '~', words: 'not saved', style: 'yellow' },
  blocked: { mark: '✗', plain: 'x', words: 'blocked', style: 'red' },
  consentRequired: { mark: '!', plain: '!', words: 'sign-in needed', style: 'red' },
}

/** Account names are rarely longer; the scopes are cut first. */
const MOST_ACCOUNT = 28
/** Enough to recognise a list of scopes by. */
const LEAST_SCOPES = 12

function expiry({ expiresAt, generation, state }: ConnectionStatus, now: number): string {
  if (expiresAt === null) return generation > 0 && state === 'active' ? 'never' : '-'
  return Date.parse(expiresAt) <= now ? 'expired' : relative(expiresAt, now)
}

/** As wide as the mark and the gap after it. */
const UNDER_NAME = '   '

/** What will need the person, while there is still time for it. */
function neededBy({ needsYouBy }: ConnectionStatus, output: Output, now: number): string[] {
  if (needsYouBy === null) return []
  const { at, why, fix } = needsYouBy
  const when = `needs you by ${deadlineWords(Date.parse(at), now)}:`
  return [
    `${UNDER_NAME}${output.style('yellow', when)} ${why}`,
    `${UNDER_NAME}${output.style('dim', 'fix:')} ${output.style('bold', fix)}`,
  ]
}

/** Which of two client secrets serves: a person may wonder. */
function rotationOf({ name, clientSecret }: ConnectionStatus, now: number): string {
  if (clientSecret?.before == null) return ''
  const { until, proof } = clientSecret.before
  switch (proof) {
    case 'worked':
      return `the client secret before the new one goes ${relative(until, now)}`
    case 'untried':
      return 'the new client secret is not tried yet; the one before is kept'
    case 'failed':
      return `the new client secret does not work and the one before serves: fob provider rotate-secret ${name}`
  }
}

/** What goes below a row: why it is so, and the command that mends it. */
function below(connection: ConnectionStatus | undefined, output: Output, now: number): string[] {
  if (connection === undefined) return []
  const { reason, fix, retryAt, simulation, drift } = connection
  const again = retryAt === null ? '' : `next try ${relative(retryAt, now)}`
  const why = [reason, again].filter((text) => text !== '').join('; ')
  const rotation = rotationOf(connection, now)
  return [
    ...(rotation === '' ? [] : [`${UNDER_NAME}${output.style('dim', rotation)}`]),
    ...(why === '' ? [] : [`${UNDER_NAME}${output.style('dim', why)}`]),
    ...(fix === '' ? [] : [`${UNDER_NAME}${output.style('dim', 'fix:')} ${output.style('bold', fix)}`]),
    ...neededBy(connection, output, now),
    ...(drift ? [`${UNDER_NAME}${output.style('dim', 'scopes:')} ${drift.hint}`] : []),
    ...(simulation ? [simulatedLine(connection.name, simulation, output, now)] : []),
  ]
}

function simulatedLine(name: string, { kind, until }: Simulation, output: Output, now: number): string {
  const what = output.style('magenta', `simulated ${kind}`)
  const rest = `, over ${relative(until, now)}; end it with: fob simulate ${name} stop`
  return `${UNDER_NAME}${what}${output.style('dim', rest)}`
}

const HEADS = ['', 'NAME', 'STATE', 'ACCOUNT', 'EXPIRES']

function cellsOf(connection: ConnectionStatus, output: Output, now: number): string[] {
  const look = LOOKS[connection.state]
  const isWanting = connection.flow === 'static' && connection.state === 'consentRequired'
  return [
    output.style(look.style, output.unicode ? look.mark : look.plain),
    output.style('bold', connection.name),
    output.style(look.style, isWanting ? 'new secret needed' : look.words),
    shortened(connection.account?.label ?? '-', MOST_ACCOUNT),
    expiry(connection, now),
  ]
}

/** Scopes take what the other columns leave; a program gets them whole. */
function scopeCells(connections: readonly ConnectionStatus[], room: number | undefined): string[] {
  return connections.map(({ scopes, scopesAsked }) => {
    const text = (scopes.length > 0 ? scopes : scopesAsked).join(' ')
    return room === undefined ? text : shortened(text, Math.max(LEAST_SCOPES, room))
  })
}

function table(connections: readonly ConnectionStatus[], output: Output, now: number): string[] {
  const heads = HEADS.map((head) => output.style('dim', head))
  const fixed = columns([heads, ...connections.map((one) => cellsOf(one, output, now))])
  const taken = Math.max(...fixed.map(widthOf)) + 2
  const room = output.columns === undefined ? undefined : output.columns - taken
  const scopes = [output.style('dim', 'SCOPES'), ...scopeCells(connections, room)]
  const [head = '', ...rows] = columns(fixed.map((row, index) => [row, scopes[index] ?? '']))
  return [head, ...rows.flatMap((row, index) => [row, ...below(connections[index], output, now)])]
}

const KEY_SOURCES = { keychain: 'keychain', keyFile: 'key file' } as const

function footer({ daemon, vault, quarantined, settings }: Status, output: Output): string[] {
  const locked = vault.state === 'locked'
  const facts = columns([
    [output.style('dim', 'daemon'), `fob ${daemon.version}, pid ${daemon.pid}`],
    [output.style('dim', 'socket'), daemon.socket],
    [
      output.style('dim', 'vault'),
      `${locked ? output.style('red', 'locked') : 'open'}, key in the ${KEY_SOURCES[vault.keySource]}`,
    ],
    ...(vault.reason === '' ? [] : [['', output.style('dim', vault.reason)]]),
    ...(vault.fix === '' ? [] : [[output.style('dim', 'fix'), output.style('bold', vault.fix)]]),
    ...quarantined.map((path) => [output.style('red', 'set aside'), `${path} (unreadable)`]),
    ...(settings === undefined ? [] : [settingsRow(settings, output)]),
  ])
  return ['', ...facts]
}

/** One line: what is about fob.json, and the command that mends it. */
const settingsRow = ({ kind, reason, fix }: SettingsTrouble, output: Output): string[] => [
  output.style(kind === 'waiting' ? 'yellow' : 'red', 'settings'),
  `${reason}: ${output.style('bold', fix)}`,
]

/** A locked vault hides its connections; that is no reason to believe that there are none. */
function withoutConnections({ vault }: Status): string[] {
  if (vault.state === 'locked') return ['The connections cannot be read while the vault is locked.']
  return ['No connections yet. Add one:', '  fob add oidc --name work --issuer https://… --client-id …']
}

/** The table with what stands below it. `now` in epoch milliseconds. */
function statusLines(status: Status, output: Output, now: number): string[] {
  const { connections } = status
  const lines = connections.length > 0 ? table(connections, output, now) : withoutConnections(status)
  return [...lines, ...footer(status, output)]
}

/** Of one connection, whole: nothing is cut to fit. */
function detailLines(connection: ConnectionStatus, output: Output, now: number): string[] {
  const { scopes, scopesAsked, account, issuer, provider, flow } = connection
  const heads = HEADS.map((head) => output.style('dim', head))
  const facts: readonly (readonly [string, string])[] = [
    ['provider', `${provider}${issuer === '' ? '' : ` at ${issuer}`}, by ${flow}`],
    ['account', account === null ? '-' : accountWords(account)],
    ['granted', scopes.join(' ') || '-'],
    ['asked', scopesAsked.join(' ') || '-'],
    ['used', usedWords(connection)],
  ]
  return [
    ...columns([heads, cellsOf(connection, output, now)]),
    ...below(connection, output, now),
    '',
    ...columns(facts.map(([name, value]) => [output.style('dim', name), value])),
  ]
}

/** A rule may name it by either. */
const accountWords = ({ id, label }: Account): string => (id === label ? label : `${label}, id ${id}`)

/** A caller that names no scopes may use them all. */
function usedWords({ scopesUsed, leases }: ConnectionStatus): string {
  if (scopesUsed !== undefined) return scopesUsed.join(' ')
  return leases === 0 ? '-' : 'not known: callers name no scopes'
}

/** Groups and roles as the provider said them at the sign-in, one claim a line. */
function claimLines(connections: readonly ConnectionStatus[], output: Output): string[] {
  const rows = connections.flatMap(({ name, claims }) =>
    Object.entries(claims ?? {}).map(([claim, values]) => [
      output.style('bold', name),
      output.style('dim', claim),
      values.join(', '),
    ]),
  )
  return rows.length > 0 ? columns(rows) : ['No provider says anything of groups or roles.']
}

function named(connections: readonly ConnectionStatus[], name: string): ConnectionStatus {
  const found = connections.find((connection) => connection.name === name)
  if (found !== undefined) return found
  throw new UsageFault(`there is no connection ${name}`, 'fob status')
}

export const status: Command = {
  name: 'status',
  summary: 'show connections, vault and daemon',
  arguments: [{ ...CONNECTION, optional: true, meaning: 'only this connection, with its scopes' }],
  options: [{ flags: '--claims', meaning: 'show groups and roles that providers told of' }, JSON_OPTION],
  examples: [
    'fob status',
    'fob status work            # granted, asked and used scopes',
    'fob status --claims',
    "fob status --json | jq '.connections[] | {name, state, needsYouBy}'",
  ],
  run: async (given, { client, output }) => {
    const answer = await settledStatus(await client())
    const [name, now] = [given.argument(0), Date.now()]
    const one = name === '' ? undefined : named(answer.connections, name)
    if (given.flag('json')) return output.json(one ?? answer)
    const shown = one ? detailLines(one, output, now) : statusLines(answer, output, now)
    const lines = given.flag('claims') ? claimLines(one ? [one] : answer.connections, output) : shown
    for (const line of lines) output.line(line)
  },
}
