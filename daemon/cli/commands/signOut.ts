/** `fob sign-out`: ends the grant here and at the provider; with --all every one, for who leaves a team. */
import type { Client } from '../../../shared/client/client.js'
import type { Answer } from '../../../shared/contract/routes.js'
import { revokingAgreed } from '../agreed.js'
import {
  CommandFailed,
  CONNECTION,
  JSON_OPTION,
  UsageFault,
  type Command,
  type Context,
  type Given,
} from '../command.js'
import { EXIT } from '../exitCodes.js'
import { failureOf } from '../failure.js'
import { columns } from '../lines.js'
import type { Output } from '../output.js'
import { settledStatus } from '../settledStatus.js'

type SignedOut = Answer<'signOut'>

async function one(given: Given, { client, output }: Context): Promise<void> {
  const name = given.argument(0)
  const open = await client()
  const forget = given.flag('forget')
  const answer = await output.progress(`revoking the grant of ${name}`, () =>
    open.call('signOut', { params: { c: name }, query: { forget: forget ? 'true' : 'false' } }),
  )
  if (given.flag('json')) return output.json(answer)
  output.line(`${name} is signed out${forget ? ' and removed' : ''}`)
  if (answer.left !== '') output.note(`not revoked: ${answer.left}`)
}

/** What a daemon that refuses leaves is left all the same. */
async function endedOf(client: Client, c: SignedOut['connection'], forget: boolean): Promise<SignedOut> {
  try {
    const query = { forget: forget ? 'true' : 'false', verify: 'true' } as const
    return await client.call('signOut', { params: { c }, query })
  } catch (cause) {
    return { connection: c, revoked: false, left: failureOf(cause).message }
  }
}

/** How each ended, in words: what the provider confirmed, and what it said when it was asked again. */
function endOf({ revoked, left, probe }: SignedOut): string {
  if (left !== '') return 'not revoked'
  if (!revoked) return 'nothing to revoke'
  return probe === 'refused' ? 'revoked, and verified' : 'revoked'
}

function showAll(answers: readonly SignedOut[], output: Output): void {
  const rows = answers.map((answer) => {
    const style = answer.left === '' ? 'green' : 'red'
    return [answer.connection, output.style(style, endOf(answer))]
  })
  for (const line of columns(rows)) output.line(line)
  const remains = answers.filter(({ left }) => left !== '')
  if (remains.length === 0) return
  output.line()
  output.line('By hand:')
  for (const { connection, left } of remains) output.line(`  ${connection}: ${left}`)
}

async function all(given: Given, context: Context): Promise<number> {
  const { client, output } = context
  const open = await client()
  const { connections, vault } = await settledStatus(open)
  if (vault.state === 'locked') {
    throw new CommandFailed(EXIT.vaultLocked, 'the vault is locked, so nothing can be revoked', vault.fix)
  }
  const names = connections.map(({ name }) => name)
  if (names.length > 0) {
    const question = `Sign out of all ${names.length}, ${names.join(', ')}, and revoke their grants?`
    await revokingAgreed(given, context, question, 'fob sign-out --all --yes')
  }
  const forget = given.flag('forget')
  const answers = await output.progress('revoking', () =>
    Promise.all(names.map((name) => endedOf(open, name, forget))),
  )
  if (given.flag('json')) output.json({ connections: answers })
  else if (answers.length === 0) output.line('there is no connection')
  else showAll(answers, output)
  return answers.some(({ left }) => left !== '') ? EXIT.provider : EXIT.done
}

export const signOut: Command = {
  name: 'sign-out',
  summary: 'revoke the grant; with --forget remove the connection too',
  arguments: [{ ...CONNECTION, optional: true }],
  options: [
    { flags: '--all', meaning: 'of every connection, asking each provider afterwards whether it is gone' },
    { flags: '--yes', meaning: 'do not ask before that' },
    { flags: '--forget', meaning: 'remove the connection and its settings as well' },
    JSON_OPTION,
  ],
  examples: [
    'fob sign-out work',
    'fob sign-out work --forget',
    'fob sign-out --all --forget   # leaving a team',
  ],
  more: 'With --all it ends with 5 when something is left to revoke by hand, and says where.',
  run: async (given, context) => {
    const named = given.argument(0) !== ''
    if (named === given.flag('all')) {
      throw new UsageFault('name one connection, or say --all', 'fob sign-out --all')
    }
    return named ? one(given, context) : all(given, context)
  },
}
