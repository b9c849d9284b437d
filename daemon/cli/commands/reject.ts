/** `fob reject`: tells the daemon that an access token it gave out was refused. */
import { CONNECTION, JSON_OPTION, type Command } from '../command.js'

export const reject: Command = {
  name: 'reject',
  summary: 'report that an access token was refused (401)',
  arguments: [CONNECTION, { name: 'lease', meaning: 'the `lease` of `fob token NAME --json`' }],
  options: [JSON_OPTION],
  examples: ['fob reject work "$(jq -r .lease answer.json)"'],
  more: 'That token is not handed out again, and the next caller gets a new one.',
  run: async (given, { client, output }) => {
    const [name, lease] = [given.argument(0), given.argument(1)]
    const answer = await (await client()).call('reject', { params: { c: name }, body: { lease } })
    if (given.flag('json')) return output.json(answer)
    output.line(
      answer.replaced
        ? `${name} has a new access token (generation ${answer.generation})`
        : `${name} keeps its access token (generation ${answer.generation})`,
    )
  },
}
