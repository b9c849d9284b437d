/** Whose grant it is, from the id token, the provider's own answer or introspection. Not knowing is null and never costs the grant. */
import { fetchProtectedResource, fetchUserInfo, skipSubjectCheck, tokenIntrospection } from 'openid-client'
import type { Configuration, IDToken } from 'openid-client'
import { z } from 'zod'
import type { Account } from '../../../shared/contract/connection.js'
import type { OAuthClient } from '../../core/ports.js'
import type { Secret } from '../../core/secret.js'
import type { AccountRule } from '../../providers/profile.js'

const Members = z.record(z.string(), z.unknown())

/** Some providers count their accounts. */
const Id = z.union([z.string().min(1), z.number().int().transform(String)])

/** `claims` are those of a checked id token. */
export async function accountFrom(
  client: OAuthClient,
  configuration: Configuration,
  accessToken: Secret,
  claims: IDToken | undefined,
): Promise<Account | null> {
  const rule = client.profile.account
  const fromIdToken = readAccount(claims, rule)
  if (fromIdToken !== null && fromIdToken.label !== fromIdToken.id) return fromIdToken
  const { introspection_endpoint: introspection } = client.definition.server.endpoints
  const url = whereAsked(client)
  if (url === undefined && introspection === undefined) return fromIdToken
  try {
    const told =
      url === undefined
        ? await introspected(configuration, accessToken)
        : await askedAt(url, rule, configuration, accessToken, fromIdToken)
    return readAccount(told, rule) ?? fromIdToken
  } catch {
    return fromIdToken
  }
}

/** Where an access token says whose it is. Those for one resource say nothing to another, which userinfo is then. */
export const whereAsked = ({ definition, profile }: OAuthClient): string | undefined =>
  profile.downScope?.kind === 'resources' ? undefined : definition.server.endpoints.userinfo_endpoint

/** Of an access token that does not work the server may say anything (RFC 7662 §2.2). */
async function introspected(configuration: Configuration, accessToken: Secret): Promise<unknown> {
  const told = await tokenIntrospection(configuration, accessToken.reveal())
  return told.active ? told : null
}

/** Userinfo proper is checked to speak of the id token's subject (OpenID Connect Core §5.3.2). */
async function askedAt(
  url: string,
  rule: AccountRule,
  configuration: Configuration,
  accessToken: Secret,
  known: Account | null,
): Promise<unknown> {
  if (rule.id === 'sub') {
    return fetchUserInfo(configuration, accessToken.reveal(), known?.id ?? skipSubjectCheck)
  }
  const headers = new Headers({ accept: 'application/json' })
  const answer = await fetchProtectedResource(
    configuration,
    accessToken.reveal(),
    new URL(url),
    'GET',
    undefined,
    headers,
  )
  return answer.json()
}

export function readAccount(told: unknown, { id, labels }: AccountRule): Account | null {
  const members = Members.safeParse(told).data ?? {}
  const found = [id].flat().map((name) => Id.safeParse(members[name]).data)
  if (found.includes(undefined)) return null
  const whole = found.join('/')
  const label = labels.map((name) => printableName(members[name])).find((name) => name !== '')
  return { id: whole, label: label ?? whole }
}

/** Names may be of any script; control characters may not reach a terminal. */
const printableName = (name: unknown): string =>
  (typeof name === 'string' ? name : '')
    .replace(/\p{C}+/gu, ' ')
    .trim()
    .slice(0, 200)
