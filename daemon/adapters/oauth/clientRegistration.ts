/**
 * Registers a client of fob's own where the provider lets programs do that (RFC 7591), and says which client speaks
 * in a request. A registration is made for one sign-in and goes with the grant that comes of it, unless the provider's
 * file says that it is kept: a grant cannot be refreshed by another client than its own.
 */
import { z } from 'zod'
import type { Flow } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { OAuthClient } from '../../core/providerPorts.js'
import type { RegisteredClient } from '../../core/record.js'
import { Secret } from '../../core/secret.js'
import type { RedirectRule, RegistrationRule } from '../../providers/profile.js'
import type { Answer, Exchange } from '../network/outbound.js'
import { jsonIn } from './jsonBody.js'
import { refusedBeginning } from './refusedBeginning.js'

/** RFC 7591 §3.2.1; times are epoch seconds, and 0 is never. */
const Registered = z.object({
  client_id: z.string().min(1),
  client_secret: z.string().min(1).optional(),
  client_secret_expires_at: z.number().nonnegative().optional(),
})

/** The client as it speaks: under the name it was registered by, where fob registered it. */
export function speaking(client: OAuthClient, registered = client.registered): OAuthClient {
  const rule = client.profile.clientRegistration
  if (rule === undefined || registered === undefined) return client
  const { clientId, secret } = registered
  const authentication = secret === undefined ? 'none' : rule.authentication
  return { ...client, definition: { ...client.definition, clientId, authentication }, secret, registered }
}

/**
 * The client that will ask for a consent: where fob registers it a new one, or the one that is kept. Rejects with a
 * Refusal when the provider does not register it.
 */
export async function forSignIn(
  client: OAuthClient,
  exchange: Exchange,
  { flow, now }: { readonly flow: Flow; readonly now: number },
): Promise<OAuthClient> {
  const rule = client.profile.clientRegistration
  // A person may have registered one.
  if (rule === undefined || client.definition.clientId !== '') return client
  const { registered } = client
  if (registered?.kept === true && now < (registered.expiresAt ?? Infinity)) return speaking(client)
  const { kept } = rule
  return speaking(client, {
    ...(await register(client, flow, rule, exchange)),
    ...(kept === undefined ? {} : { kept }),
  })
}

async function register(
  client: OAuthClient,
  flow: Flow,
  rule: RegistrationRule,
  exchange: Exchange,
): Promise<RegisteredClient> {
  const { definition, profile } = client
  const { server, name, scopesAsked: scopes } = definition
  const url = server.endpoints.registration_endpoint
  if (url === undefined) {
    throw new Refusal('misconfigured', `${name} was added without an address to register a client at`, {
      fix: `fob sign-out ${name} --forget`,
    })
  }
  const metadata = {
    client_name: 'fob',
    redirect_uris: [redirectUri(profile.redirect)],
    ...rule.metadata({ issuer: server.issuer, scopes, flow }),
  }
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const body = JSON.stringify(metadata)
  const refused = (error: unknown, answer: Answer | undefined): Refusal =>
    refusedBeginning(error, client, {
      what: 'to register a client for fob',
      answer,
      fix: `fob sign-in ${name}`,
    })
  const answer = await exchange.send({ url, method: 'POST', headers, body }).catch((error: unknown) => {
    throw refused(error, undefined)
  })
  const registered = registeredBy(answer)
  if (registered === undefined) throw refused(undefined, answer)
  return registered
}

/** A port that may be any is left out (RFC 8252 §7.3). */
const redirectUri = ({ host, port, path }: RedirectRule): string =>
  `http://${host}${port === 0 ? '' : `:${port}`}${path}`

/** undefined: it registered none. RFC 7591 asks for 201; AWS answers 200. */
function registeredBy(answer: Answer): RegisteredClient | undefined {
  const { status } = answer
  const registered = Registered.safeParse(jsonIn(answer))
  if (!registered.success || (status !== 200 && status !== 201)) return undefined
  const { client_id: clientId, client_secret: secret, client_secret_expires_at: end = 0 } = registered.data
  return {
    clientId,
    secret: secret === undefined ? undefined : new Secret(secret),
    expiresAt: end === 0 ? null : end * 1000,
  }
}
