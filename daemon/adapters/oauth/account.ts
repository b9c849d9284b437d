/** Whose grant it is, from the id token or userinfo. Not knowing is null and never costs the grant. */
import { fetchUserInfo, skipSubjectCheck } from 'openid-client'
import type { Configuration, IDToken } from 'openid-client'
import { z } from 'zod'
import type { Account } from '../../../shared/contract/connection.js'
import type { OAuthClient } from '../../core/ports.js'
import type { Secret } from '../../core/secret.js'

const Name = z.string().min(1).optional().catch(undefined)

/** OpenID Connect Core §5.1: what a person recognises, best first. */
const Claims = z.object({ sub: z.string().min(1), email: Name, preferred_username: Name, name: Name })

/** `claims` are those of a checked id token. */
export async function accountFrom(
  client: OAuthClient,
  configuration: Configuration,
  accessToken: Secret,
  claims: IDToken | undefined,
): Promise<Account | null> {
  const fromIdToken = readAccount(claims)
  if (fromIdToken !== null && fromIdToken.label !== fromIdToken.id) return fromIdToken
  if (client.definition.server.endpoints.userinfo_endpoint === undefined) return fromIdToken
  try {
    const subject = fromIdToken?.id ?? skipSubjectCheck
    return readAccount(await fetchUserInfo(configuration, accessToken.reveal(), subject)) ?? fromIdToken
  } catch {
    return fromIdToken
  }
}

function readAccount(claims: unknown): Account | null {
  const read = Claims.safeParse(claims)
  if (!read.success) return null
  const { sub, email, preferred_username, name } = read.data
  return { id: sub, label: printableName(email ?? preferred_username ?? name) || sub }
}

/** Names may be of any script; control characters may not reach a terminal. */
const printableName = (name: string | undefined): string =>
  (name ?? '')
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 200)
