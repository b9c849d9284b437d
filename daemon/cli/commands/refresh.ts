/** `fob refresh`: one exchange now, whatever the old access token was still good for. */
import { CONNECTION, JSON_OPTION, type Command } from '../command.js'
import { relative } from '../lines.js'

export const refresh: Command = {
  name: 'refresh',
  summary: 'get a new access token now',
  arguments: [CONNECTION],
  options: [JSON_OPTION],
  examples: ['fob refresh work'],
  more: 'Returns once the new grant is saved. Usually not needed: fob refreshes by itself.',
  run: async (given, { startedClient, output }) => {
    const client = await startedClient()
    const name = given.argument(0)
    const fresh = await output.progress(`refreshing ${name}`, () =>
      client.call('refresh', { params: { c: name } }),
    )
    if (given.flag('json')) return output.json(fresh)
    const expiry =
      fresh.expiresAt === null ? 'never expires' : `expires ${relative(fresh.expiresAt, Date.now())}`
    output.line(`${name} refreshed (generation ${fresh.generation}, ${expiry})`)
  },
}
