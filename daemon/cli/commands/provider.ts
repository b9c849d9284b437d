/** `fob provider`: what can be connected, and a connection's client secret. */
import { CONNECTION, JSON_OPTION, type Command, type Option } from '../command.js'
import { momentAfter } from '../expiryDate.js'
import { columns } from '../lines.js'
import { readSecret } from '../secretInput.js'

const list: Command = {
  name: 'list',
  summary: 'list the providers and what each needs',
  options: [JSON_OPTION],
  examples: ['fob provider list'],
  run: async (given, { startedClient, output }) => {
    const answer = await (await startedClient()).call('providers', {})
    if (given.flag('json')) return output.json(answer)
    const head = ['ID', 'NAME', 'SIGN-IN', 'NEEDS'].map((text) => output.style('dim', text))
    const rows = answer.providers.map(({ id, name, flows, needs }) => [
      id,
      name,
      flows.map(({ flow }) => flow).join(', '),
      needs.map((need) => `--${need}`).join(' ') || 'the secret',
    ])
    for (const line of columns([head, ...rows])) output.line(line)
  },
}

const EXPIRES: Option = {
  flags: '--expires <date>',
  meaning: 'the last day on which a stored secret works, such as 2027-03-01',
}

const setSecret: Command = {
  name: 'set-secret',
  summary: "replace a connection's client secret, or a stored secret, by one from standard input",
  arguments: [CONNECTION],
  options: [EXPIRES],
  examples: [
    'pass show work | fob provider set-secret work',
    'fob provider set-secret npm --expires 2027-03-01',
  ],
  more: 'On a terminal it asks, and does not show what you type.',
  run: async (given, { client, output }) => {
    const expires = given.text('expires')
    const at = expires === undefined ? {} : { expiresAt: momentAfter(expires) }
    const open = await client()
    const name = given.argument(0)
    const clientSecret = await readSecret(output, `New secret of ${name}`)
    await open.call('setSecret', { params: { c: name }, body: { clientSecret, ...at } })
    output.line(`the secret of ${name} is replaced`)
  },
}

export const provider: Command = {
  name: 'provider',
  summary: 'list providers, replace secrets',
  commands: [list, setSecret],
}
