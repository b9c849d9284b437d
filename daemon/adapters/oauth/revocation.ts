/** Ends a token at the provider, by RFC 7009 or as the provider has it. What could not be ended is told, never thrown. */
import { tokenRevocation } from 'openid-client'
import { z } from 'zod'
import type { OAuthClient, Revocation } from '../../core/providerPorts.js'
import type { Secret } from '../../core/secret.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import { fetchOver } from '../network/outbound.js'
import type { Exchange } from '../network/outbound.js'
import { basicOf, headersBy } from './clientCall.js'
import { configurationOf } from './clientConfiguration.js'
import { withoutEchoes } from './echoes.js'
import { jsonIn } from './jsonBody.js'
import { printable } from './tokenOutcome.js'

export async function revoke(
  client: OAuthClient,
  exchange: Exchange,
  token: Secret,
  hint: 'refresh_token' | 'access_token',
): Promise<Revocation> {
  let status = 0
  const send = fetchOver(exchange)
  try {
    const configuration = await configurationOf(client, async (...request) => {
      const response = await send(...request)
      status = response.status
      return response
    })
    await tokenRevocation(configuration, token.reveal(), { token_type_hint: hint })
    return { kind: 'revoked' }
  } catch (error) {
    // RFC 7009 §2.2 asks for 200; a server that answers another success has done it too.
    if (status >= 200 && status < 300) return { kind: 'revoked' }
    return { kind: 'failed', reason: reasonOf(error, status) }
  }
}

/**
 * DELETE with the access token as JSON, the client proven by Basic. Ending the access token ends the refresh token
 * beside it, which has no way of its own.
 */
export async function deleteToken(
  { definition, secret }: OAuthClient,
  exchange: Exchange,
  token: Secret,
  hint: 'refresh_token' | 'access_token',
): Promise<Revocation> {
  const { clientId, server } = definition
  const url = server.endpoints.revocation_endpoint
  if (hint === 'refresh_token') return { kind: 'revoked' }
  if (url === undefined) return { kind: 'unsupported' }
  if (secret === undefined) return { kind: 'failed', reason: 'only a client with a secret may end it' }
  const headers = headersBy(basicOf(clientId, secret))
  const body = JSON.stringify({ access_token: token.reveal() })
  try {
    const { status } = await exchange.send({ url, method: 'DELETE', headers, body })
    // 422: there is no such token, so none is left. A 404 may as well be a wrong secret.
    if (status === 204 || status === 422) return { kind: 'revoked' }
    return { kind: 'failed', reason: reasonOf(undefined, status) }
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error, 0) }
  }
}

/** What Slack says of a token that works no more. */
export const GONE: readonly string[] = ['token_revoked', 'token_expired', 'account_inactive']

const Said = z.object({ ok: z.boolean(), error: z.string().max(100).optional() })

/** POST with the token itself as Bearer. A no may come with status 200, so the answer is read. */
export async function endItself(
  { definition }: OAuthClient,
  exchange: Exchange,
  token: Secret,
): Promise<Revocation> {
  const url = definition.server.endpoints.revocation_endpoint
  if (url === undefined) return { kind: 'unsupported' }
  const headers = { authorization: `Bearer ${token.reveal()}`, accept: 'application/json' }
  try {
    const answer = await exchange.send({ url, method: 'POST', headers, body: null })
    const { status } = answer
    const said = Said.safeParse(jsonIn(answer)).data
    if (status === 200 && said?.ok === true) return { kind: 'revoked' }
    if (said?.error === undefined) return { kind: 'failed', reason: reasonOf(undefined, status) }
    if (GONE.includes(said.error)) return { kind: 'revoked' }
    const words = withoutEchoes(printable(said.error), [token.reveal()])
    return { kind: 'failed', reason: `the provider answered ${words}` }
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error, 0) }
  }
}

/** POST with the access token in a header. Ending the session ends the refresh token, which has no way of its own. */
export async function endSession(
  { definition }: OAuthClient,
  exchange: Exchange,
  header: string,
  token: Secret,
  hint: 'refresh_token' | 'access_token',
): Promise<Revocation> {
  const url = definition.server.endpoints.revocation_endpoint
  if (hint === 'refresh_token') return { kind: 'revoked' }
  if (url === undefined) return { kind: 'unsupported' }
  try {
    const { status } = await exchange.send({
      url,
      method: 'POST',
      headers: { [header]: token.reveal() },
      body: null,
    })
    if (status >= 200 && status < 300) return { kind: 'revoked' }
    return { kind: 'failed', reason: reasonOf(undefined, status) }
  } catch (error) {
    return { kind: 'failed', reason: reasonOf(error, 0) }
  }
}

function reasonOf(error: unknown, status: number): string {
  const cause = error instanceof Error ? error.cause : undefined
  for (const one of [error, cause]) if (one instanceof ExchangeFailure) return one.message
  return status === 0 ? 'the revocation request could not be made' : `the provider answered ${status}`
}
