/** `fob add`: stores a connection, its endpoints pinned. Signing in is another command. */
import { Flow, type ConnectionStatus } from '../../../shared/contract/connection.js'
import {
  ClientAuthentication,
  type Details,
  type Endpoints,
  type SignInDoubt,
} from '../../../shared/contract/newConnection.js'
import type { Client } from '../../../shared/client/client.js'
import type { ProviderSummary } from '../../../shared/contract/provider.js'
import { awsProfile } from '../../delivery/aws.js'
import { askMissing } from '../askMissing.js'
import { JSON_OPTION, UsageFault, type Command, type Given } from '../command.js'
import { refuseMissing, refuseSecretArgument } from '../missingOptions.js'
import { secretInput, typedInput } from '../newConnectionInput.js'
import type { Output } from '../output.js'
import { providerNamed } from '../providerNamed.js'
import { CLIENT_SECRET_FROM } from '../secretReferenceText.js'

export const add: Command = {
  name: 'add',
  summary: 'add a connection to a provider',
  arguments: [{ name: 'provider', meaning: 'as in `fob provider list`', offers: 'providers' }],
  options: [
    { flags: '--name <name>', meaning: 'how you will call the connection; otherwise as the provider' },
    { flags: '--issuer <url>', meaning: "the server's issuer, or the URL of your own installation" },
    { flags: '--client-id <id>', meaning: 'the client id registered there' },
    { flags: '--start-url <url>', meaning: "AWS: your organisation's access portal" },
    { flags: '--region <name>', meaning: 'AWS: where IAM Identity Center is, such as eu-central-1' },
    { flags: '--account <id>', meaning: 'AWS: the account whose role is the usual one' },
    { flags: '--role <name>', meaning: 'AWS: the usual role; of an OpenID Connect server, by its ARN' },
    { flags: '--audience <name>', meaning: 'Auth0: the API that the access token is for' },
    {
      flags: '--resource <uri>',
      meaning: 'of an OpenID Connect or OAuth 2.0 server: what the access token is for (RFC 8707)',
    },
    { flags: '--scopes <list>', meaning: 'scopes to ask for, separated by spaces' },
    { flags: '--preset <name>', meaning: 'a named set of scopes instead: mostly read, ci and write' },
    { flags: '--flow <flow>', meaning: 'how consent is got', offers: Flow.options },
    {
      flags: '--client-secret-stdin',
      meaning: 'read the client secret, or its PEM key, from standard input',
    },
    CLIENT_SECRET_FROM,
    { flags: '--client-secret [value]', meaning: 'refused', hidden: true },
    { flags: '--secret [value]', meaning: 'refused', hidden: true },
    { flags: '--expires <date>', meaning: 'the last day on which the secret works, such as 2027-03-01' },
    { flags: '--variable <name>', meaning: 'the variable that terminals get a stored secret in' },
    {
      flags: '--client-authentication <method>',
      meaning: 'how the client proves itself',
      offers: ClientAuthentication.options,
    },
    {
      flags: '--redirect-uri <url>',
      meaning: 'a page of yours on https that sends the browser on to fob, where the provider wants one',
    },
    { flags: '--token-endpoint <url>', meaning: 'for servers without discovery' },
    { flags: '--authorization-endpoint <url>', meaning: 'likewise' },
    { flags: '--device-endpoint <url>', meaning: 'likewise' },
    { flags: '--revocation-endpoint <url>', meaning: 'likewise' },
    { flags: '--userinfo-endpoint <url>', meaning: 'likewise; says whose account it is' },
    { flags: '--introspection-endpoint <url>', meaning: 'likewise, where there is no userinfo (RFC 7662)' },
    JSON_OPTION,
  ],
  examples: [
    'fob add github   # asks for what is missing, and says where to get it',
    'fob add github --client-id Iv1.abc --flow device',
    'fob add aws --start-url https://acme.awsapps.com/start --region eu-central-1 \\\n      --account 111122223333 --role ReadOnlyAccess',
    'fob add oidc --issuer https://id.example.com   # fob registers a client there, if it may',
    'fob add oidc --name work --issuer https://id.example.com --client-id abc \\\n      --scopes "openid offline_access"',
    'fob add static --name npm --expires 2027-03-01 --variable NPM_TOKEN   # asks for the secret',
    'fob add oauth2 --name gate --client-id abc --authorization-endpoint https://gate.example.com/authorize \\\n      --token-endpoint https://gate.example.com/token',
    'pass show ci | fob add oidc --name ci --issuer https://id.example.com \\\n      --client-id ci --flow client-credentials --client-secret-stdin',
    'fob add google --client-id ID --client-secret-from file:/run/secrets/google',
    "fob add google --client-id ID --client-secret-from 'exec:/usr/bin/pass show google'",
  ],
  more:
    '`fob provider show PROVIDER` says where to register a client, with which redirect URI, and which presets there are.\n' +
    'What the server says already against the sign-in, as far as it tells without a person, is told; nothing is refused\n' +
    'for it.\n' +
    'Without a secret the client is public. A secret that stays where it is is read there when it is needed, from a\n' +
    'file of yours alone or from what a program prints: `fob provider set-secret --help` says more.\n' +
    'Ask for offline_access if the server gives refresh tokens only then.',
  run: async (typed, { startedClient, output }) => {
    refuseSecretArgument(typed)
    const client = await startedClient()
    const provider = await providerFor(client, typed.argument(0))
    const given = await askMissing(typed, provider, output)
    refuseMissing(given, provider)
    const body = { ...typedInput(given, provider), ...(await secretInput(given, provider, output)) }
    const added = await output.progress(`asking ${body.issuer ?? provider.name}`, () =>
      client.call('addConnection', { body }),
    )
    if (given.flag('json')) return output.json(added)
    output.line(addedLine(added))
    for (const line of whatToRegister(given, provider, added)) output.line(line)
    for (const line of howAwsFindsIt(added.name, provider, body.details)) output.line(line)
    if (provider.toolHint !== '') output.line(provider.toolHint.replace('NAME', added.name))
    const hosts = strangers(body.endpoints)
    if (hosts.length > 0) output.note(`make sure that these are one server: ${hosts.join(', ')}`)
    if (added.doubt !== undefined) tellDoubt(added.doubt, added.name, output)
  },
}

async function providerFor(client: Client, typed: string): Promise<ProviderSummary> {
  const found = await providerNamed(client, typed, 'fob add')
  if (found !== undefined) return found
  // The daemon refuses it, and knows which one may be meant.
  await client.call('addConnection', { body: { name: 'unknown', provider: typed } })
  throw new UsageFault(`there is no provider ${typed}`, 'fob provider list')
}

function addedLine({ name, flow, expiresAt }: ConnectionStatus): string {
  if (flow !== 'static') return `added ${name}; sign in with: fob sign-in ${name}`
  const until = expiresAt === null ? 'without an end' : `until ${expiresAt}`
  return `stored ${name} ${until}; get it with: fob token ${name}`
}

/** What the provider's page or owner has to know, letter by letter; nothing where fob registers its client itself. */
function whatToRegister(
  given: Given,
  { needs, offersRegistration, redirectUri }: ProviderSummary,
  added: ConnectionStatus,
): string[] {
  if (offersRegistration && given.text('clientId') === undefined) {
    return [`no client id was named: each sign-in registers a client of fob's own at ${given.text('issuer')}`]
  }
  if (added.flow !== 'code' || !needs.includes('client-id')) return []
  return [`the redirect URI registered for its client has to be ${given.text('redirectUri') ?? redirectUri}`]
}

/** The AWS command and SDKs call a program for each role; a person writes it down once. */
function howAwsFindsIt(name: string, { roles }: ProviderSummary, details: Details = {}): string[] {
  if (roles === undefined || (roles === 'byArn' && details['role'] === undefined)) return []
  const words = [
    ...(roles === 'byArn' || 'account' in details ? [] : ['--account ID']),
    ...('role' in details ? [] : ['--role NAME']),
  ]
  const lines = awsProfile(name, words, details['region']).map((line) => `  ${line}`)
  return ['for the AWS command and SDKs, in ~/.aws/config:', ...lines]
}

/** One server usually has one host; two may be two servers, and the code of one is then sent to the other. */
function strangers(endpoints: Endpoints | undefined): string[] {
  const hosts = Object.values(endpoints ?? {}).flatMap((url = '') =>
    URL.canParse(url) ? [new URL(url).host] : [],
  )
  const distinct = [...new Set(hosts)].sort()
  return distinct.length > 1 ? distinct : []
}

/** Nothing is undone by it: what is registered may be mended, and the connection is the same. */
function tellDoubt({ asked, said, fix }: SignInDoubt, name: string, output: Output): void {
  output.note(`the server does not take this sign-in: ${said}`)
  output.note(`  it was asked for ${asked}`)
  if (fix.kind === 'open') output.note(`  fix: at ${fix.place}: ${fix.todo}; then fob sign-in ${name}`)
}
