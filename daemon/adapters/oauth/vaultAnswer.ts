/**
 * What HashiCorp Vault answers to a login and to a renewal. Bytes become types here. Invariant: only an answer in
 * Vault's own form says anything about a token; a page of something before it does not.
 */
import { z } from 'zod'
import { Scope } from '../../../shared/contract/ids.js'
import type { Outcome } from '../../core/outcome.js'
import { Secret } from '../../core/secret.js'
import type { Answer } from '../network/outbound.js'
import { withoutEchoes } from './echoes.js'
import { exactJsonIn } from './jsonBody.js'
import { ANSWER_POLICY, mediaType, printable, retryAfter } from './tokenOutcome.js'

const Auth = z.object({
  auth: z.object({
    client_token: z.string().regex(/^[\x21-\x7e]+$/),
    /** Seconds; 0: without end. */
    lease_duration: z.number().int().nonnegative(),
    renewable: z.boolean(),
    policies: z
      .array(z.string())
      .nullish()
      .transform((names) => (names ?? []).filter((name) => Scope.safeParse(name).success)),
  }),
})

const Refused = z.object({ errors: z.array(z.string()) })

/** A Vault token as it was given, before anything is made of it. */
export interface GivenToken {
  readonly kind: 'given'
  readonly token: Secret
  readonly lifetimeS: number
  readonly isRenewable: boolean
  readonly policies: readonly Scope[]
}

/** Vault understood the question and says no, in its own words. */
export interface VaultRefusal {
  readonly kind: 'refused'
  readonly status: number
  readonly words: string
}

type Unreadable = Extract<Outcome, { kind: 'notOAuth' }>

/** By which Vault says that it is sealed, or that another of its nodes has to be asked. */
const NOT_NOW = 503

/** Statuses by which Vault itself says no; all others are trouble on the way or inside it. */
const REFUSALS = new Set([400, 403, 404, NOT_NOW])

/** `sent` are the secrets of the request, which are not said again. */
export function readVaultAnswer(
  answer: Answer,
  now: number,
  sent: readonly string[],
): GivenToken | VaultRefusal | Unreadable {
  const { status } = answer
  const json = exactJsonIn(answer)
  const given = Auth.safeParse(json)
  if (status === 200 && given.success) return tokenIn(given.data.auth)
  const words = wordsIn(json, sent)
  if (words !== undefined && (REFUSALS.has(status) || isOver(words)))
    return { kind: 'refused', status, words }
  return unreadable(answer, now)
}

/** Vault has no words of OAuth for its refusals: this is under which one it is kept, unless it says "not now". */
export const refusedOutcome = (
  { status, words }: Pick<VaultRefusal, 'status' | 'words'>,
  error: string,
): Exclude<Outcome, { kind: 'tokens' }> => ({
  kind: 'oauthError',
  // Some of its last words come with 500, which elsewhere means trouble that passes.
  status: status >= 500 && status !== NOT_NOW ? 400 : status,
  error: status === NOT_NOW ? 'temporarily_unavailable' : error,
  description: words === '' ? NO_PATH : words,
  retryAfterMs: undefined,
})

/** What an answer without any word means. */
const NO_PATH = 'Vault has no such path; check the namespace and the mount in the address'

const tokenIn = (auth: z.output<typeof Auth>['auth']): GivenToken => ({
  kind: 'given',
  token: new Secret(auth.client_token),
  lifetimeS: Math.min(auth.lease_duration, ANSWER_POLICY.maxLifetimeMs / 1000),
  isRenewable: auth.renewable,
  policies: auth.policies,
})

/** What a renewal brings. */
export const renewed = ({ token, lifetimeS, isRenewable, policies }: GivenToken, sentAt: number) => ({
  accessToken: token,
  refreshToken: isRenewable ? token : undefined,
  expiresAt: sentAt + lifetimeS * 1000,
  issuedAt: sentAt,
  scopes: policies,
  account: null,
})

/** A login may give a token without end; a renewal of nothing is the end. */
export const endOf = ({ lifetimeS }: GivenToken, sentAt: number): number | null =>
  lifetimeS === 0 ? null : sentAt + lifetimeS * 1000

/** undefined when this is none of Vault's refusals. */
function wordsIn(json: unknown, sent: readonly string[]): string | undefined {
  const words = errorsIn(json)
  return words === undefined ? undefined : withoutEchoes(printable(words), sent)
}

/** Vault's own words, as they came; undefined when it said no in no such way. */
export const errorsIn = (json: unknown): string | undefined => Refused.safeParse(json).data?.errors.join('; ')

/** Whether a token can never be renewed again, whatever the status: some of these are a 500. */
export const isOver = (words: string): boolean =>
  /past the max ttl|lease is not renewable|lease expired|invalid token|bad token/i.test(words)

export function unreadable({ status, headers }: Answer, now: number): Unreadable {
  const retryAfterMs = retryAfter(headers.get('retry-after'), now)
  return { kind: 'notOAuth', status, contentType: mediaType(headers), retryAfterMs }
}
