/**
 * One call to a token endpoint: the fetch the OAuth library sends through, which reads the answer first. The
 * library sees an answer only when it grants tokens, and then only what it checks (the id token); every other
 * answer and every failure is kept here, so that no text of the library's errors, which may quote bodies, is used.
 */
import { AuthorizationResponseError, ClientError } from 'openid-client'
import type { CustomFetch } from 'openid-client'
import type { Outcome } from '../../core/outcome.js'
import type { Clock } from '../../core/ports.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import { fetchOver } from '../network/outbound.js'
import type { Exchange } from '../network/outbound.js'
import { secretsSent, withoutEchoes } from './echoes.js'
import { outcomeOfFailure, printable, readTokenAnswer } from './tokenOutcome.js'
import type { AnswerRules, Granted, Reading } from './tokenOutcome.js'

export interface TokenExchangeParts {
  readonly exchange: Exchange
  readonly tokenEndpoint: string
  readonly clock: Pick<Clock, 'now'>
  readonly rules: AnswerRules
  /** Whether an id token is checked and used; otherwise it is dropped unread. */
  readonly keepIdToken: boolean
}

export class TokenExchange {
  readonly #parts: TokenExchangeParts
  #reading: Reading | undefined
  #failure: ExchangeFailure | undefined
  #sentAt = 0

  constructor(parts: TokenExchangeParts) {
    this.#parts = parts
  }

  /** When the token request was sent, in epoch milliseconds. */
  get sentAt(): number {
    return this.#sentAt
  }

  get granted(): Granted | undefined {
    return this.#reading?.kind === 'granted' ? this.#reading : undefined
  }

  readonly fetch: CustomFetch = async (url, request) => {
    const { exchange, tokenEndpoint, clock, rules } = this.#parts
    if (url !== new URL(tokenEndpoint).href) return fetchOver(exchange)(url, request)
    this.#sentAt = clock.now()
    const form = request.body instanceof URLSearchParams ? request.body : new URLSearchParams()
    const { headers } = request
    const answer = await exchange
      .send({ url, method: 'POST', headers, body: form.toString() })
      .catch((error: unknown) => {
        if (error instanceof ExchangeFailure) this.#failure = error
        throw error
      })
    this.#reading = withoutSecrets(readTokenAnswer(answer, clock.now(), rules), secretsSent(form, headers))
    if (this.#reading.kind !== 'granted') throw new Error('the answer grants nothing')
    return this.#shownToLibrary(this.#reading)
  }

  /** What to make of an error the library, or our fetch under it, threw. Rethrows what only a defect explains. */
  outcomeOf(error: unknown): Outcome {
    if (this.#failure !== undefined) return outcomeOfFailure(this.#failure)
    if (error instanceof ExchangeFailure) return outcomeOfFailure(error)
    if (this.#reading?.kind === 'granted') return { kind: 'untrusted', reason: idTokenReason(error) }
    if (this.#reading !== undefined) return this.#reading
    if (error instanceof AuthorizationResponseError) return refusedInBrowser(error)
    if (error instanceof ClientError) return { kind: 'untrusted', reason: callbackReason(error) }
    // Without its cause: that may hold parameters.
    throw new Error(`the OAuth library failed: ${error instanceof Error ? error.name : 'unknown'}`)
  }

  #shownToLibrary(granted: Granted): Response {
    const idToken = this.#parts.keepIdToken ? granted.idToken : undefined
    return Response.json({
      access_token: granted.accessToken.reveal(),
      token_type: 'bearer',
      ...(idToken === undefined ? {} : { id_token: idToken.reveal() }),
    })
  }
}

function withoutSecrets(reading: Reading, sent: readonly string[]): Reading {
  if (reading.kind !== 'oauthError') return reading
  const { error, word, description, claimsChallenge, ...rest } = reading
  // With something struck out it would ask for another thing.
  const isClean = claimsChallenge !== undefined && withoutEchoes(claimsChallenge, sent) === claimsChallenge
  return {
    ...rest,
    ...(isClean ? { claimsChallenge } : {}),
    error: withoutEchoes(error, sent),
    ...(word === undefined ? {} : { word: withoutEchoes(word, sent) }),
    description: withoutEchoes(description, sent),
  }
}

/** An error the browser brought (RFC 6749 §4.1.2.1) has no status; 400 is what a token endpoint would give it. */
const refusedInBrowser = (error: AuthorizationResponseError): Outcome => ({
  kind: 'oauthError',
  status: 400,
  error: printable(error.error),
  description: printable(error.error_description ?? ''),
  retryAfterMs: undefined,
})

/** The library's own fixed sentences about parameters: `response parameter "iss" (issuer) missing`. */
function callbackReason(error: ClientError): string {
  const { cause } = error
  return `the browser's answer is refused: ${printable(cause instanceof Error ? cause.message : error.message)}`
}

function idTokenReason(error: unknown): string {
  const code = error instanceof ClientError ? error.code : undefined
  switch (code) {
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return "the id token is not valid at this time; check this machine's clock"
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
      return 'the id token is for another server, client or request'
    case 'OAUTH_KEY_SELECTION_FAILED':
      return 'the id token is signed with a key the server does not publish'
    default:
      return 'the id token is missing, or cannot be verified with the keys the server publishes'
  }
}
