/**
 * From what happened at a token endpoint to what fob does about a grant. Pure and total.
 *
 * The one rule that matters: only a permanent error from this closed list ends a grant. Everything that is not
 * understood keeps it.
 */
import type { Outcome, RefreshOutcome, Tokens } from '../outcome.js'

export type Verdict =
  | { readonly kind: 'rotated'; readonly tokens: Tokens }
  /** The grant goes on, but what callers have is the last that it gives. */
  | { readonly kind: 'unrenewed'; readonly reason: string; readonly refreshToken: Tokens['refreshToken'] }
  /** Try again later; the server did not act on the request. */
  | {
      readonly kind: 'transient'
      readonly cause: TransientCause
      readonly reason: string
      readonly retryAfterMs: number | undefined
    }
  /** The server may have acted on the request: the refresh token may be spent. */
  | { readonly kind: 'unanswered'; readonly reason: string }
  /** The grant is over; a person has to consent again. */
  | { readonly kind: 'permanent'; readonly reason: string }
  /** The grant is whole, but something set up by a person keeps it from being used. */
  | { readonly kind: 'misconfigured'; readonly reason: string; readonly fix: string }

export type TransientCause = 'network' | 'rateLimit' | 'server' | 'secret'

/** Errors after which the same refresh token can never work again (RFC 6749 §5.2, OIDC Core §3.1.2.6). */
const PERMANENT: ReadonlyMap<string, string> = new Map([
  ['invalid_grant', 'the provider says the grant is expired, revoked or already used'],
  ['login_required', 'the provider wants you to sign in again'],
  ['interaction_required', 'the provider wants you to sign in again'],
  ['consent_required', 'the provider wants your consent again'],
])

/** Errors that mean "not now" whatever the status (RFC 6749 §4.1.2.1, RFC 8628 §3.5). */
const NOT_NOW = new Set(['temporarily_unavailable', 'server_error', 'slow_down'])

/** What a person has to mend for each error that a set-up causes (RFC 6749 §5.2, RFC 8707 §2). */
const SETUP: ReadonlyMap<string, string> = new Map([
  ['invalid_client', 'the provider does not accept this client id or client secret'],
  ['unauthorized_client', 'the provider does not allow this client to do this'],
  ['invalid_scope', 'the provider does not give these scopes to this client'],
  ['unsupported_grant_type', 'the provider does not allow this client to refresh'],
  ['invalid_request', 'the provider finds the request malformed'],
  ['invalid_target', 'the provider does not know this resource'],
  // RFC 6749 §4.1.2.1 and RFC 9470: conditions of the day, which a grant outlives.
  ['access_denied', 'the provider does not let this account in'],
  ['insufficient_user_authentication', 'the provider wants more proof of who you are'],
])

/** Of the failures of a server, those by which it says that it did nothing with the request. */
const UNTOUCHED = new Set([500, 503])

/** What the provider wants proven is asked for in an address; a sign-in by a code has none, and ends here again. */
const BY_BROWSER = '; sign in by the browser: a code typed elsewhere does not prove it'

export function verdictOf(outcome: RefreshOutcome, connection: string): Verdict {
  switch (outcome.kind) {
    case 'tokens':
      return { kind: 'rotated', tokens: outcome.tokens }
    case 'unrenewed':
      return outcome
    case 'oauthError':
      return ofOAuthError(outcome, connection)
    case 'notOAuth':
      return ofUnreadable(outcome)
    case 'unreachable':
      return { kind: 'transient', cause: 'network', reason: outcome.reason, retryAfterMs: undefined }
    case 'unanswered':
      return { kind: 'unanswered', reason: outcome.reason }
    case 'unproven': {
      const { reason, fix, passes } = outcome
      return passes
        ? { kind: 'transient', cause: 'secret', reason, retryAfterMs: undefined }
        : { kind: 'misconfigured', reason, fix: `${fix} && fob refresh ${connection}` }
    }
    case 'untrusted':
      return { kind: 'misconfigured', reason: outcome.reason, fix: `fob sign-in ${connection}` }
  }
}

function ofOAuthError(outcome: Outcome & { kind: 'oauthError' }, connection: string): Verdict {
  const { status, error, description, retryAfterMs, claimsChallenge } = outcome
  const said = description === '' ? error : `${error}: ${description}`
  if (status === 429) return { kind: 'transient', cause: 'rateLimit', reason: said, retryAfterMs }
  if (status >= 500 || status === 408 || NOT_NOW.has(error)) {
    return { kind: 'transient', cause: 'server', reason: said, retryAfterMs }
  }
  const permanent = PERMANENT.get(error)
  const proof = claimsChallenge === undefined ? '' : BY_BROWSER
  if (permanent !== undefined) return { kind: 'permanent', reason: `${permanent} (${said})${proof}` }
  const setup = SETUP.get(error) ?? 'the provider refuses the refresh'
  const fix =
    error === 'invalid_client' ? `fob provider set-secret ${connection}` : `fob sign-in ${connection}`
  return { kind: 'misconfigured', reason: `${setup} (${said})${proof}`, fix }
}

/**
 * An answer that is no OAuth answer. After a success status, or from a gateway that gave up waiting (502, 504),
 * the server behind may have rotated; after anything else it did not.
 */
function ofUnreadable(outcome: Outcome & { kind: 'notOAuth' }): Verdict {
  const { status, retryAfterMs } = outcome
  const reason = `the token endpoint answered ${status} ${unreadableAs(outcome)}`
  const acted = (status >= 200 && status < 300) || (status >= 500 && !UNTOUCHED.has(status))
  if (acted) return { kind: 'unanswered', reason }
  return { kind: 'transient', cause: status === 429 ? 'rateLimit' : 'server', reason, retryAfterMs }
}

function unreadableAs({ contentType, movedTo }: Outcome & { kind: 'notOAuth' }): string {
  if (movedTo !== undefined) return `and points elsewhere, to ${movedTo}, where fob sends nothing`
  return `with ${contentType === '' ? 'no content type' : contentType}`
}
