/** Ends a token at the provider (RFC 7009). What could not be ended is told, never thrown. */
import { tokenRevocation } from 'openid-client'
import type { Configuration, CustomFetch } from 'openid-client'
import type { Revocation } from '../../core/ports.js'
import type { Secret } from '../../core/secret.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import { fetchOver } from '../network/outbound.js'
import type { Exchange } from '../network/outbound.js'

export async function revoke(
  configure: (fetch: CustomFetch) => Promise<Configuration>,
  exchange: Exchange,
  token: Secret,
  hint: 'refresh_token' | 'access_token',
): Promise<Revocation> {
  let status = 0
  const send = fetchOver(exchange)
  try {
    const configuration = await configure(async (...request) => {
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

function reasonOf(error: unknown, status: number): string {
  const cause = error instanceof Error ? error.cause : undefined
  for (const one of [error, cause]) if (one instanceof ExchangeFailure) return one.message
  return status === 0 ? 'the revocation request could not be made' : `the provider answered ${status}`
}
