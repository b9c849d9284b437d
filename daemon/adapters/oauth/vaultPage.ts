/**
 * The page of the identity provider at which a login to HashiCorp Vault goes on, from Vault's answer.
 * Invariants: it is an https page (or on loopback), and its `state` is the one the browser must bring back.
 */
import { z } from 'zod'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Endpoints } from '../../../shared/contract/newConnection.js'
import { NotBegun, type OAuthClient } from '../../core/providerPorts.js'
import type { Answer } from '../network/outbound.js'
import { isSecureUrl } from '../network/serverUrl.js'
import { exactJsonIn } from './jsonBody.js'
import { printable } from './tokenOutcome.js'
import { errorsIn, refusedOutcome } from './vaultAnswer.js'

const AuthUrl = z.object({ data: z.object({ auth_url: z.string() }) })

export interface ProviderPage {
  readonly url: string
  readonly state: string
}

/** Throws a Refusal: Vault does not begin the login, or names a page that must not be opened. */
export function providerPage(answer: Answer, client: OAuthClient, redirectUri: string): ProviderPage {
  const json = exactJsonIn(answer)
  const page = AuthUrl.safeParse(json).data?.data.auth_url
  if (page === undefined) throw notBegun(answer, json, client)
  if (page === '') throw notAllowed(client, redirectUri)
  if (!isSecureUrl(page)) throw new Refusal('provider_refused', 'the page to sign in at is not an https page')
  const url = new URL(page)
  const state = url.searchParams.get('state') ?? ''
  if (state !== '') return { url: url.href, state }
  const message = 'the page to sign in at has no state, so that its answer could be forged'
  throw new Refusal('provider_refused', message)
}

function notBegun({ status }: Answer, json: unknown, { definition: { name } }: OAuthClient): Refusal {
  const said = printable(errorsIn(json) ?? '')
  const message = `Vault does not begin the login: ${said === '' ? `it answered ${status}` : said}`
  const fix = `fob sign-in ${name}`
  if (said === '') return new Refusal('provider_refused', message, { fix })
  return new NotBegun(refusedOutcome({ status, words: said }, 'invalid_request'), message, { fix })
}

/** Vault says this by an empty address and no more: it does not tell strangers what a role allows. */
function notAllowed({ definition }: OAuthClient, redirectUri: string): Refusal {
  const { clientId: role, server } = definition
  const message = `Vault's role ${role} may not be sent back to ${redirectUri}; allow it in allowed_redirect_uris`
  const outcome = refusedOutcome(
    { status: 200, words: 'it gave no address to sign in at' },
    'redirect_uri_mismatch',
  )
  const fix = `vault read '${rolesOf(server.endpoints)}/${role}'`
  return new NotBegun(outcome, message, { fix }, 'misconfigured')
}

/** `auth/oidc/role`, as the person's own command would name it. */
const rolesOf = ({ authorization_endpoint: url = '' }: Endpoints): string =>
  url.replace(/^[^/]*\/\/[^/]*\/v1\//, '').replace(/oidc\/auth_url$/, 'role')
