/**
 * Asks a server to describe itself: OpenID Connect discovery first, then RFC 8414. What it says is shaped by one
 * schema, and refused unless it names the issuer that was asked for, character by character.
 */
import { allowInsecureRequests, customFetch, discovery, None } from 'openid-client'
import type { CustomFetch } from 'openid-client'
import { z } from 'zod'
import { Refusal } from '../../../shared/contract/errors.js'
import { quoted } from '../../../shared/contract/shellWord.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import { fetchOver } from '../network/outbound.js'
import type { PlannedConnection } from '../../core/newConnection.js'
import type { Exchange } from '../network/outbound.js'

const ServerUrl = z.url().max(2048).nullish()

/** RFC 8414 §2 (and with it RFC 7591 §3), RFC 8705 §5, RFC 9126 §5, RFC 9207 §3: the members fob reads. Some servers write null for "none". */
const ServerMetadata = z.object({
  issuer: z.string(),
  authorization_endpoint: ServerUrl,
  token_endpoint: ServerUrl,
  device_authorization_endpoint: ServerUrl,
  registration_endpoint: ServerUrl,
  revocation_endpoint: ServerUrl,
  userinfo_endpoint: ServerUrl,
  pushed_authorization_request_endpoint: ServerUrl,
  require_pushed_authorization_requests: z.boolean().nullish(),
  jwks_uri: ServerUrl,
  code_challenge_methods_supported: z.array(z.string()).nullish(),
  token_endpoint_auth_methods_supported: z.array(z.string()).nullish(),
  id_token_signing_alg_values_supported: z.array(z.string()).nullish(),
  authorization_response_iss_parameter_supported: z.boolean().nullish(),
  mtls_endpoint_aliases: z
    .object({
      token_endpoint: ServerUrl,
      device_authorization_endpoint: ServerUrl,
      revocation_endpoint: ServerUrl,
      userinfo_endpoint: ServerUrl,
      pushed_authorization_request_endpoint: ServerUrl,
    })
    .nullish(),
})
export type ServerMetadata = z.output<typeof ServerMetadata>

/** Rejects with `provider_unreachable`, or `misconfigured` naming the issuer. */
export async function discover(request: PlannedConnection, exchange: Exchange): Promise<ServerMetadata> {
  const urls = wellKnownUrls(request.issuer)
  const malformed: string[] = []
  for (const url of urls) {
    const described = await describedAt(url, exchange)
    if (typeof described === 'string') malformed.push(`what ${url} says is of no use: ${described}`)
    else if (described !== undefined) {
      if (described.issuer !== request.issuer) throw wrongIssuer(request, described.issuer)
      return described
    }
  }
  const [message = `nothing describes this server at ${urls.join(' or ')}`] = malformed
  throw new Refusal('misconfigured', message, { field: 'issuer', fix: lookUp(request.issuer) })
}

/** What shows a person how a server describes itself. */
export const lookUp = (issuer: string): string => `curl ${wellKnownUrls(issuer)[0]}`

/** OpenID Connect Discovery §4 appends, RFC 8414 §3.1 inserts; both drop a closing slash. */
function wellKnownUrls(issuer: string): readonly [string, string] {
  const { origin, pathname } = new URL(issuer)
  const path = pathname.replace(/\/$/, '')
  return [
    `${origin}${path}/.well-known/openid-configuration`,
    `${origin}/.well-known/oauth-authorization-server${path}`,
  ]
}

/** undefined: nothing there that describes a server; a text: what is wrong with what does. */
async function describedAt(url: string, exchange: Exchange): Promise<ServerMetadata | string | undefined> {
  let status = 0
  const send = fetchOver(exchange)
  const fetch: CustomFetch = async (...request) => {
    const response = await send(...request).catch((error: unknown) => refuseUnreachable(error, url))
    status = response.status
    return response
  }
  try {
    // Named in full, so that the library leaves the comparison of issuers, which it does loosely, to us.
    const found = await discovery(new URL(url), 'fob', undefined, None(), {
      [customFetch]: fetch,
      execute: [allowInsecureRequests],
    })
    return ServerMetadata.parse(found.serverMetadata())
  } catch (error) {
    const refusal = refusalIn(error)
    if (refusal !== undefined) throw refusal
    if (status >= 500 || status === 429) {
      throw new Refusal('provider_unreachable', `${new URL(url).host} answered ${status}; try again later`, {
        field: 'issuer',
        fix: `curl -v ${url}`,
      })
    }
    return status === 200 ? faultOf(error) : undefined
  }
}

/** In the words of the schema, and never in those of whoever answered. */
function faultOf(error: unknown): string {
  const [issue] = error instanceof z.ZodError ? error.issues : []
  return issue === undefined
    ? 'it is no JSON with an issuer in it'
    : `${issue.path.join('.')}: ${issue.message}`
}

function refuseUnreachable(error: unknown, url: string): never {
  if (error instanceof ExchangeFailure) {
    throw new Refusal('provider_unreachable', error.message, { field: 'issuer', fix: `curl -v ${url}` })
  }
  throw error
}

/** The library wraps what its fetch throws. */
function refusalIn(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error
  return error instanceof Error && error.cause instanceof Refusal ? error.cause : undefined
}

function wrongIssuer(request: PlannedConnection, said: string): Refusal {
  if (/\{\w+\}/.test(said)) return manyIssuers(request, said)
  const sameServer = URL.canParse(said) && new URL(said).origin === new URL(request.issuer).origin
  const shown = shownIssuer(said)
  return new Refusal('misconfigured', `the server at ${request.issuer} names another issuer, ${shown}`, {
    field: 'issuer',
    // Another server's name is no advice to give: it may be an attack (RFC 8414 §6.2).
    fix: sameServer
      ? `fob add ${request.provider} --name ${request.name} --issuer ${quoted(shown)} --client-id ${quoted(request.clientId)}`
      : lookUp(request.issuer),
  })
}

/** A server's word, for a person to read. */
const shownIssuer = (said: string): string => said.replace(/[^\x21-\x7e]/g, '?').slice(0, 200)

/** An address for all tenants has no issuer of its own, so its answers could be any tenant's. */
function manyIssuers(request: PlannedConnection, said: string): Refusal {
  const message = `${request.issuer} is the address of many tenants; name yours, as in ${shownIssuer(said)}`
  return new Refusal('misconfigured', message, { field: 'issuer', fix: 'fob help add' })
}
