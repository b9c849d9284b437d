/** `fob add`: stores a connection, its endpoints pinned. Signing in is another command. */
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import type { AddConnection, Details, Endpoints } from '../../../shared/contract/newConnection.js'
import type { CallInput } from '../../../shared/client/call.js'
import type { Client } from '../../../shared/client/client.js'
import { registrationAt, type ProviderSummary } from '../../../shared/contract/provider.js'
import { JSON_OPTION, UsageFault, type Command, type Given } from '../command.js'
import type { Output } from '../output.js'
import { awsProfile } from '../../delivery/aws.js'
import { momentAfter } from '../expiryDate.js'
import { readSecret } from '../secretInput.js'
import { CLIENT_SECRET_FROM, referenceIn } from '../secretReferenceText.js'

const FLOWS = ['code', 'device', 'client-credentials', 'static'] as const
const AUTHENTICATIONS = [
  'none',
  'client_secret_basic',
  'client_secret_post',
  'private_key_jwt',
  'tls_client_auth',
] as const

type Input = CallInput<'addConnection'>['body']

const oneOf = <T extends string>(words: readonly T[], text: string | undefined): T | undefined =>
  words.find((word) => word === text)

/** The parser lets only listed words through, so an absent one here was not given. */
function chosen(given: Given): Pick<AddConnection, 'flow' | 'authentication'> {
  const authentication = oneOf(AUTHENTICATIONS, given.text('clientAuthentication'))
  const flow = oneOf(FLOWS, given.text('flow'))
  return {
    ...(flow === undefined ? {} : { flow }),
    ...(authentication === undefined ? {} : { authentication }),
  }
}

/** Either all comes from discovery, or at least the token endpoint is named. */
function endpointsOf(given: Given): Endpoints | undefined {
  const named = {
    authorization_endpoint: given.text('authorizationEndpoint'),
    device_authorization_endpoint: given.text('deviceEndpoint'),
    revocation_endpoint: given.text('revocationEndpoint'),
    userinfo_endpoint: given.text('userinfoEndpoint'),
    introspection_endpoint: given.text('introspectionEndpoint'),
  }
  const others = Object.fromEntries(Object.entries(named).filter(([, url]) => url !== undefined))
  const token = given.text('tokenEndpoint')
  if (token !== undefined) return { token_endpoint: token, ...others }
  if (Object.keys(others).length === 0) return undefined
  throw new UsageFault('endpoints stated by hand need the token endpoint too', 'fob help add')
}

/** One server usually has one host; two may be two servers, and the code of one is then sent to the other. */
function strangers(endpoints: Endpoints | undefined): string[] {
  const hosts = Object.values(endpoints ?? {}).flatMap((url = '') =>
    URL.canParse(url) ? [new URL(url).host] : [],
  )
  const distinct = [...new Set(hosts)].sort()
  return distinct.length > 1 ? distinct : []
}

const NAMED = {
  name: '--name',
  issuer: '--issuer',
  startUrl: '--start-url',
  clientId: '--client-id',
  region: '--region',
  account: '--account',
  role: '--role',
  audience: '--audience',
  resource: '--resource',
  flow: '--flow',
} as const

/** A start URL as browsers show it goes on behind the hash. */
const issuerOf = (given: Given): string | undefined =>
  given.text('issuer') ?? given.text('startUrl')?.replace(/\/?(#.*)?$/, '')

/** What only some providers ask for. */
const detailsOf = (given: Given): Details =>
  Object.fromEntries(
    ['region', 'account', 'role', 'audience', 'resource'].flatMap((name) => {
      const value = given.text(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )

/** What each need of a provider is called here. */
const NEEDS: Readonly<Record<string, { flag: string; isGiven: (given: Given) => boolean }>> = {
  issuer: { flag: '--issuer', isGiven: (given) => issuerOf(given) !== undefined },
  'start-url': { flag: '--start-url', isGiven: (given) => issuerOf(given) !== undefined },
  region: { flag: '--region', isGiven: (given) => given.text('region') !== undefined },
  'token-endpoint': {
    flag: '--token-endpoint',
    isGiven: (given) => given.text('tokenEndpoint') !== undefined,
  },
  'client-id': { flag: '--client-id', isGiven: (given) => given.text('clientId') !== undefined },
  'client-secret': {
    flag: '--client-secret-stdin',
    isGiven: (given) => given.flag('clientSecretStdin') || given.text('clientSecretFrom') !== undefined,
  },
}

/** What was typed, without what was wrong with it. */
const addLine = (given: Given): string => {
  const typed = Object.entries(NAMED).flatMap(([key, flag]) => {
    const value = given.text(key)
    return value === undefined ? [] : [`${flag} '${value}'`]
  })
  return ['fob add', given.argument(0), ...typed].join(' ')
}

function refuseSecretArgument(given: Given): void {
  const isGiven = (name: string): boolean => given.text(name) !== undefined || given.flag(name)
  if (!isGiven('clientSecret') && !isGiven('secret')) return
  throw new UsageFault(
    'a secret on the command line is visible to every process; it is read from standard input instead',
    isGiven('secret') ? addLine(given) : `${addLine(given)} --client-secret-stdin`,
  )
}

async function providerOf(given: Given, client: Client): Promise<ProviderSummary> {
  const typed = given.argument(0)
  const { providers } = await client.call('providers', {})
  const found = providers.find(({ id }) => id === typed)
  if (found !== undefined) return found
  const lower = typed.toLowerCase()
  if (providers.some(({ id }) => id === lower)) {
    throw new UsageFault(`there is no provider ${typed}; did you mean ${lower}?`, `fob add ${lower}`)
  }
  // The daemon refuses it, and knows which one may be meant.
  await client.call('addConnection', { body: { name: 'unknown', provider: typed } })
  throw new UsageFault(`there is no provider ${typed}`, 'fob provider list')
}

/** What the provider needs, and the secret that the flow asked for needs. */
function needsOf(given: Given, { needs, flows }: ProviderSummary): readonly string[] {
  const wanted = given.text('flow')
  const flow = flows.find((each) => wanted === undefined || each.flow === wanted)
  const wantsSecret = flow?.secret === 'required' && flow.flow !== 'static'
  return wantsSecret ? [...new Set([...needs, 'client-secret'])] : needs
}

/** All that is missing at once, and where a client id comes from when that is missing. */
function refuseMissing(given: Given, provider: ProviderSummary): void {
  const missing = needsOf(given, provider).flatMap((need) => {
    const known = NEEDS[need]
    return known === undefined || known.isGiven(given) ? [] : [known.flag]
  })
  if (missing.length === 0) return
  const register = missing.includes('--client-id') ? `; ${howToRegister(given, provider)}` : ''
  const fix = `${addLine(given)} ${missing.map(withValue).join(' ')}`
  throw new UsageFault(`${provider.name} needs ${missing.join(', ')} too${register}`, fix)
}

function howToRegister(given: Given, provider: ProviderSummary): string {
  const where = registrationAt(provider, issuerOf(given)) || 'the server'
  const bySomebody =
    provider.flows.some(({ flow }) => flow === 'code') && given.text('flow') !== 'client-credentials'
  const back = bySomebody ? ` with the redirect URI ${provider.redirectUri}` : ''
  return `register a client at ${where}${back}`
}

const VALUES: Readonly<Record<string, string>> = {
  '--issuer': 'URL',
  '--client-id': 'ID',
  '--token-endpoint': 'URL',
  '--start-url': 'https://ORGANISATION.awsapps.com/start',
  '--region': 'REGION',
}

const withValue = (flag: string): string => [flag, VALUES[flag] ?? []].flat().join(' ')

function scopesOf(given: Given): Pick<Input, 'scopes' | 'preset'> {
  const [scopes, preset] = [given.text('scopes'), given.text('preset')]
  return {
    ...(scopes === undefined ? {} : { scopes: scopes.split(/\s+/).filter((scope) => scope !== '') }),
    ...(preset === undefined ? {} : { preset }),
  }
}

/** The AWS command and SDKs call a program for each role; a person writes it down once. */
function howAwsFindsIt(name: string, { roles }: ProviderSummary, details: Details): string[] {
  if (roles === undefined || (roles === 'byArn' && details['role'] === undefined)) return []
  const words = [
    ...(roles === 'byArn' || 'account' in details ? [] : ['--account ID']),
    ...('role' in details ? [] : ['--role NAME']),
  ]
  const lines = awsProfile(name, words, details['region']).map((line) => `  ${line}`)
  return ['for the AWS command and SDKs, in ~/.aws/config:', ...lines]
}

/** All that was typed; what nobody typed is the provider's usual. */
function bodyOf(given: Given, { id }: ProviderSummary, details: Details): Input {
  const endpoints = endpointsOf(given)
  const [clientId, issuer, variable] = [given.text('clientId'), issuerOf(given), given.text('variable')]
  const [expires, redirectUri] = [given.text('expires'), given.text('redirectUri')]
  return {
    name: given.text('name') ?? id,
    provider: id,
    ...(clientId === undefined ? {} : { clientId }),
    ...scopesOf(given),
    ...(issuer === undefined ? {} : { issuer }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(redirectUri === undefined ? {} : { redirectUri }),
    ...chosen(given),
    ...(endpoints ? { endpoints } : {}),
    ...(variable === undefined ? {} : { variable }),
    ...(expires === undefined ? {} : { secretExpiresAt: momentAfter(expires) }),
  }
}

const isStored = ({ flows }: ProviderSummary): boolean => flows.every(({ flow }) => flow === 'static')

async function secretOf(
  given: Given,
  provider: ProviderSummary,
  output: Output,
): Promise<Pick<Input, 'clientSecret' | 'clientSecretFrom'>> {
  const from = given.text('clientSecretFrom')
  if (from !== undefined && given.flag('clientSecretStdin')) {
    throw new UsageFault(
      'a client secret comes from standard input or stays where it is, not both',
      'fob help add',
    )
  }
  if (from !== undefined) return { clientSecretFrom: referenceIn(from) }
  if (isStored(provider)) return { clientSecret: await readSecret(output, 'Secret') }
  return given.flag('clientSecretStdin') ? { clientSecret: await readSecret(output, 'Client secret') } : {}
}

/** What the provider's page or owner has to know, letter by letter; nothing where fob registers its client itself. */
function whatToRegister(
  given: Given,
  { needs, redirectUri }: ProviderSummary,
  added: ConnectionStatus,
): string[] {
  if (added.flow !== 'code' || !needs.includes('client-id')) return []
  return [`the redirect URI registered for its client has to be ${given.text('redirectUri') ?? redirectUri}`]
}

function addedLine({ name, flow, expiresAt }: ConnectionStatus): string {
  if (flow !== 'static') return `added ${name}; sign in with: fob sign-in ${name}`
  const until = expiresAt === null ? 'without an end' : `until ${expiresAt}`
  return `stored ${name} ${until}; get it with: fob token ${name}`
}

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
    { flags: '--flow <flow>', meaning: 'how consent is got', offers: FLOWS },
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
      offers: AUTHENTICATIONS,
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
    'fob add github --client-id Iv1.abc --flow device',
    'fob add aws --start-url https://acme.awsapps.com/start --region eu-central-1 \\\n      --account 111122223333 --role ReadOnlyAccess',
    'fob add oidc --name work --issuer https://id.example.com --client-id abc \\\n      --scopes "openid offline_access"',
    'fob add static --name npm --expires 2027-03-01 --variable NPM_TOKEN   # asks for the secret',
    'fob add oauth2 --name gate --client-id abc --authorization-endpoint https://gate.example.com/authorize \\\n      --token-endpoint https://gate.example.com/token',
    'pass show ci | fob add oidc --name ci --issuer https://id.example.com \\\n      --client-id ci --flow client-credentials --client-secret-stdin',
    'fob add google --client-id ID --client-secret-from file:/run/secrets/google',
    "fob add google --client-id ID --client-secret-from 'exec:/usr/bin/pass show google'",
  ],
  more:
    '`fob provider show PROVIDER` says where to register a client, with which redirect URI, and which presets there are.\n' +
    'Without a secret the client is public. A secret that stays where it is is read there when it is needed, from a\n' +
    'file of yours alone or from what a program prints: `fob help provider set-secret` says more.\n' +
    'Ask for offline_access if the server gives refresh tokens only then.',
  run: async (given, { startedClient, output }) => {
    refuseSecretArgument(given)
    const client = await startedClient()
    const provider = await providerOf(given, client)
    refuseMissing(given, provider)
    const details = detailsOf(given)
    const body = { ...bodyOf(given, provider, details), ...(await secretOf(given, provider, output)) }
    const added = await output.progress(`asking ${body.issuer ?? provider.name}`, () =>
      client.call('addConnection', { body }),
    )
    if (given.flag('json')) return output.json(added)
    output.line(addedLine(added))
    for (const line of whatToRegister(given, provider, added)) output.line(line)
    for (const line of howAwsFindsIt(added.name, provider, details)) output.line(line)
    if (provider.toolHint !== '') output.line(provider.toolHint.replace('NAME', added.name))
    const hosts = strangers(endpointsOf(given))
    if (hosts.length > 0) output.note(`make sure that these are one server: ${hosts.join(', ')}`)
  },
}
