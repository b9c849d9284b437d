/** Begins a device authorization (RFC 8628 §3.1): a code to type, and the page to type it at. */
import { initiateDeviceAuthorization } from 'openid-client'
import type { DeviceAuthorizationResponse } from 'openid-client'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Clock } from '../../core/ports.js'
import type { DeviceRequest, OAuthClient } from '../../core/providerPorts.js'
import { Secret } from '../../core/secret.js'
import { fetchOver } from '../network/outbound.js'
import type { Exchange } from '../network/outbound.js'
import { isSecureUrl } from '../network/serverUrl.js'
import { configurationOf } from './clientConfiguration.js'
import { refusedBeginning } from './refusedBeginning.js'
import { printable } from './tokenOutcome.js'

export const DEVICE_POLICY = Object.freeze({
  // RFC 8628 §3.2: what a server means that names no interval.
  defaultIntervalMs: 5_000,
  // Faster polling is no use to a person who types.
  minIntervalMs: 1_000,
  // An hour: nobody types a code later, and a wait must end.
  maxLifetimeMs: 3_600_000,
})

/** Rejects with a Refusal: the server refuses, cannot be reached, or names a page that must not be opened. */
export async function beginDevice(
  client: OAuthClient,
  exchange: Exchange,
  parameters: Record<string, string>,
  clock: Pick<Clock, 'now'>,
): Promise<DeviceRequest> {
  const { name, server } = client.definition
  if (server.endpoints.device_authorization_endpoint === undefined) {
    const message = 'this server has no device authorization endpoint'
    throw new Refusal('misconfigured', message, { field: 'flow', fix: `fob sign-in ${name}` })
  }
  const sentAt = clock.now()
  try {
    const configuration = await configurationOf(client, fetchOver(exchange))
    return deviceRequest(await initiateDeviceAuthorization(configuration, parameters), sentAt)
  } catch (error) {
    throw refusedBeginning(error, client, {
      what: 'the device flow',
      answer: undefined,
      fix: `fob sign-in ${name}`,
    })
  }
}

function deviceRequest(answer: DeviceAuthorizationResponse, sentAt: number): DeviceRequest {
  const complete = answer.verification_uri_complete ?? null
  for (const page of [answer.verification_uri, complete]) {
    if (page === null || isSecureUrl(page)) continue
    throw new Refusal('provider_refused', 'the page to type the code at is not an https page')
  }
  const { defaultIntervalMs, minIntervalMs, maxLifetimeMs } = DEVICE_POLICY
  return {
    userCode: printable(answer.user_code),
    verificationUri: new URL(answer.verification_uri).href,
    verificationUriComplete: complete === null ? null : new URL(complete).href,
    expiresAt: sentAt + Math.min(answer.expires_in * 1000, maxLifetimeMs),
    intervalMs: Math.max(minIntervalMs, (answer.interval ?? defaultIntervalMs / 1000) * 1000),
    deviceCode: new Secret(answer.device_code),
  }
}
