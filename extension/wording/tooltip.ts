/** The status item's tooltip: one line for each connection, and below it what a person should know. Pure. */
import type { ConnectionStatus, Status } from '../../shared/contract/connection.js'
import { inMarkdown } from './foreignText.js'
import { savedSentence, type Savings } from './savings.js'
import { accountOf, missingScopes, neededWords, standingOf, toldReason } from './standing.js'
import { expiry, since } from './times.js'

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
