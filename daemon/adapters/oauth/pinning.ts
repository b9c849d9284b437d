/**
 * Settles, when a connection is added, which server it belongs to and how the client proves itself there.
 * Invariants: the server calls itself exactly what the person called it (RFC 8414 §3.3); every endpoint is https
 * or on loopback; a server that takes no PKCE with S256 is refused (RFC 9700 §2.1.1). Nothing is looked up later.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { ClientAuthentication, Endpoints } from '../../../shared/contract/newConnection.js'
import { quoted } from '../../../shared/contract/shellWord.js'
import type { Pinning } from '../../core/providerPorts.js'
import type { PinnedServer } from '../../core/record.js'
import { Secret } from '../../core/secret.js'
import { checkKeyMaterial, methodForKeyMaterial } from './clientAuthentication.js'
import { discover, lookUp } from './discovery.js'
import type { ServerMetadata } from './discovery.js'
import type { PlannedConnection } from '../../core/newConnection.js'
import type { Exchange } from '../network/outbound.js'
import { isSecureUrl } from '../network/serverUrl.js'

export async function pin(request: PlannedConnection, exchange: Exchange): Promise<Pinning> {
  const pinning = await settle(request, exchange)
  checkKeys(request, pinning.server)
  return pinning
}

async function settle(request: PlannedConnection, exchange: Exchange): Promise<Pinning> {
  checkIssuer(request.issuer)
  await checkSecret(request)
  if (request.endpoints !== undefined) {
    checkEndpoints(request.endpoints, 'bad_request', 'fob help add')
    checkFlow(request, request.endpoints)
    const server = plainServer(request.issuer, request.endpoints)
    return { server, authentication: chooseAuthentication(request, undefined) }
  }
  const metadata = await discover(request, exchange)
  checkPkce(request, metadata)
  const authentication = chooseAuthentication(request, metadata.token_endpoint_auth_methods_supported)
  const endpoints = endpointsFor(authentication, metadata, request)
  checkEndpoints(endpoints, 'misconfigured', lookUp(request.issuer))
  checkFlow(request, endpoints)
  return { server: discoveredServer(metadata, endpoints), authentication }
}

/** Whoever is handed an id token relies on its having been checked when the person signed in. */
function checkKeys({ profile }: PlannedConnection, { jwksUri, issuer }: PinnedServer): void {
  if (profile.credential !== 'idToken' || jwksUri !== undefined) return
  const message = `${issuer} publishes no keys that its id tokens could be checked with; name its issuer alone`
  throw new Refusal('misconfigured', message, { field: 'issuer', fix: 'fob help add' })
}

/** The command that asked for this, but for what was wrong with it. */
const addLine = (request: PlannedConnection): string =>
  `fob add ${request.provider} --name ${request.name} ${whereOf(request)} --client-id ${quoted(request.clientId)}`

/** A server that a person described by its endpoints has no other name. */
function whereOf({ issuer, endpoints, profile }: PlannedConnection): string {
  if (endpoints === undefined || profile.server.kind !== 'stated') return `--issuer ${quoted(issuer)}`
  const { authorization_endpoint: authorization, token_endpoint: token } = endpoints
  const asks = authorization === undefined ? '' : ` --authorization-endpoint ${quoted(authorization)}`
  return `--token-endpoint ${quoted(token)}${asks}`
}

/** RFC 8414 §2: https (or loopback), without query or fragment; and no password in it. */
function checkIssuer(issuer: string): void {
  const fix = 'fob help add'
  if (!isSecureUrl(issuer)) {
    throw new Refusal('bad_request', 'the issuer must be an https URL; plain http is for loopback only', {
      field: 'issuer',
      fix,
    })
  }
  const { search, hash, username, password } = new URL(issuer)
  if (`${search}${hash}${username}${password}` !== '' || /[?#]/.test(issuer)) {
    const message = 'the issuer must be a URL without query, fragment and credentials'
    throw new Refusal('bad_request', message, { field: 'issuer', fix })
  }
}

async function checkSecret(request: PlannedConnection): Promise<void> {
  const { authentication, clientSecret, flow } = request
  if (clientSecret === undefined) {
    const needed = authentication !== undefined && authentication !== 'none'
    // RFC 6749 §4.4: this flow is for clients that can prove who they are.
    if (!needed && flow !== 'client-credentials') return
    const message = needed
      ? `${authentication} needs a client secret`
      : 'client credentials need a client secret'
    const fix = `${addLine(request)} --client-secret-stdin`
    throw new Refusal('bad_request', message, { field: 'clientSecret', fix })
  }
  if (authentication === 'none') {
    const message = 'a client secret was given, and the authentication says there is none'
    throw new Refusal('bad_request', message, { field: 'authentication', fix: addLine(request) })
  }
  const method = authentication ?? methodForKeyMaterial(clientSecret)
  if (method !== undefined) await checkKeyMaterial(method, new Secret(clientSecret))
}

function checkPkce(request: PlannedConnection, metadata: ServerMetadata): void {
  const methods = metadata.code_challenge_methods_supported
  if (request.flow !== 'code' || !methods || methods.includes('S256')) return
  const message = 'the server does not offer PKCE with S256, without which a code can be stolen on its way'
  throw new Refusal('misconfigured', message, { field: 'issuer', fix: `${addLine(request)} --flow device` })
}

function checkEndpoints(endpoints: Endpoints, code: 'bad_request' | 'misconfigured', fix: string): void {
  for (const [name, url] of Object.entries(endpoints)) {
    const fault = url === undefined ? undefined : endpointFault(url)
    if (fault !== undefined)
      throw new Refusal(code, `the ${name} ${fault}`, { field: `endpoints.${name}`, fix })
  }
}

/** RFC 6749 §3.1 and §3.2: no fragment; and a password in it would be sent, shown and stored as if it were none. */
function endpointFault(text: string): string | undefined {
  if (!isSecureUrl(text)) return 'must be an https URL; plain http is for loopback only'
  const { username, password } = new URL(text)
  if (username !== '' || password !== '') return 'must be a URL without user name and password'
  return text.includes('#') ? 'must be a URL without a fragment' : undefined
}

/** Each flow begins at an endpoint of its own. */
function checkFlow(request: PlannedConnection, endpoints: Endpoints): void {
  const { flow } = request
  const needed = { code: 'authorization_endpoint', device: 'device_authorization_endpoint' } as const
  if (flow === 'client-credentials' || endpoints[needed[flow]] !== undefined) return
  const other = flow === 'code' ? 'device' : 'code'
  throw new Refusal('misconfigured', `the server has no ${needed[flow]}, which the ${flow} flow needs`, {
    field: 'flow',
    fix: endpoints[needed[other]] === undefined ? 'fob help add' : `${addLine(request)} --flow ${other}`,
  })
}

/** RFC 8414 §2: a server that does not say takes Basic. */
function chooseAuthentication(
  request: PlannedConnection,
  offered: readonly string[] | null | undefined,
): ClientAuthentication {
  if (request.authentication !== undefined) return request.authentication
  if (request.clientSecret === undefined) return 'none'
  const byLooks = methodForKeyMaterial(request.clientSecret)
  if (byLooks !== undefined) return byLooks
  const methods = offered ?? ['client_secret_basic']
  for (const method of ['client_secret_basic', 'client_secret_post'] as const) {
    if (methods.includes(method)) return method
  }
  const message = `the server takes no client secret, only ${methods.slice(0, 10).join(', ')}`
  throw new Refusal('misconfigured', message, { field: 'authentication', fix: 'fob help add' })
}

/** With a client certificate the server may have endpoints of their own (RFC 8705 §5). */
function endpointsFor(
  authentication: ClientAuthentication,
  metadata: ServerMetadata,
  request: PlannedConnection,
): Endpoints {
  const aliases = authentication === 'tls_client_auth' ? (metadata.mtls_endpoint_aliases ?? {}) : {}
  const pick = (name: keyof typeof aliases): string | undefined =>
    aliases[name] ?? metadata[name] ?? undefined
  const token = pick('token_endpoint')
  if (token === undefined) {
    const fix = lookUp(request.issuer)
    throw new Refusal('misconfigured', `${request.issuer} names no token endpoint`, { field: 'issuer', fix })
  }
  const others = {
    authorization_endpoint: metadata.authorization_endpoint ?? undefined,
    device_authorization_endpoint: pick('device_authorization_endpoint'),
    registration_endpoint:
      request.clientId === '' ? (metadata.registration_endpoint ?? undefined) : undefined,
    revocation_endpoint: pick('revocation_endpoint'),
    userinfo_endpoint: pick('userinfo_endpoint'),
    // Only where nothing else will do: a server may offer it to some of its clients.
    pushed_authorization_request_endpoint: metadata.require_pushed_authorization_requests
      ? pick('pushed_authorization_request_endpoint')
      : undefined,
  }
  const named = Object.fromEntries(Object.entries(others).filter(([, url]) => url !== undefined))
  return { token_endpoint: token, ...named }
}

/** Signatures that need the server's public key: a shared secret or `none` proves nothing here. */
const PUBLIC_KEY_ALGORITHM = /^(RS|PS|ES)(256|384|512)$|^EdDSA$|^Ed25519$/

function discoveredServer(metadata: ServerMetadata, endpoints: Endpoints): PinnedServer {
  const algorithms = metadata.id_token_signing_alg_values_supported ?? []
  const jwksUri = metadata.jwks_uri ?? undefined
  if (jwksUri !== undefined && !isSecureUrl(jwksUri)) {
    const fix = lookUp(metadata.issuer)
    throw new Refusal('misconfigured', 'the jwks_uri must be an https URL', { field: 'issuer', fix })
  }
  return {
    issuer: metadata.issuer,
    endpoints,
    jwksUri,
    promisesIss: metadata.authorization_response_iss_parameter_supported === true,
    idTokenAlgorithms: algorithms.filter((name) => PUBLIC_KEY_ALGORITHM.test(name)),
  }
}

const plainServer = (issuer: string, endpoints: Endpoints): PinnedServer => ({
  issuer,
  endpoints,
  jwksUri: undefined,
  promisesIss: false,
  idTokenAlgorithms: [],
})
