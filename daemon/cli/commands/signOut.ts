/** `fob sign-out`: ends the grant here and at the provider. */
import { CONNECTION, JSON_OPTION, type Command } from '../command.js'

export const signOut: Command = {
  name: 'sign-out',
  summary: 'revoke the grant; with --forget remove the connection too',
  arguments: [CONNECTION],
  options: [{ flags: '--forget', meaning: 'remove the connection and its settings as well' }, JSON_OPTION],
  examples: ['fob sign-out work', 'fob sign-out work --forget'],
  run: async (given, { client, output }) => {
    const name = given.argument(0)
    const open = await client()
    const forget = given.flag('forget')
    const answer = await output.progress(`revoking the grant of ${name}`, () =>
      open.call('signOut', { params: { c: name }, query: { forget: forget ? 'true' : 'false' } }),
    )
    if (given.flag('json')) output.json(answer)
    else output.line(`${name} is signed out${forget ? ' and removed' : ''}`)
    if (!given.flag('json') && answer.left !== '') output.note(`not revoked: ${answer.left}`)
  },
}
