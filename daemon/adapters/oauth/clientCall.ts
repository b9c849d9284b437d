/** How a call of a provider's own is made in which JSON is sent and the client proves itself by Basic. */
import type { Secret } from '../../core/secret.js'

export const basicOf = (clientId: string, secret: Secret): string =>
  Buffer.from(`${clientId}:${secret.reveal()}`).toString('base64')

export const headersBy = (basic: string): Record<string, string> => ({
  authorization: `Basic ${basic}`,
  'content-type': 'application/json',
  accept: 'application/json',
})
