/**
 * Asks for a sign-in without a browser and without a person, and reads what comes as data. Invariants: one request,
 * without cookies; where it is sent on to is not followed; no text gets out but short printable lines without the
 * client's secret; whatever fails is `nothing`.
 */
import { z } from 'zod'
import type { DryAnswer, OAuthClient } from '../../core/providerPorts.js'
import type { Answer, Exchange, OutboundPolicy } from '../network/outbound.js'
import { callbackOf } from './callback.js'
import { withoutEchoes } from './echoes.js'
import { jsonIn } from './jsonBody.js'
import { linesOf } from './pageLines.js'
import { pushed } from './pushedRequest.js'
import { printable } from './tokenOutcome.js'

/** A person waits for a connection to be added, and this is a courtesy: connecting and answering, milliseconds. */
const PATIENCE = { connectMs: 2_000, exchangeMs: 3_000 } as const

/** Hardly any page of an error is longer. */
const MAX_BODY_BYTES = 262_144

export const dryRequestPolicy = (policy: OutboundPolicy): OutboundPolicy => ({
  connectMs: Math.min(policy.connectMs, PATIENCE.connectMs),
  exchangeMs: Math.min(policy.exchangeMs, PATIENCE.exchangeMs),
  maxBodyBytes: Math.min(policy.maxBodyBytes, MAX_BODY_BYTES),
})

const NOTHING: DryAnswer = { kind: 'nothing' }

/** As a browser does; who can say it in JSON may. */
const ACCEPT = 'text/html,application/json;q=0.9'

/** Sent to the authorization endpoint, as a browser would be. */
export async function askAuthorization(
  url: URL,
  redirectUri: string,
  exchange: Exchange,
): Promise<DryAnswer> {
  const request = { url: url.href, method: 'GET', headers: { accept: ACCEPT }, body: null } as const
  const answer = await exchange.send(request).catch(() => undefined)
  if (answer === undefined) return NOTHING
  const sentTo = answer.status >= 300 && answer.status < 400 ? answer.headers.get('location') : null
  return sentTo === null ? read(answer, []) : sentBack(sentTo, url, redirectUri)
}

/** Sent to where requests are pushed (RFC 9126 §2), which checks them the same way (§2.1). */
export async function askPushed(
  client: OAuthClient,
  exchange: Exchange,
  parameters: Record<string, string>,
): Promise<DryAnswer> {
  const came = await pushed(client, exchange, parameters)
  if (came.kind === 'taken' || came.answer === undefined) return NOTHING
  return read(came.answer, client.secret === undefined ? [] : [client.secret.reveal()])
}

/** Anywhere else is where people sign in. */
function sentBack(location: string, from: URL, redirectUri: string): DryAnswer {
  if (!URL.canParse(location, from.href)) return NOTHING
  const came = callbackOf({ redirectUri }, new URL(location, from).href)?.searchParams
  const error = printable(came?.get('error') ?? '')
  if (error === '') return NOTHING
  return { kind: 'sentBack', error, said: printable(came?.get('error_description') ?? '') }
}

const text = z.string().optional().catch(undefined)

/** Some say it in a `message`, whatever the RFCs have. */
const Said = z.object({ error: text, error_description: text, message: text })

function read({ status, headers, body }: Answer, secrets: readonly string[]): DryAnswer {
  if (status < 400) return NOTHING
  const clean = (words: string): string => withoutEchoes(printable(words), secrets)
  const type = headers.get('content-type') ?? ''
  if (/^text\/(html|plain)\b|^application\/xhtml/i.test(type)) {
    return { kind: 'page', status, lines: linesOf(new TextDecoder().decode(body)).map(clean) }
  }
  const said = Said.safeParse(jsonIn({ body })).data
  const { error = said?.message ?? '', error_description: description = '' } = said ?? {}
  return error === '' ? NOTHING : { kind: 'error', status, error: clean(error), said: clean(description) }
}
