/** The token endpoint as the RFCs have it, for personalities that keep to them (RFC 6749 §4.1.3, §5, §6). */
import { proves, type Client } from './client.js'
import type { Desk } from './desk.js'
import type { Issued } from './deskHoldings.js'
import { Refused } from './refused.js'
import { basicOf, scopesIn, type Answer, type Asked } from './personality.js'

export const DEVICE_GRANT = 'urn:ietf:params:oauth:grant-type:device_code'

/** The client, proven as it must be; Basic comes before the body. */
export function clientOf(desk: Desk, asked: Asked): Client {
  const basic = basicOf(asked)
  const id = basic?.user ?? asked.form.get('client_id') ?? ''
  const secret = basic?.password ?? asked.form.get('client_secret') ?? undefined
  const client = desk.client(id)
  if (client === undefined || !proves(client, secret === '' ? undefined : secret)) {
    throw new Refused('invalid_client')
  }
  return client
}

/** RFC 6749 §4.1.3. */
export function redeemed(desk: Desk, { form }: Asked, { id }: Client): Issued {
  const verifier = form.get('code_verifier') ?? undefined
  return desk.redeem(form.get('code') ?? '', id, form.get('redirect_uri') ?? '', verifier)
}

export function exchanged(desk: Desk, asked: Asked, client: Client): Issued {
  const { form } = asked
  switch (form.get('grant_type')) {
    case 'authorization_code':
      return redeemed(desk, asked, client)
    case DEVICE_GRANT:
      return desk.pollDevice(form.get('device_code') ?? '', client.id)
    case 'refresh_token':
      return desk.refresh(form.get('refresh_token') ?? '', client.id)
    default:
      throw new Refused('unsupported_grant_type')
  }
}

/** Where a client with a secret may also act for itself (RFC 6749 §4.4). */
export function exchangedOrForItself(desk: Desk, asked: Asked, client: Client): Issued {
  const { form } = asked
  if (form.get('grant_type') !== 'client_credentials') return exchanged(desk, asked, client)
  if (client.secretDigest === undefined) throw new Refused('unauthorized_client')
  return desk.clientCredentials(client.id, scopesIn(form.get('scope')))
}

/** RFC 6749 §5.1. */
export const members = ({ accessToken, refreshToken, expiresIn, scopes }: Issued) => ({
  access_token: accessToken,
  token_type: 'Bearer',
  ...(expiresIn === null ? {} : { expires_in: expiresIn }),
  ...(refreshToken === undefined ? {} : { refresh_token: refreshToken }),
  scope: scopes.join(' '),
})

/** What `act` answers, or how this provider says no. */
export function answered(act: () => Answer, refusal: (refused: Refused) => Answer): Answer {
  try {
    return act()
  } catch (error) {
    if (error instanceof Refused) return refusal(error)
    throw error
  }
}

/** RFC 8628 §3.2; `page` is where the code is typed. */
export function deviceMembers(desk: Desk, { id }: Client, { form }: Asked, page: string) {
  const { deviceCode, userCode, expiresIn } = desk.beginDevice(id, scopesIn(form.get('scope')))
  return {
    device_code: deviceCode,
    user_code: userCode,
    verification_uri: page,
    expires_in: expiresIn,
    interval: 5,
  }
}
