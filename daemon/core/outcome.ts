/** What happened when a token endpoint was asked: facts only. `verdict` decides what they mean. */
import type { Account, Claims } from '../../shared/contract/connection.js'
import type { NetworkMatter } from '../../shared/contract/doctor.js'
import type { Scope } from '../../shared/contract/ids.js'
import type { RegisteredClient } from './record.js'
import type { Secret } from './secret.js'

/** Tokens fresh from a token endpoint. */
export interface Tokens {
  readonly accessToken: Secret
  /** Absent: the server kept the old one (RFC 6749 §6), or gives none. */
  readonly refreshToken: Secret | undefined
  /** Epoch milliseconds; null: does not expire. */
  readonly expiresAt: number | null
  /** When the request was sent. */
  readonly issuedAt: number
  /** When the refresh token ends, epoch ms; absent when the server said nothing of it. */
  readonly refreshEndsAt?: number | undefined
  /** undefined: the server named none, so what was asked is granted (RFC 6749 §5.1). */
  readonly scopes: readonly Scope[] | undefined
  /** From the id token or userinfo; null when the server says nothing. */
  readonly account: Account | null
  /** The client they were given to, when fob registered it. */
  readonly registered?: RegisteredClient | undefined
  /** Groups and roles, none of them too; absent when nothing was said of them. */
  readonly claims?: Claims
}

export type Outcome =
  | { readonly kind: 'tokens'; readonly tokens: Tokens }
  /** A well-formed OAuth error (RFC 6749 §5.2) over verified transport. */
  | {
      readonly kind: 'oauthError'
      readonly status: number
      readonly error: string
      /** The provider's own word for it; absent: it used the RFC's. */
      readonly word?: string
      readonly description: string
      /** What the next sign-in must ask for, by the parameter `claims`: a JSON object, as it came. */
      readonly claimsChallenge?: string
      readonly retryAfterMs: number | undefined
    }
  /** An answer that is no OAuth answer: a portal page, a proxy error, an empty or broken body. */
  | {
      readonly kind: 'notOAuth'
      readonly status: number
      readonly contentType: string
      /** The origin a redirect points to: nothing is sent there, since it is not the one that was pinned. */
      readonly movedTo?: string
      readonly retryAfterMs: number | undefined
    }
  /** The request did not leave: no address, refused, no route, TLS not established. */
  | { readonly kind: 'unreachable'; readonly reason: string; readonly matter?: NetworkMatter }
  /** The request left and no readable answer came: the server may have acted on it. */
  | { readonly kind: 'unanswered'; readonly reason: string; readonly matter?: NetworkMatter }
  /** The client has nothing to prove itself by right now, so nothing was sent. `passes`: it may have later. */
  | { readonly kind: 'unproven'; readonly reason: string; readonly fix: string; readonly passes: boolean }
  /** The answer breaks a security rule: wrong issuer, wrong state, bad id token. */
  | { readonly kind: 'untrusted'; readonly reason: string }

export type RefreshOutcome =
  | Outcome
  /** It worked, and brought nothing of what callers get: they can use what they have to its end and no longer. */
  | { readonly kind: 'unrenewed'; readonly reason: string; readonly refreshToken: Secret | undefined }
