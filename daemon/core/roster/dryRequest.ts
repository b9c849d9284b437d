/**
 * A dry authorization request: what a sign-in would ask is asked once when a connection is added, so that a client,
 * redirect URI or scope that the server does not take is told while the person is at it. Invariants: it hinders
 * nothing; only what can be relied on counts, as much as the provider's profile says; trouble on the way is silence.
 */
import type { SignInDoubt } from '../../../shared/contract/newConnection.js'
import type { ProviderProfile, RedirectRule } from '../../providers/profile.js'
import { filler, registrationOf } from '../setbacks/causes.js'
import type { Connection } from '../connection/connection.js'
import type { DryAnswer } from '../providerPorts.js'
import type { ProvingServer } from '../clientSecret/provingServer.js'
import type { ConnectionDefinition, OAuthDefinition } from '../record.js'

/** Stands for the port that is free when a person signs in. */
const SOME_PORT = 50_000

/** undefined: nothing against it, or nobody to ask. */
export async function dryRequest(
  server: Pick<ProvingServer, 'dryRequest'>,
  connection: Pick<Connection, 'definition' | 'profile' | 'client'>,
): Promise<SignInDoubt | undefined> {
  const { definition, profile } = connection
  if (!isAskable(definition, profile)) return undefined
  const uri = definition.redirectUri ?? triedUri(profile.redirect)
  // A secret that cannot be fetched any more: the sign-in will say so.
  const answer = await server.dryRequest(connection.client, uri).catch(() => NOTHING)
  const complaint = complaintIn(answer, profile)
  return complaint && doubtOf(complaint, uri, { definition, profile })
}

const NOTHING: DryAnswer = { kind: 'nothing' }

/** A client that fob registers is there only once somebody signs in. */
const isAskable = (
  definition: ConnectionDefinition,
  { dryRequest: rule }: ProviderProfile,
): definition is OAuthDefinition =>
  definition.flow === 'code' &&
  definition.server?.endpoints.authorization_endpoint !== undefined &&
  definition.clientId !== '' &&
  rule !== 'nothing'

const triedUri = ({ host, port, path }: RedirectRule): string =>
  `http://${host}:${port === 0 ? SOME_PORT : port}${path}`

export interface Complaint {
  /** The RFC's word for it; '' where there is none. */
  readonly error: string
  readonly said: string
}

/** That somebody has to sign in or agree (OpenID Connect Core §3.1.2.6): all is well. */
const WANTS_PERSON: ReadonlySet<string> = new Set([
  'login_required',
  'interaction_required',
  'consent_required',
  'account_selection_required',
  // What some say instead when nobody is signed in.
  'access_denied',
])

/** RFC 6749 §4.1.2.1: it passes. */
const PASSES: ReadonlySet<string> = new Set(['server_error', 'temporarily_unavailable'])

/** What JSON at this place is believed by its word alone: other programs in front of a server have words as well. */
const OF_THE_CLIENT: ReadonlySet<string> = new Set([
  'invalid_client',
  'unauthorized_client',
  'invalid_scope',
  'invalid_target',
  'invalid_redirect_uri',
  'redirect_uri_mismatch',
  'unsupported_response_type',
])

/** "Your client has issued a malformed request" is no word about the client that is registered. */
const NAMES_IT =
  /redirect[ _-]?ur[il]|callback[ _-]?ur[il]|client[ _-]?id|(invalid|unknown|unregistered)[ _]client|client (was |is )?(not|invalid|unknown|disabled)/i

/** Statuses by which a page says that the request is wrong, and not who asks or what fails behind it. */
const PAGES: ReadonlySet<number> = new Set([400, 401])

/** Says it twice, as `error` and `error_description` of a page: more is the page's own talk. */
const MOST_LINES = 2

/** What an answer says against a request; undefined: nothing, or nothing to rely on. */
export function complaintIn(
  answer: DryAnswer,
  { dryRequest: rule, errors }: Pick<ProviderProfile, 'dryRequest' | 'errors'>,
): Complaint | undefined {
  if (answer.kind === 'nothing') return undefined
  if (answer.kind === 'page') {
    const lines = answer.lines.filter((line) => NAMES_IT.test(line)).slice(0, MOST_LINES)
    const counts = rule === 'pages' && PAGES.has(answer.status) && lines.length > 0
    return counts ? { error: '', said: lines.join('; ') } : undefined
  }
  const { said: description } = answer
  const error = (Object.hasOwn(errors, answer.error) ? errors[answer.error] : undefined) ?? answer.error
  if (WANTS_PERSON.has(error) || PASSES.has(error)) return undefined
  const said = description === '' ? answer.error : `${answer.error}: ${description}`
  if (answer.kind === 'error') return isOfClient(answer, error, said) ? { error, said } : undefined
  // A server that does not know the parameter by which it was told to ask nobody.
  return error === 'invalid_request' && /\bprompt\b/i.test(description) ? undefined : { error, said }
}

/** Of the statuses, 408 and 429 pass, and so does what is 5xx. */
const isOfClient = (
  { status }: Extract<DryAnswer, { kind: 'error' }>,
  error: string,
  said: string,
): boolean =>
  status >= 400 &&
  status < 500 &&
  status !== 408 &&
  status !== 429 &&
  (OF_THE_CLIENT.has(error) || NAMES_IT.test(said))

interface Asked {
  readonly definition: OAuthDefinition
  readonly profile: ProviderProfile
}

function doubtOf({ error, said }: Complaint, uri: string, about: Asked): SignInDoubt {
  const fill = filler(about)
  const scopes = about.definition.scopesAsked.length === 0 ? 'no scopes' : 'the scopes {scopes}'
  return {
    asked: fill(`the client {clientId}, the redirect URI ${uri} and ${scopes}`),
    said,
    fix: { kind: 'open', place: registrationOf(about), todo: fill(todoFor(error)) },
  }
}

function todoFor(error: string): string {
  switch (error) {
    case 'invalid_scope':
      return 'allow the client {clientId} these scopes, or add the connection again with others'
    case 'invalid_target':
      return 'allow the client {clientId} what the access token is to be for, or add the connection again'
    case 'unauthorized_client':
    case 'unsupported_response_type':
      return 'allow the client {clientId} the authorization code flow, with the redirect URI {redirectUri}'
    default:
      return 'see that there is a client {clientId}, and that its redirect URI is {redirectUri}'
  }
}
