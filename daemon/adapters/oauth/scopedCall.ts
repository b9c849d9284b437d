/**
 * An access token for less, by a provider's own call with the access token there is (`ScopedCall`). Invariants: one
 * request, never repeated; it spends no refresh token, so that an answer which is lost costs nothing.
 */
import { z } from 'zod'
import type { Outcome } from '../../core/outcome.js'
import type { OAuthClient } from '../../core/providerPorts.js'
import { Secret } from '../../core/secret.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import type { Answer, Exchange } from '../network/outbound.js'
import { basicOf, headersBy } from './clientCall.js'
import { withoutEchoes } from './echoes.js'
import { jsonIn } from './jsonBody.js'
import { mediaType, outcomeOfFailure, printable, retryAfter } from './tokenOutcome.js'

const Scoped = z.object({
  token: z.string().regex(/^[\x21-\x7e]+$/),
  /** Left out or null where access tokens do not expire. */
  expires_at: z.iso.datetime({ offset: true }).nullish(),
})

const Refused = z.object({ message: z.string() })

export interface Narrowing {
  readonly accessToken: Secret
  readonly scopes: readonly string[]
  readonly sentAt: number
}

export async function narrowed(
  { definition, profile, secret }: OAuthClient,
  exchange: Exchange,
  { accessToken, scopes, sentAt }: Narrowing,
): Promise<Outcome> {
  const { name, clientId, server } = definition
  const call = profile.downScope.kind === 'api' ? profile.downScope.call : undefined
  const endpoint = server.endpoints.revocation_endpoint
  const question = call?.question(scopes)
  if (call === undefined || endpoint === undefined || question === undefined) {
    throw new Error('a call that the provider does not have')
  }
  if (secret === undefined) {
    const reason = 'only a client with a secret may ask for an access token for less'
    return { kind: 'unproven', reason, fix: `fob provider set-secret ${name}`, passes: false }
  }
  const basic = basicOf(clientId, secret)
  const body = JSON.stringify({ ...question, access_token: accessToken.reveal() })
  try {
    const answer = await exchange.send({
      url: endpoint + call.path,
      method: 'POST',
      headers: headersBy(basic),
      body,
    })
    return outcomeOf(answer, sentAt, [accessToken.reveal(), secret.reveal(), basic])
  } catch (error) {
    if (error instanceof ExchangeFailure) return outcomeOfFailure(error)
    throw error
  }
}

function outcomeOf(answer: Answer, sentAt: number, sent: readonly string[]): Outcome {
  const { status, headers } = answer
  const json = jsonIn(answer)
  const scoped = Scoped.safeParse(json)
  if (status === 200 && scoped.success) {
    const { token, expires_at: end } = scoped.data
    const expiresAt = end == null ? null : Date.parse(end)
    const rest = { refreshToken: undefined, scopes: undefined, account: null }
    return {
      kind: 'tokens',
      tokens: { accessToken: new Secret(token), issuedAt: sentAt, expiresAt, ...rest },
    }
  }
  const retryAfterMs = retryAfter(headers.get('retry-after'), sentAt)
  const error = ERRORS.get(status)
  if (error === undefined) return { kind: 'notOAuth', status, contentType: mediaType(headers), retryAfterMs }
  const { message = '' } = Refused.safeParse(json).data ?? {}
  return {
    kind: 'oauthError',
    status,
    error,
    description: withoutEchoes(printable(message), sent),
    retryAfterMs,
  }
}

/** What each status says of the question. 404 is for an owner whom the App does not know, and for a wrong secret. */
const ERRORS: ReadonlyMap<number, string> = new Map([
  [401, 'invalid_client'],
  [404, 'invalid_scope'],
  [422, 'invalid_scope'],
])
