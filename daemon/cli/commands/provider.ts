/** `fob provider`: what can be connected, and a connection's client secret. */
import type { CallInput } from '../../../shared/client/call.js'
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import { registrationAt, type ProviderSummary } from '../../../shared/contract/provider.js'
import { CONNECTION, JSON_OPTION, UsageFault, type Command, type Given, type Option } from '../command.js'
import { momentAfter } from '../expiryDate.js'
import { columns } from '../lines.js'
import { flagFor } from '../missingOptions.js'
import type { Output } from '../output.js'
import { providerNamed } from '../providerNamed.js'
import { readSecret } from '../secretInput.js'
import { CLIENT_SECRET_FROM, referenceIn, SET_SECRET_HELP } from '../secretReferenceText.js'
import { secondsIn, type SpanRule } from '../timeSpan.js'

/** What has to be said, in the options of `fob add`. */
function needsIn({ needs, flows, offersRegistration }: ProviderSummary): string {
  if (flows.every(({ flow }) => flow === 'static')) return 'the secret'
  const shown = (need: string): string =>
    need === 'client-id' && offersRegistration ? `[${flagFor(need)}]` : flagFor(need)
  return needs.map(shown).join(' ') || 'nothing'
}

const list: Command = {
  name: 'list',
  summary: 'list the providers and what each needs',
  options: [JSON_OPTION],
  examples: ['fob provider list'],
  run: async (given, { startedClient, output }) => {
    const answer = await (await startedClient()).call('providers', {})
    if (given.flag('json')) return output.json(answer)
    const head = ['ID', 'NAME', 'SIGN-IN', 'NEEDS'].map((text) => output.style('dim', text))
    const rows = answer.providers.map((provider) => [
      provider.id,
      provider.name,
      provider.flows.map(({ flow }) => flow).join(', '),
      needsIn(provider),
    ])
    for (const line of columns([head, ...rows])) output.line(line)
    output.note('fob provider show ID says where to register a client, with which redirect URI')
  },
}

const INDENT = '           '

/** A list under a word, each on a line of its own. */
const under = (word: string, lines: readonly string[]): string[] =>
  lines.map((line, index) => `${index === 0 ? word.padEnd(INDENT.length) : INDENT}${line}`)

const SECRETS = {
  none: '',
  optional: ', with a client secret or without',
  required: ', with a client secret',
}

/** Each fact a person needs before they register a client and add a connection. */
function shown(provider: ProviderSummary, own: string | undefined): string[] {
  const { id, name, needs, flows, presets, scopes, unnamed, redirectUri, variables, toolHint } = provider
  const byBrowser = flows.some(({ flow }) => flow === 'code')
  const registers = needs.includes('client-id')
  const known = Object.entries(presets).map(([preset, list]) => `${preset}: ${list.join(' ')}`)
  return [
    `${id}: ${name}`,
    ...under(
      'sign-in',
      flows.map(({ flow, secret }) => (flow === 'static' ? flow : flow + SECRETS[secret])),
    ),
    ...under('needs', [needsIn(provider)]),
    ...(provider.installable && own === undefined
      ? under('address', [`${provider.issuer}; --issuer names an installation of your own`])
      : []),
    ...(registers
      ? under('register', [
          registrationAt(provider, own) || 'as the owner of the server says',
          ...(provider.offersRegistration
            ? ['fob does it by itself where you name no client and the server lets it']
            : []),
        ])
      : []),
    ...(byBrowser && registers ? under('redirect', [redirectUri]) : []),
    ...under('scopes', scopes.length === 0 ? [] : [scopes.join(' ')]),
    ...under('presets', [
      ...known,
      ...(unnamed === '' ? [] : [`${known.length === 0 ? 'none' : 'no others'}: ${unnamed}`]),
    ]),
    ...under('api', apiAt(provider, own)),
    ...under('variables', variables.length === 0 ? [] : [variables.join(' ')]),
    ...under('tools', toolHint === '' ? [] : [toolHint]),
  ]
}

/** Of an installation of one's own it is known only where the API lies beside the pages. */
function apiAt({ api }: ProviderSummary, own: string | undefined): string[] {
  const origins = api?.origins ?? []
  const place = own !== undefined && URL.canParse(own) ? new URL(own).origin : 'where your installation is'
  const isOwn = origins.some((origin) => origin.startsWith('{issuer}'))
  if (own !== undefined && !isOwn) return []
  return origins.length === 0 ? [] : [origins.join(' ').replace('{issuer}', place)]
}

const show: Command = {
  name: 'show',
  summary: 'say where to register a client at a provider, and what it can be asked for',
  arguments: [{ name: 'provider', meaning: 'as in `fob provider list`', offers: 'providers' }],
  options: [{ flags: '--issuer <url>', meaning: 'for an installation of your own' }, JSON_OPTION],
  examples: ['fob provider show github', 'fob provider show gitlab --issuer https://git.example.com'],
  run: async (given, { startedClient, output }) => {
    const typed = given.argument(0)
    const found = await providerNamed(await startedClient(), typed, 'fob provider show')
    if (found === undefined) throw new UsageFault(`there is no provider ${typed}`, 'fob provider list')
    if (given.flag('json')) return output.json(found)
    for (const line of shown(found, given.text('issuer'))) output.line(line)
  },
}

const EXPIRES: Option = {
  flags: '--expires <date>',
  meaning: 'the last day on which it works, such as 2027-03-01: fob reminds you before',
}

/** Long enough for all servers of a provider to learn of a new secret. */
const OVERLAP = '24h'
const OVERLAP_RULE: SpanRule = {
  flag: '--overlap',
  leastS: 0,
  mostS: 2_592_000,
  words: '12h or 3d, 30 days at most',
  fix: 'fob provider rotate-secret --help',
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
  return { clientSecret: await readSecret(output, `New secret of ${given.argument(0)}`, SET_SECRET_HELP) }
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

const rotateSecret: Command = {
  name: 'rotate-secret',
  summary: "put a new client secret beside a connection's old one until the new one has worked",
  arguments: [CONNECTION],
  options: [
    { flags: '--overlap <time>', meaning: `how long the old one is kept at least, such as 12h (${OVERLAP})` },
    CLIENT_SECRET_FROM,
    EXPIRES,
    JSON_OPTION,
  ],
  examples: [
    'fob provider rotate-secret work   # asks for the new secret',
    'pass show work | fob provider rotate-secret work --overlap 3d --expires 2027-03-01',
    'fob provider rotate-secret work --client-secret-from file:/run/secrets/work-2027',
  ],
  more:
    'The new secret is tried at the provider with a refresh. One that is refused is not kept, and the old one goes\n' +
    'on. One that works is used from then on, and the old one is kept beside it until the overlap is over, for a\n' +
    'provider whose servers do not all know the new one yet. `fob status` says which of the two serves.\n' +
    PLACES,
  run: async (given, { client, output }) => {
    const name = given.argument(0)
    const overlapSeconds = secondsIn(given.text('overlap') ?? OVERLAP, OVERLAP_RULE)
    const end = endIn(given)
    const open = await client()
    const body = { ...(await secretIn(given, output)), ...end, overlapSeconds }
    const rotated = await output.progress('trying the new secret', () =>
      open.call('rotateSecret', { params: { c: name }, body }),
    )
    if (given.flag('json')) output.json(rotated)
    else output.line(rotatedLine(rotated))
  },
}

function rotatedLine({ name, clientSecret }: ConnectionStatus): string {
  const before = clientSecret?.before ?? null
  if (before === null)
    return `the client secret of ${name} is rotated: the new one works, and the old one is gone`
  return before.proof === 'worked'
    ? `the client secret of ${name} is rotated: the new one works, and the old one is kept until ${before.until}`
    : `the new client secret of ${name} could not be tried yet; both are kept until it has worked`
}

export const provider: Command = {
  name: 'provider',
  summary: 'list and show providers, replace secrets',
  commands: [list, show, setSecret, rotateSecret],
}
