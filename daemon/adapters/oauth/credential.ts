/**
 * What callers get of a token answer: the access token, or the id token where the profile says so. Of an id token
 * only its end is read here: who takes it checks signature, issuer and audience, and it came from the pinned server
 * over TLS (OpenID Connect Core §3.1.3.7, 6).
 */
import { z } from 'zod'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import type { Tokens } from '../../core/outcome.js'
import type { Secret } from '../../core/secret.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { Granted } from './tokenOutcome.js'

export const NO_ID_TOKEN =
  'the server gave no id token, which is what callers need; ask for the scope openid, at a server that renews it'

type Instead = Partial<Pick<Tokens, 'accessToken' | 'expiresAt'>>

/** What stands in place of the access token; undefined when it should and did not come. */
export function credentialOf(
  { idToken }: Granted,
  sentAt: number,
  { credential }: ProviderProfile,
): Instead | undefined {
  if (credential === undefined) return {}
  const expiresAt = idToken === undefined ? undefined : endOf(idToken, sentAt)
  return idToken === undefined || expiresAt === undefined ? undefined : { accessToken: idToken, expiresAt }
}

/** RFC 7515 §7.1. */
const COMPACT = /^[\w-]+\.([\w-]+)\.[\w-]+$/

const Life = z.object({ exp: z.number().positive(), iat: z.number().optional() })

/** Epoch milliseconds; undefined when it is no id token, or names no end. */
function endOf(idToken: Secret, sentAt: number): number | undefined {
  const [, payload = ''] = COMPACT.exec(idToken.reveal()) ?? []
  const life = Life.safeParse(parsedJson(Buffer.from(payload, 'base64url').toString('utf8')))
  if (!life.success) return undefined
  const { exp, iat } = life.data
  // A clock of ours that is behind the server's must not make the life longer than it is.
  const byAge = iat === undefined ? Infinity : sentAt + (exp - iat) * 1000
  return Math.min(exp * 1000, byAge)
}
