/** `fob provider`: what can be connected, and a connection's client secret. */
import type { CallInput } from '../../../shared/client/call.js'
import { CONNECTION, JSON_OPTION, type Command, type Given, type Option } from '../command.js'
import { momentAfter } from '../expiryDate.js'
import { columns } from '../lines.js'
import type { Output } from '../output.js'
import { readSecret } from '../secretInput.js'
import { CLIENT_SECRET_FROM, referenceIn } from '../secretReferenceText.js'

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

const PLACES =
  'It comes from standard input; on a terminal it asks, and does not show what you type.\n' +
  'With --client-secret-from it stays where it is and is read there when it is needed: in a file of yours that\n' +
  'nobody else may read, or from what a program prints within ten seconds. No shell runs the program, and nobody\n' +
  'else may be able to write to it, or to a directory or link on the way to it.'

const endIn = (given: Given): { expiresAt?: string } => {
  const expires = given.text('expires')
  return expires === undefined ? {} : { expiresAt: momentAfter(expires) }
}

/** The secret, or where it stays. */
async function secretIn(given: Given, output: Output): Promise<CallInput<'setSecret'>['body']> {
  const from = given.text('clientSecretFrom')
  if (from !== undefined) return { clientSecretFrom: referenceIn(from) }
  return { clientSecret: await readSecret(output, `New secret of ${given.argument(0)}`) }
}

const setSecret: Command = {
  name: 'set-secret',
  summary: "replace a connection's client secret, or a stored secret",
  arguments: [CONNECTION],
  options: [CLIENT_SECRET_FROM, EXPIRES],
  examples: [
    'pass show work | fob provider set-secret work',
    'fob provider set-secret npm --expires 2027-03-01',
    'fob provider set-secret work --client-secret-from file:/run/secrets/work',
    "fob provider set-secret work --client-secret-from 'exec:/usr/bin/vault kv get -field=secret kv/work'",
    `fob provider set-secret work --client-secret-from 'exec:["/usr/bin/op","read","op://Team/fob client/secret"]'`,
  ],
  more: PLACES,
  run: async (given, { client, output }) => {
    const name = given.argument(0)
    const end = endIn(given)
    const open = await client()
    const body = { ...(await secretIn(given, output)), ...end }
    await open.call('setSecret', { params: { c: name }, body })
    output.line(`the secret of ${name} is replaced`)
  },
}

export const provider: Command = {
  name: 'provider',
  summary: 'list providers, replace secrets',
  commands: [list, setSecret],
}
