/**
 * Pushed authorization requests (RFC 9126): what is asked goes to the server first, over TLS and by a client that is
 * known there, and the browser carries only the name it gave for it.
 */
import { buildAuthorizationUrlWithPAR } from 'openid-client'
import type { OAuthClient } from '../../core/providerPorts.js'
import { fetchOver } from '../network/outbound.js'
import type { Answer, Exchange } from '../network/outbound.js'
import { configurationOf } from './clientConfiguration.js'
import { refusedBeginning } from './refusedBeginning.js'

type Pushed =
  | { readonly kind: 'taken'; readonly url: URL }
  /** `answer`: what came, if anything did. */
  | { readonly kind: 'refused'; readonly error: unknown; readonly answer: Answer | undefined }

export async function pushed(
  client: OAuthClient,
  exchange: Exchange,
  parameters: Record<string, string>,
): Promise<Pushed> {
  let answer: Answer | undefined
  const heard: Exchange = { send: async (request) => (answer = await exchange.send(request)) }
  try {
    const configuration = await configurationOf(client, fetchOver(heard))
    return { kind: 'taken', url: await buildAuthorizationUrlWithPAR(configuration, parameters) }
  } catch (error) {
    return { kind: 'refused', error, answer }
  }
}

/** Rejects with a Refusal: the server refuses what is asked, or cannot be reached. */
export async function pushedUrl(
  client: OAuthClient,
  exchange: Exchange,
  parameters: Record<string, string>,
): Promise<URL> {
  const came = await pushed(client, exchange, parameters)
  if (came.kind === 'taken') return came.url
  throw refusedBeginning(came.error, client, {
    what: 'to ask for your consent',
    answer: came.answer,
    fix: `fob sign-in ${client.definition.name}`,
  })
}
