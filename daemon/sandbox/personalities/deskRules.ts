/** What servers differ in when they give, renew and end tokens. */
export interface DeskRules {
  /** Life of an access token, seconds; null: it does not end. */
  readonly accessLifetimeS: number | null
  /**
   * `renewed`: each use brings another, and those of before stay valid. `inPlace`: there is no refresh token; the
   * access token itself is made to live longer.
   */
  readonly refresh: 'none' | 'singleUse' | 'reusable' | 'renewed' | 'inPlace'
  /** What an access token lives at most, seconds, however often it is renewed in place; without it, for ever. */
  readonly longestS?: number
  /** Whether a refresh ends the access token of before at once. */
  readonly refreshEndsAccessToken: boolean
  /** Whether a spent refresh token that comes back ends the grant (RFC 9700 §4.14.2). */
  readonly reuseEndsGrant: boolean
  /** So many seconds after its first use the refresh token used last may come again and brings a pair; absent: none. */
  readonly graceS?: number
  /** What its tokens begin with. */
  readonly prefixes: { readonly access: string; readonly refresh: string }
}
