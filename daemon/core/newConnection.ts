/**
 * A person's wish for a connection, completed by what its provider's profile knows. Pure. Invariant: what comes out
 * names server, flow, client authentication and scopes; nothing is guessed later.
 */
import { Refusal } from '../../shared/contract/errors.js'
import { Flow, type ConsentFlow } from '../../shared/contract/connection.js'
import { Scope } from '../../shared/contract/ids.js'
import type {
  AddConnection,
  ClientAuthentication,
  Details,
  Endpoints,
} from '../../shared/contract/newConnection.js'
import type { Base, ProviderProfile } from '../providers/profile.js'
import { originOf } from './origins.js'
import { registeredUri, wayBack } from './wayBack.js'

/** A connection to be added, with nothing left open but what the server itself says. */
export interface PlannedConnection extends Omit<
  AddConnection,
  'scopes' | 'preset' | 'issuer' | 'flow' | 'clientId' | 'variable' | 'clientSecretFrom' | 'secretExpiresAt'
> {
  readonly profile: ProviderProfile
  readonly issuer: string
  /** '' where fob registers a client itself. */
  readonly clientId: string
  readonly flow: ConsentFlow
  readonly scopes: Scope[]
  /** Where an access token is turned into credentials of a role. */
  readonly roleEndpoint?: string
}

export function planned(request: AddConnection, profile: ProviderProfile): PlannedConnection {
  const { name, provider, clientSecret } = request
  refuseOfStored(request)
  const clientId = clientIdFor(request, profile)
  const details = detailsFor(request, profile)
  const flow = flowFor(request, profile)
  const authentication = request.authentication ?? authenticationFor(request, flow, profile)
  const at = addresses(request, profile, clientId, details, flow)
  const roleEndpoint = profile.roles?.endpoint(at.issuer, details)
  return {
    profile,
    name,
    provider,
    clientId,
    flow,
    ...(clientSecret === undefined ? {} : { clientSecret }),
    ...at,
    ...(roleEndpoint === undefined ? {} : { roleEndpoint }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...wayBack(request, scopesFor(request, profile), profile),
    ...(authentication === undefined ? {} : { authentication }),
  }
}

/** A variable is a stored secret's; for others whoever may add variables to terminals says so in the settings. */
function refuseOfStored({ variable, clientSecret, secretExpiresAt }: AddConnection): void {
  if (secretExpiresAt !== undefined && clientSecret === undefined) {
    throw new Refusal('bad_request', 'the end of a secret is named, and there is no secret', {
      field: 'secretExpiresAt',
      fix: 'fob help add',
    })
  }
  if (variable === undefined) return
  throw new Refusal('bad_request', 'only a stored secret brings its variable; for others use delivery.env', {
    field: 'variable',
    fix: 'fob help add',
  })
}

function clientIdFor(request: AddConnection, { id, name, clientRegistration }: ProviderProfile): string {
  const { clientId } = request
  const registers =
    clientRegistration?.offered === true ? couldRegister(request) : clientRegistration !== undefined
  if (!registers && clientId === undefined) {
    throw new Refusal('bad_request', `name the client id registered at the provider`, {
      field: 'clientId',
      fix: `fob add ${id} --client-id ID`,
    })
  }
  if (!registers || clientRegistration?.offered === true || clientId === undefined) return clientId ?? ''
  throw new Refusal('bad_request', `${name} needs no client id: fob registers a client itself`, {
    field: 'clientId',
    fix: 'fob help add',
  })
}

/** A secret is that of a client there is; and a server that describes itself says where others are registered. */
const couldRegister = ({ clientSecret, endpoints, flow }: AddConnection): boolean =>
  clientSecret === undefined && endpoints === undefined && flow !== 'client-credentials'

/** Whoever named no client has to name one, where the server registers none. */
export function refuseUnregistered(
  { clientId, issuer, name, profile }: PlannedConnection,
  to: Endpoints,
): void {
  if (profile.clientRegistration?.offered !== true || clientId !== '') return
  if (to.registration_endpoint !== undefined) return
  const back = `with the redirect URI ${registeredUri(profile.redirect)}`
  throw new Refusal(
    'misconfigured',
    `${issuer} registers no client for programs: register one there, ${back}`,
    {
      field: 'clientId',
      fix: `fob add ${profile.id} --name ${name} --issuer '${issuer}' --client-id ID`,
    },
  )
}

/** What was told, each of the shape the provider has it in. */
function detailsFor(request: AddConnection, { name, details = {} }: ProviderProfile): Details {
  const told = request.details ?? {}
  for (const [key, { pattern, example, required }] of Object.entries(details)) {
    const text = told[key]
    if (text === undefined ? !required : pattern.test(text)) continue
    const message = text === undefined ? `${name} needs a ${key}` : `that is no ${key} of ${name}`
    const detail = { field: `details.${key}`, fix: `fob add ${request.provider} --${key} ${example}` }
    throw new Refusal('bad_request', message, detail)
  }
  const unknown = Object.keys(told).find((key) => !Object.hasOwn(details, key))
  if (unknown === undefined) return told
  throw new Refusal('bad_request', `${name} has no ${unknown}`, {
    field: `details.${unknown}`,
    fix: 'fob help add',
  })
}

/** A person in the browser where that is possible. */
function flowFor({ flow }: AddConnection, profile: ProviderProfile): ConsentFlow {
  const wanted = flow ?? Flow.options.find((each) => profile.flows[each] !== undefined) ?? 'code'
  if (wanted === 'static') throw noSuchFlow(wanted, profile)
  return wanted
}

/** undefined: as the server says, by whether there is a secret. */
function authenticationFor(
  { clientSecret, provider, name, clientId = 'ID', issuer }: AddConnection,
  flow: Flow,
  profile: ProviderProfile,
): ClientAuthentication | undefined {
  const rule = profile.flows[flow]
  if (rule === undefined) throw noSuchFlow(flow, profile)
  if (rule === 'bySecret') return undefined
  if (rule === 'none' || clientSecret !== undefined) return rule
  const at = issuer === undefined ? '' : `--issuer '${issuer}' `
  throw new Refusal('bad_request', `${profile.name} wants a client secret for the ${flow} flow`, {
    field: 'clientSecret',
    fix: `fob add ${provider} --name ${name} ${at}--client-id '${clientId}' --flow ${flow} --client-secret-stdin`,
  })
}

function noSuchFlow(flow: Flow, profile: ProviderProfile): Refusal {
  const offered = Object.keys(profile.flows)
  return new Refusal('bad_request', `${profile.name} has no ${flow} flow, only ${offered.join(' and ')}`, {
    field: 'flow',
    fix: `fob add ${profile.id} --flow ${offered[0] ?? 'code'}`,
  })
}

function addresses(
  request: AddConnection,
  { server, id, name }: ProviderProfile,
  clientId: string,
  details: Details,
  flow: Flow,
): Pick<PlannedConnection, 'issuer' | 'endpoints'> {
  if (server.kind === 'none') {
    throw new Refusal('bad_request', `${name} has no server to sign in to`, { field: 'provider' })
  }
  if (server.kind === 'stated') return statedAddresses(request)
  if (server.kind === 'discovered') {
    const issuer = request.issuer ?? server.issuer
    if (issuer !== undefined) return { issuer, ...givenEndpoints(request) }
    throw new Refusal('bad_request', 'name the server: its issuer is missing', {
      field: 'issuer',
      fix: `fob help add`,
    })
  }
  if (request.endpoints !== undefined) {
    throw new Refusal('bad_request', `the endpoints of ${id} are known; name an installation by its issuer`, {
      field: 'endpoints',
      fix: 'fob help add',
    })
  }
  const at = request.issuer ?? server.base
  if (at === '') {
    throw new Refusal('bad_request', `${name} is at an address of your own organisation: name it`, {
      field: 'issuer',
      fix: 'fob help add',
    })
  }
  const base = baseOf(at)
  if (server.ended?.hosts.test(base.hostname) === true) {
    throw new Refusal('misconfigured', server.ended.what, { field: 'issuer', fix: 'fob provider list' })
  }
  return { issuer: base.url, endpoints: server.endpoints(base, clientId, details, flow) }
}

/** Such a server has no name of its own: the origin that tokens go to stands for it. */
function statedAddresses({ endpoints, issuer, provider, name, clientId }: AddConnection) {
  if (endpoints !== undefined) return { issuer: issuer ?? originOf(endpoints.token_endpoint), endpoints }
  throw new Refusal('bad_request', 'name the server: its token endpoint is missing', {
    field: 'endpoints.token_endpoint',
    fix: `fob add ${provider} --name ${name} --client-id '${clientId ?? 'ID'}' --token-endpoint URL`,
  })
}

const givenEndpoints = ({ endpoints }: AddConnection): Pick<PlannedConnection, 'endpoints'> =>
  endpoints === undefined ? {} : { endpoints }

/** Rejects with `bad_request` what is no address of an installation. */
export function baseOf(text: string): Base {
  const [, scheme = '', hostname = '', port = '', path = ''] =
    /^(https?):\/\/([^/:?#@]+)(:\d+)?(\/[^?#]*)?$/.exec(text) ?? []
  if (hostname === '') {
    throw new Refusal('bad_request', 'the installation must be a URL such as https://git.example.com', {
      field: 'issuer',
      fix: 'fob help add',
    })
  }
  const origin = `${scheme}://${hostname}${port}`
  return { url: `${origin}${path.replace(/\/+$/, '')}`, origin, hostname }
}

function scopesFor({ scopes, preset }: AddConnection, profile: ProviderProfile): Scope[] {
  const { usual, presets, needed = [] } = profile.scopes
  if (scopes !== undefined && preset !== undefined) {
    throw new Refusal('bad_request', 'either scopes or a preset of them, not both', { field: 'preset' })
  }
  if (scopes !== undefined) {
    return [
      ...needed.map((scope) => Scope.parse(scope)).filter((scope) => !scopes.includes(scope)),
      ...scopes,
    ]
  }
  if (preset === undefined) return usual.map((scope) => Scope.parse(scope))
  const named = presets[preset]
  if (named !== undefined) return named.map((scope) => Scope.parse(scope))
  throw noPreset(preset, profile)
}

function noPreset(preset: string, { id, name, scopes: { presets, unnamed } }: ProviderProfile): Refusal {
  const offered = Object.keys(presets).join(', ') || 'none'
  const message =
    unnamed?.purposes.some((purpose) => purpose === preset) === true
      ? `${name} has no preset ${preset}: ${unnamed.why}`
      : `${name} has no preset ${preset}; it has ${offered}`
  return new Refusal('bad_request', message, { field: 'preset', fix: `fob provider show ${id}` })
}
