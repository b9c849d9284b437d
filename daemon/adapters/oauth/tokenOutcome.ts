/**
 * The one funnel from a token endpoint's answer, or its absence, to an `Outcome`.
 * Invariants: only a well-formed JSON error answer is an OAuth error; whatever is not understood is `notOAuth`
 * and says nothing about the grant; no text of a server gets out but an error code, a trimmed description and, where
 * the provider's file says that it is understood, the claims that the next sign-in has to ask for.
 */
import { z } from 'zod'
import type { Account, Claims } from '../../../shared/contract/connection.js'
import { Scope } from '../../../shared/contract/ids.js'
import type { Outcome, Tokens } from '../../core/outcome.js'
import { Secret } from '../../core/secret.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { ExchangeFailure } from '../network/exchangeFailure.js'
import type { Answer } from '../network/outbound.js'
import { exactJsonIn } from './jsonBody.js'
import { inStandardShape } from './nestedAnswer.js'

export interface AnswerPolicy {
  readonly maxLifetimeMs: number
  readonly maxRetryAfterMs: number
  readonly maxDescription: number
  readonly maxClaimsChallenge: number
}

export const ANSWER_POLICY: AnswerPolicy = Object.freeze({
  // Ten years: a longer life is a mistake of the server, and dates beyond it break elsewhere.
  maxLifetimeMs: 10 * 365 * 86_400_000,
  // A day: a server that asks for more is broken, and must not put a connection off for good.
  maxRetryAfterMs: 86_400_000,
  // Enough for a sentence in a status line.
  maxDescription: 200,
  // It goes into an address, of which servers and browsers take 8 kB; those in use have a few hundred characters.
  maxClaimsChallenge: 2_048,
})

/** A token answer that may be used, before anything is made of it. */
export interface Granted {
  readonly kind: 'granted'
  readonly accessToken: Secret
  readonly refreshToken: Secret | undefined
  /** Seconds, as stated; undefined when the server states none that can be read. */
  readonly expiresIn: number | undefined
  /** The same of the refresh token. */
  readonly refreshExpiresIn: number | undefined
  readonly scopes: readonly Scope[] | undefined
  readonly idToken: Secret | undefined
}

/** What a provider's answers need to be read: its own words for errors, and its shape of a grant. */
export type AnswerRules = Pick<ProviderProfile, 'errors' | 'tokenAnswer' | 'claimsChallenge'>

/** What a token endpoint's answer says. */
export type Reading = Granted | Exclude<Outcome, { kind: 'tokens' | 'unreachable' | 'unanswered' }>

/** 1*VSCHAR of RFC 6749 appendix A: anything else could not be sent as a header either. */
const Credential = z.string().regex(/^[\x20-\x7e]+$/)

/** An empty or null refresh token is none (RFC 6749 §5.1 makes it optional). */
const OptionalCredential = z
  .union([Credential, z.literal(''), z.null()])
  .optional()
  .transform((text) => (text === '' || text === null ? undefined : text))

/** Seconds as number or text; what is neither counts as not stated. */
const ExpiresIn = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^-?\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .optional()
  .catch(undefined)

/** Separated by spaces (RFC 6749 §3.3), by commas as some servers do, or a list; what is no scope is left out. */
const Scopes = z
  .union([z.string().transform((text) => text.split(/[ ,]+/)), z.array(z.string())])
  .transform((names) => names.filter((name) => Scope.safeParse(name).success))
  .optional()
  .catch(undefined)

const TokenAnswer = z.object({
  access_token: Credential,
  token_type: z.string(),
  refresh_token: OptionalCredential,
  expires_in: ExpiresIn,
  // No standard has it: GitHub's and Google's name, and Keycloak's.
  refresh_token_expires_in: ExpiresIn,
  refresh_expires_in: ExpiresIn,
  scope: Scopes,
  /** What Bitbucket calls them, or called them until May 2026. */
  scopes: Scopes,
  id_token: z.string().min(1).optional().catch(undefined),
})

/** RFC 6749 §5.2: the characters an error code may have. Codes in use are far below the limit. */
const ErrorAnswer = z.object({
  error: z.string().regex(/^[\x20\x21\x23-\x5b\x5d-\x7e]{1,100}$/),
  error_description: z.string().optional().catch(undefined),
  /** Numbers of the provider's own for what `error` says in general. */
  error_codes: z.array(z.number().int()).optional().catch(undefined),
  /** Kept as it came: the sign-in has to ask for exactly this. */
  claims: z.string().max(ANSWER_POLICY.maxClaimsChallenge).refine(isJsonObject).optional().catch(undefined),
})

/** `now` is for Retry-After dates. */
export function readTokenAnswer(answer: Answer, now: number, rules: AnswerRules): Reading {
  const { errors, tokenAnswer } = rules
  const { status, headers } = answer
  const contentType = mediaType(headers)
  const retryAfterMs = retryAfter(headers.get('retry-after'), now)
  const redirected = status >= 300 && status < 400
  const movedTo = redirected ? originIn(headers.get('location')) : {}
  const unreadable = { kind: 'notOAuth', status, contentType, ...movedTo, retryAfterMs } as const
  if (contentType !== 'application/json' || redirected) return unreadable
  const parsed = exactJsonIn(answer)
  const json = tokenAnswer === undefined ? parsed : inStandardShape(parsed, tokenAnswer)
  const error = ErrorAnswer.safeParse(json)
  const granted = TokenAnswer.safeParse(json)
  // An answer that both grants and refuses says nothing that can be relied on.
  if (error.success && granted.success) return unreadable
  if (error.success) {
    const said = { ...worded(error.data, errors), ...challengeIn(error.data, rules) }
    return { kind: 'oauthError', status, ...said, retryAfterMs }
  }
  if (!granted.success || status !== 200) return unreadable
  return readGrant(granted.data)
}

const challengeIn = (
  { claims }: z.output<typeof ErrorAnswer>,
  rules: AnswerRules,
): { claimsChallenge?: string } =>
  rules.claimsChallenge === undefined || claims === undefined ? {} : { claimsChallenge: claims }

/** A word of the provider's own stays to be read, since people search for it. */
export function worded(
  { error, error_description: said = '', error_codes: codes = [] }: z.output<typeof ErrorAnswer>,
  words: ProviderProfile['errors'],
): { error: string; word?: string; description: string } {
  const own = [...codes.map(String), error].find((word) => Object.hasOwn(words, word))
  const known = own === undefined ? undefined : words[own]
  const word = own === undefined || own === error ? {} : { word: own }
  if (known === undefined || known === error) return { error, ...word, description: printable(said) }
  const description = printable(said === '' ? error : `${error}: ${said}`)
  return { error: known, word: own ?? error, description }
}

function readGrant(answer: z.output<typeof TokenAnswer>): Reading {
  if (answer.token_type.toLowerCase() !== 'bearer') {
    return { kind: 'untrusted', reason: 'the server gives access tokens of another type than Bearer' }
  }
  return {
    kind: 'granted',
    accessToken: new Secret(answer.access_token),
    refreshToken: answer.refresh_token === undefined ? undefined : new Secret(answer.refresh_token),
    expiresIn: answer.expires_in,
    refreshExpiresIn: answer.refresh_token_expires_in ?? answer.refresh_expires_in,
    scopes: answer.scope ?? answer.scopes,
    idToken: answer.id_token === undefined ? undefined : new Secret(answer.id_token),
  }
}

/** `sentAt` is when the request left, so that an access token is never taken for younger than it is. */
export function tokensOf(
  granted: Granted,
  sentAt: number,
  profile: ProviderProfile,
  { account, claims }: { readonly account: Account | null; readonly claims: Claims | undefined },
): Tokens {
  const { accessToken, refreshToken, scopes } = granted
  const expiresAt = expiryOf(granted.expiresIn, sentAt, profile.defaultLifetimeMs)
  return {
    accessToken,
    refreshToken,
    expiresAt,
    issuedAt: sentAt,
    ...(refreshToken && refreshEnd(granted.refreshExpiresIn, sentAt)),
    scopes,
    account,
    ...(claims && { claims }),
  }
}

/** Zero is Keycloak's word for a refresh token that does not end. */
const refreshEnd = (expiresIn: number | undefined, sentAt: number): Pick<Tokens, 'refreshEndsAt'> =>
  expiresIn === undefined || expiresIn <= 0
    ? {}
    : { refreshEndsAt: sentAt + Math.min(Math.floor(expiresIn * 1000), ANSWER_POLICY.maxLifetimeMs) }

/** Zero or less has expired already; a life beyond the limit is cut to it. */
function expiryOf(expiresIn: number | undefined, sentAt: number, defaultMs: number | null): number | null {
  if (expiresIn === undefined) return defaultMs === null ? null : sentAt + defaultMs
  return sentAt + Math.min(Math.max(0, Math.floor(expiresIn * 1000)), ANSWER_POLICY.maxLifetimeMs)
}

export const outcomeOfFailure = (failure: ExchangeFailure): Outcome => ({
  kind: failure.kind,
  reason: failure.message,
  matter: failure.matter,
})

/** One line of printable ASCII, short enough for a status line. */
export function printable(text: string): string {
  const line = text.replace(/[^\x20-\x7e]+/g, ' ').trim()
  return line.length > ANSWER_POLICY.maxDescription ? line.slice(0, ANSWER_POLICY.maxDescription) : line
}

export function mediaType(headers: Headers): string {
  const [type = ''] = (headers.get('content-type') ?? '').split(';')
  return printable(type.trim().toLowerCase())
}

/** Of a redirect to another server; one to a path stays with the same. */
function originIn(location: string | null): { movedTo?: string } {
  if (location === null || !/^https?:/i.test(location) || !URL.canParse(location)) return {}
  return { movedTo: printable(new URL(location).origin) }
}

function isJsonObject(text: string): boolean {
  const value = exactJsonIn({ body: Buffer.from(text) })
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Seconds or a date (RFC 9110 §10.2.3), as milliseconds from `now`. */
export function retryAfter(header: string | null, now: number): number | undefined {
  if (header === null) return undefined
  const waitMs = /^\d+$/.test(header.trim()) ? Number(header) * 1000 : Date.parse(header) - now
  if (Number.isNaN(waitMs)) return undefined
  return Math.min(Math.max(0, waitMs), ANSWER_POLICY.maxRetryAfterMs)
}
