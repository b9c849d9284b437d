/**
 * What of the options of `fob add` is missing or may not be there, said before anything is sent: all at once, and
 * with the line to type instead.
 */
import { registrationAt, type ProviderSummary } from '../../shared/contract/provider.js'
import { quoted } from '../../shared/contract/shellWord.js'
import { UsageFault, type Given } from './command.js'
import { issuerOf } from './newConnectionInput.js'

export function refuseSecretArgument(given: Given): void {
  const isGiven = (name: string): boolean => given.text(name) !== undefined || given.flag(name)
  if (!isGiven('clientSecret') && !isGiven('secret')) return
  throw new UsageFault(
    'a secret on the command line is visible to every process; it is read from standard input instead',
    isGiven('secret') ? addLine(given) : `${addLine(given)} --client-secret-stdin`,
  )
}

/** In the provider's words for them, such as `client-id`. */
export const missingNeeds = (given: Given, provider: ProviderSummary): readonly string[] =>
  needsOf(given, provider).filter((need) => {
    const isGiven = GIVEN[need]
    const spared = need === 'client-id' && couldRegister(given, provider)
    return isGiven !== undefined && !isGiven(given) && !spared
  })

/** All that is missing at once, and where a client id comes from when that is missing. */
export function refuseMissing(given: Given, provider: ProviderSummary): void {
  const missing = missingNeeds(given, provider).map(flagFor)
  if (missing.length === 0) return
  const register = missing.includes('--client-id') ? `; ${howToRegister(given, provider)}` : ''
  const fix = `${addLine(given)} ${missing.map(withValue).join(' ')}`
  throw new UsageFault(`${provider.name} needs ${missing.join(', ')} too${register}`, fix)
}

/** Whoever has a secret has a client, and a server that does not describe itself does not say where others are made. */
const couldRegister = (given: Given, { offersRegistration }: ProviderSummary): boolean =>
  offersRegistration &&
  given.text('flow') !== 'client-credentials' &&
  given.text('tokenEndpoint') === undefined &&
  !isSecretGiven(given)

export function howToRegister(given: Given, provider: ProviderSummary): string {
  const where = registrationAt(provider, issuerOf(given)) || 'the server'
  const bySomebody =
    provider.flows.some(({ flow }) => flow === 'code') && given.text('flow') !== 'client-credentials'
  const back = bySomebody ? ` with the redirect URI ${provider.redirectUri}` : ''
  return `register a client at ${where}${back}`
}

/** What the provider needs, and the secret that the flow asked for needs. */
function needsOf(given: Given, { needs, flows }: ProviderSummary): readonly string[] {
  const wanted = given.text('flow')
  const flow = flows.find((each) => wanted === undefined || each.flow === wanted)
  const wantsSecret = flow?.secret === 'required' && flow.flow !== 'static'
  return wantsSecret ? [...new Set([...needs, 'client-secret'])] : needs
}

/** What a person types for what a provider needs. A secret is never among the words that are typed. */
export const flagFor = (need: string): string =>
  need === 'client-secret' ? '--client-secret-stdin' : `--${need}`

const GIVEN: Readonly<Record<string, (given: Given) => boolean>> = {
  issuer: (given) => issuerOf(given) !== undefined,
  'start-url': (given) => issuerOf(given) !== undefined,
  region: (given) => given.text('region') !== undefined,
  'token-endpoint': (given) => given.text('tokenEndpoint') !== undefined,
  'client-id': (given) => given.text('clientId') !== undefined,
  'client-secret': (given) => isSecretGiven(given),
}

const isSecretGiven = (given: Given): boolean =>
  given.flag('clientSecretStdin') || given.text('clientSecretFrom') !== undefined

/** What was typed, without what was wrong with it. */
const addLine = (given: Given): string => {
  const typed = Object.entries(NAMED).flatMap(([key, flag]) => {
    const value = given.text(key)
    return value === undefined ? [] : [`${flag} ${quoted(value)}`]
  })
  return ['fob add', given.argument(0), ...typed].join(' ')
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

const VALUES: Readonly<Record<string, string>> = {
  '--issuer': 'URL',
  '--client-id': 'ID',
  '--token-endpoint': 'URL',
  '--start-url': 'https://ORGANISATION.awsapps.com/start',
  '--region': 'REGION',
}

const withValue = (flag: string): string => [flag, VALUES[flag] ?? []].flat().join(' ')
