/** What is sent for a new connection, put together from what a person typed, and from standard input for a secret. */
import type { CallInput } from '../../shared/client/call.js'
import { Flow } from '../../shared/contract/connection.js'
import { ClientAuthentication, type Details, type Endpoints } from '../../shared/contract/newConnection.js'
import type { ProviderSummary } from '../../shared/contract/provider.js'
import { UsageFault, type Given } from './command.js'
import { momentAfter } from './expiryDate.js'
import type { Output } from './output.js'
import { readSecret } from './secretInput.js'
import { referenceIn } from './secretReferenceText.js'

const HELP = 'fob help add'

export type NewConnectionInput = CallInput<'addConnection'>['body']

/** All that was typed but the secret; what nobody typed is the provider's usual. */
export function typedInput(given: Given, { id }: ProviderSummary): NewConnectionInput {
  const details = detailsOf(given)
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

/** Refuses nothing: the parser lets only words of the contract through. */
function chosen(given: Given): Pick<NewConnectionInput, 'flow' | 'authentication'> {
  const flow = Flow.optional().parse(given.text('flow'))
  const authentication = ClientAuthentication.optional().parse(given.text('clientAuthentication'))
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
  throw new UsageFault('endpoints stated by hand need the token endpoint too', HELP)
}

/** A start URL as browsers show it goes on behind the hash. */
export const issuerOf = (given: Given): string | undefined =>
  given.text('issuer') ?? given.text('startUrl')?.replace(/\/?(#.*)?$/, '')

/** What only some providers ask for. */
const detailsOf = (given: Given): Details =>
  Object.fromEntries(
    ['region', 'account', 'role', 'audience', 'resource'].flatMap((name) => {
      const value = given.text(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )

function scopesOf(given: Given): Pick<NewConnectionInput, 'scopes' | 'preset'> {
  const [scopes, preset] = [given.text('scopes'), given.text('preset')]
  return {
    ...(scopes === undefined ? {} : { scopes: scopes.split(/\s+/).filter((scope) => scope !== '') }),
    ...(preset === undefined ? {} : { preset }),
  }
}

/** The secret, or where it stays; asked for where the connection is nothing but a secret. */
export async function secretInput(
  given: Given,
  provider: ProviderSummary,
  output: Output,
): Promise<Pick<NewConnectionInput, 'clientSecret' | 'clientSecretFrom'>> {
  const from = given.text('clientSecretFrom')
  if (from !== undefined && given.flag('clientSecretStdin')) {
    throw new UsageFault('a client secret comes from standard input or stays where it is, not both', HELP)
  }
  if (from !== undefined) return { clientSecretFrom: referenceIn(from) }
  if (isStored(provider)) return { clientSecret: await readSecret(output, 'Secret', HELP) }
  return given.flag('clientSecretStdin')
    ? { clientSecret: await readSecret(output, 'Client secret', HELP) }
    : {}
}

const isStored = ({ flows }: ProviderSummary): boolean => flows.every(({ flow }) => flow === 'static')
