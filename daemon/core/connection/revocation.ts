/** Ends tokens at the provider (RFC 7009), asks whether they are gone, and says what is left. */
import { Refusal } from '../../../shared/contract/errors.js'
import { filler } from '../setbacks/causes.js'
import type { AskedServer, Probe, Revocation } from '../providerPorts.js'
import type { Client, ProvingServer } from '../clientSecret/provingServer.js'
import type { ConnectionSecrets } from '../record.js'
import type { Secret } from '../secret.js'

export interface Ended {
  readonly revoked: boolean
  /** What still works and what to do about it; '' when all is gone. */
  readonly left: string
}

/** A stored secret is not fob's to end. */
export const STILL_WORKS: Ended = Object.freeze({
  revoked: false,
  left: 'the secret itself goes on working; end it where it was made',
})

/** Where one token ends all that an account gave to a client. */
export const notAlone = (other: string): Ended => ({
  revoked: false,
  left: `the provider would end ${other} with it, which has the same account and client; sign out of ${other} too`,
})

/** Ending a refresh token usually ends the whole grant (RFC 7009 §2.1); access tokens are named all the same. */
export async function endTokens(
  server: ProvingServer,
  client: Client,
  grants: readonly ConnectionSecrets[],
): Promise<Ended> {
  // A server that does not rotate gives the same refresh token to several generations.
  const accessTokens = distinct(grants.flatMap(({ accessToken }) => accessToken ?? []))
  const refreshTokens = distinct(
    grants.flatMap(({ refreshToken }) => refreshToken ?? []),
    accessTokens,
  )
  const revoke = async (token: Secret, hint: Hint): Promise<Attempt> => ({
    what: hint.replace('_', ' '),
    revocation: await revocationOf(server, holding(client, grants, token), token, hint),
  })
  // All at once: a server that does not answer is waited for once and not as often as there are tokens.
  const attempts = await Promise.all([
    ...refreshTokens.map((token) => revoke(token, 'refresh_token')),
    ...accessTokens.map((token) => revoke(token, 'access_token')),
  ])
  const left = [...new Set(attempts.flatMap((attempt) => remnant(attempt) ?? []))]
  const [toEnd] = attempts.filter(({ revocation }) => isToEnd(revocation))
  return {
    revoked: toEnd === undefined && attempts.some(({ revocation }) => revocation.kind === 'revoked'),
    left: (toEnd === undefined ? left : [...left, byHand(client)]).join('; '),
  }
}

/** The client that a token was given to: where fob registers them, each grant has its own. */
function holding(client: Client, grants: readonly ConnectionSecrets[], token: Secret): Client {
  const own = grants.find((grant) => grant.accessToken === token || grant.refreshToken === token)
  // One beside a grant's own access token is of the same client.
  const registered = [own, ...grants].find((grant) => grant?.registered !== undefined)?.registered
  return registered === undefined ? client : { ...client, registered }
}

/** Where a person clicks. */
function byHand(asked: AskedServer): string {
  const { grantsPage } = asked.profile
  if (grantsPage === undefined) return `end it in your account settings at ${asked.definition.server.issuer}`
  return `end it by hand: ${filler(asked)(grantsPage)}`
}

export interface Verified extends Ended {
  readonly probe: Probe
}

/** Asks the provider whether it still takes one of the access tokens: that it said "revoked" is not that it did. */
export async function verified(
  server: ProvingServer,
  client: Client,
  grants: readonly ConnectionSecrets[],
  ended: Ended,
): Promise<Verified> {
  const accessTokens = grants.flatMap(({ accessToken }) => accessToken ?? [])
  const probes = await Promise.all(
    accessTokens.map((token) => probeOf(server, holding(client, grants, token), token)),
  )
  const probe = probes.find((one) => one === 'taken') ?? probes.find((one) => one === 'unknown') ?? probes[0]
  if (probe !== 'taken') return { ...ended, probe: probe ?? 'unknown' }
  const still = `the provider still takes the access token; ${byHand(client)}`
  return { ...ended, probe, left: ended.left === '' ? still : ended.left }
}

async function probeOf(server: ProvingServer, client: Client, token: Secret): Promise<Probe> {
  try {
    return await server.probe(client, token)
  } catch {
    return 'unknown'
  }
}

/** By their text, and without those of `others`: a token that renews itself is both kinds in one. */
function distinct(tokens: readonly Secret[], others: readonly Secret[] = []): Secret[] {
  const seen = new Set(others.map((token) => token.reveal()))
  return tokens.filter((token) => !seen.has(token.reveal()) && seen.add(token.reveal()))
}

type Hint = 'refresh_token' | 'access_token'

interface Attempt {
  readonly what: string
  readonly revocation: Revocation
}

/** Whether a person could still end it somewhere else. */
const isToEnd = ({ kind }: Revocation): boolean => kind === 'unsupported' || kind === 'failed'

/** The grant is gone here whatever happens there, so a defect is one more thing to tell, not to throw. */
async function revocationOf(
  server: ProvingServer,
  client: Client,
  token: Secret,
  hint: Hint,
): Promise<Revocation> {
  try {
    return await server.revoke(client, token, hint)
  } catch (error) {
    return { kind: 'failed', reason: Refusal.reasonOf(error) }
  }
}

function remnant({ what, revocation }: Attempt): string | undefined {
  switch (revocation.kind) {
    case 'revoked':
      return undefined
    case 'unsupported':
      return `the provider has no way to revoke the ${what}`
    case 'untilExpiry':
      return 'what callers were given cannot be revoked: it works until it expires'
    case 'failed':
      return `the ${what} could not be revoked: ${revocation.reason}`
  }
}
