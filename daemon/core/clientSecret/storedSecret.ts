/**
 * A secret that a person stores as it is: a grant without a server, handed out like an access token until the day
 * the person named. Pure. A request that makes no sense is refused with the field at fault.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import type { AddConnection } from '../../../shared/contract/newConnection.js'
import type { Body } from '../../../shared/contract/routes.js'
import { endOf } from './clientSecret.js'
import type { Tokens } from '../outcome.js'
import type { ConnectionDefinition, StoredConnection } from '../record.js'
import { Secret } from '../secret.js'
import { renewalOf, STANDING_OK } from '../lifecycle/standing.js'

/** One line that fits a header and a variable, as an access token has to (RFC 6749 appendix A). */
const SENDABLE = /^[\x20-\x7e]+$/

/** `now` in epoch milliseconds. */
export function storedSecret(
  { clientSecret, clientSecretFrom, expiresAt }: Body<'setSecret'>,
  now: number,
): Tokens {
  if (clientSecretFrom !== undefined) {
    throw new Refusal('bad_request', 'a stored secret is kept by fob itself; give the secret', {
      field: 'clientSecretFrom',
      fix: 'fob provider set-secret --help',
    })
  }
  if (clientSecret === undefined) {
    throw new Refusal('bad_request', 'give the secret to store', {
      field: 'clientSecret',
      fix: 'fob provider set-secret --help',
    })
  }
  if (!SENDABLE.test(clientSecret)) {
    throw new Refusal('bad_request', 'a stored secret is one line of printable ASCII', {
      field: 'clientSecret',
      fix: 'fob provider set-secret --help',
    })
  }
  return {
    accessToken: new Secret(clientSecret),
    refreshToken: undefined,
    expiresAt: endOf(expiresAt, now, 'expiresAt'),
    issuedAt: now,
    scopes: [],
    account: null,
  }
}

/** Meant for a server, so that whoever gives one expects something that will not happen. */
const OF_A_SERVER = [
  ...['issuer', 'clientId', 'scopes', 'preset'],
  ...['endpoints', 'authentication', 'redirectUri', 'details'],
] as const

/** The first grant comes with the definition, so that one write makes both. */
export function storedConnection(request: AddConnection, now: number): StoredConnection {
  const { name, provider, clientSecret, clientSecretFrom, secretExpiresAt, variable } = request
  const fix = 'fob help add'
  const misplaced = OF_A_SERVER.find((field) => request[field] !== undefined)
  if (misplaced !== undefined) {
    throw new Refusal('bad_request', 'a stored secret has no server, so nothing of one can be given', {
      field: misplaced,
      fix,
    })
  }
  if (request.flow !== undefined && request.flow !== 'static') {
    throw new Refusal('bad_request', 'nobody signs in to a stored secret', { field: 'flow', fix })
  }
  const asked = { clientSecret, clientSecretFrom, expiresAt: secretExpiresAt }
  const { accessToken, expiresAt } = storedSecret(asked, now)
  const grant = { generation: 1, issuedAt: now, expiresAt, scopes: [], account: null, renewable: false }
  const nothingElse = { server: null, clientId: '', authentication: 'none', scopesAsked: [] } as const
  const definition = { name, provider, flow: 'static', ...nothingElse, variable } as const
  return {
    record: { definition, generation: 1, grant, standing: STANDING_OK, intent: null },
    secrets: { accessToken },
  }
}

export const nobodySignsIn = (definition: ConnectionDefinition): Refusal =>
  new Refusal('bad_request', `${definition.name} is a stored secret: there is nobody to sign in to`, {
    fix: renewalOf(definition),
  })
