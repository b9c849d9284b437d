/** Whether the provider takes an access token, asked where it says whose account it is. */
import { tokenIntrospection } from 'openid-client'
import { z } from 'zod'
import type { OAuthClient, Probe } from '../../core/providerPorts.js'
import type { Secret } from '../../core/secret.js'
import { readAccount, whereAsked } from './account.js'
import { fetchOver } from '../network/outbound.js'
import type { Exchange } from '../network/outbound.js'
import { configurationOf } from './clientConfiguration.js'
import { jsonIn } from './jsonBody.js'
import { GONE } from './revocation.js'

/** RFC 6750 §3.1: the token is expired, revoked, malformed or invalid. */
const REFUSED = 401

/** The words for the same in answers with another status: RFC 6750's, and Slack's. */
const REFUSALS = new Set(['invalid_token', 'invalid_auth', ...GONE])

const Refused = z.object({ error: z.string() })

/** Where nothing says whose it is, but whether it holds (RFC 7662 §2.2). */
export async function probeByIntrospection(
  client: OAuthClient,
  exchange: Exchange,
  accessToken: Secret,
): Promise<Probe> {
  try {
    const configuration = await configurationOf(client, fetchOver(exchange))
    const { active } = await tokenIntrospection(configuration, accessToken.reveal())
    return active ? 'taken' : 'refused'
  } catch {
    return 'unknown'
  }
}

export async function probe(client: OAuthClient, exchange: Exchange, accessToken: Secret): Promise<Probe> {
  const url = whereAsked(client)
  // An id token is for others: here nobody takes it, whatever it is worth there.
  if (url === undefined || client.profile.credential === 'idToken') return 'unknown'
  const headers = { authorization: `Bearer ${accessToken.reveal()}`, accept: 'application/json' }
  try {
    const answer = await exchange.send({ url, method: 'GET', headers, body: null })
    if (answer.status === REFUSED) return 'refused'
    // Some providers say no with a status that means yes: only an account is a yes.
    const told = jsonIn(answer)
    if (readAccount(told, client.profile.account) !== null) return 'taken'
    return REFUSALS.has(Refused.safeParse(told).data?.error ?? '') ? 'refused' : 'unknown'
  } catch {
    return 'unknown'
  }
}
