/**
 * Whose grant it is, and what groups they are in, from the id token, the provider's own answer or introspection. Not
 * knowing never costs the grant.
 */
import { fetchProtectedResource, fetchUserInfo, skipSubjectCheck, tokenIntrospection } from 'openid-client'
import type { Configuration, IDToken } from 'openid-client'
import { z } from 'zod'
import type { Account, Claims } from '../../../shared/contract/connection.js'
import type { OAuthClient } from '../../core/providerPorts.js'
import type { Secret } from '../../core/secret.js'
import type { AccountRule } from '../../providers/profile.js'
import { printableName, readClaims } from './claims.js'

const Members = z.record(z.string(), z.unknown())

/** Some providers count their accounts. */
const Id = z.union([z.string().min(1), z.number().int().transform(String)])

export interface Owner {
  readonly account: Account | null
  /** undefined: not known. Empty: in no group. */
  readonly claims: Claims | undefined
}

/** `idToken` is a checked one. */
export async function ownerFrom(
  client: OAuthClient,
  configuration: Configuration,
  accessToken: Secret,
  idToken: IDToken | undefined,
): Promise<Owner> {
  const rule = client.profile.account
  const fromIdToken = readOwner(idToken, rule)
  const { introspection_endpoint: introspection } = client.definition.server.endpoints
  const url = whereAsked(client)
  const nowhere = url === undefined && introspection === undefined
  if (nowhere || tellsEnough(fromIdToken, client)) return fromIdToken
  try {
    const told = readOwner(
      url === undefined
        ? await introspected(configuration, accessToken)
        : await askedAt(url, rule, configuration, accessToken, fromIdToken.account),
      rule,
    )
    return {
      account: told.account ?? fromIdToken.account,
      claims: told.claims && { ...fromIdToken.claims, ...told.claims },
    }
  } catch {
    // Groups that the id token leaves out would have been in the answer.
    return hasGroups(fromIdToken) ? fromIdToken : { ...fromIdToken, claims: undefined }
  }
}

/** Where an access token says whose it is. Those for one resource say nothing to another, which userinfo is then. */
export const whereAsked = ({ definition, profile }: OAuthClient): string | undefined =>
  profile.downScope.kind === 'resources' ? undefined : definition.server.endpoints.userinfo_endpoint

/** Of an access token that does not work the server may say anything (RFC 7662 §2.2). */
async function introspected(configuration: Configuration, accessToken: Secret): Promise<unknown> {
  const told = await tokenIntrospection(configuration, accessToken.reveal())
  return told.active ? told : null
}

/** A person's name, and groups for who asked for them: servers put those into either. */
function tellsEnough(owner: Owner, { definition, profile }: OAuthClient): boolean {
  const { account } = owner
  if (account === null || account.label === account.id) return false
  const asksForGroups = definition.scopesAsked.some((scope) => profile.account.claims?.includes(scope))
  return hasGroups(owner) || !asksForGroups
}

const hasGroups = ({ claims = {} }: Owner): boolean => Object.keys(claims).length > 0

const readOwner = (told: unknown, rule: AccountRule): Owner => ({
  account: readAccount(told, rule),
  claims: readClaims(told, rule.claims ?? []),
})

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
