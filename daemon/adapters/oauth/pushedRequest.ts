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

/** Rejects with a Refusal: the server refuses what is asked, or cannot be reached. */
export async function pushedUrl(
  client: OAuthClient,
  exchange: Exchange,
  parameters: Record<string, string>,
): Promise<URL> {
  let answer: Answer | undefined
  const heard: Exchange = { send: async (request) => (answer = await exchange.send(request)) }
  try {
    const configuration = await configurationOf(client, fetchOver(heard))
    return await buildAuthorizationUrlWithPAR(configuration, parameters)
  } catch (error) {
    throw refusedBeginning(error, client, {
      what: 'to ask for your consent',
      answer,
      fix: `fob sign-in ${client.definition.name}`,
    })
  }
}
