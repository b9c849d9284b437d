/** What differs between providers, as data. One file a provider fills it in; the core only reads it. */
import type { ProviderId } from '../../shared/contract/ids.js'

/**
 * What a provider does with refresh tokens.
 * - `rotating`: each use returns a new one and spends the old. Within `graceMs` after the first use the old
 *   one may be presented again (0: strict, a second use may revoke the whole grant).
 * - `reusable`: the same one stays valid, so sending it again is always safe.
 */
export type RefreshTokenRule =
  { readonly kind: 'rotating'; readonly graceMs: number } | { readonly kind: 'reusable' }

/** Where the provider may send the browser back to (RFC 8252 §7.3). */
export interface RedirectRule {
  /** Address literal or `localhost`, exactly as it must appear in the redirect URI. */
  readonly host: '127.0.0.1' | 'localhost'
  /** 0 for any free port, else the one port registered at the provider. */
  readonly port: number
  readonly path: string
}

export interface ProviderProfile {
  readonly id: ProviderId
  /** The name a person knows it by. */
  readonly name: string
  /** What `fob add` must be told, in the words of its options. */
  readonly needs: readonly string[]
  readonly refreshToken: RefreshTokenRule
  /** Whether a refresh ends the access token handed out before; then fob refreshes as late as possible. */
  readonly refreshEndsAccessToken: boolean
  readonly redirect: RedirectRule
  /** Assumed life of an access token whose answer names none, in milliseconds; null: it does not expire. */
  readonly defaultLifetimeMs: number | null
}
