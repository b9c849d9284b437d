/** What differs between providers in their scopes: which are asked for and how, and what a caller may have for fewer. */

/** What a connection is for, where its scopes say it: looking, a job that nobody watches, and working. */
export type Purpose = 'read' | 'ci' | 'write'

/** The scopes to ask for when a person names none, and others by what they are for. */
export interface ScopeRule {
  readonly usual: readonly string[]
  /** Asked for whatever else a person names: nothing works without. */
  readonly needed?: readonly string[]
  readonly presets: Readonly<Record<string, readonly string[]>>
  /** What it calls scopes of the sign-in itself when it grants them, beside the names OpenID Connect has for them. */
  readonly signIn?: readonly string[]
  /** Why it has no preset for some of these; whoever asks for one is told. */
  readonly unnamed?: { readonly purposes: readonly Purpose[]; readonly why: string }
  /** How they are asked for; left out: as `scope`, separated by spaces (RFC 6749 §3.3). */
  readonly asked?: ScopeAsking
}

/** Scopes of several kinds, each granted by a token of its own, so that a connection asks for one kind alone. */
export interface ScopeAsking {
  readonly separator: string
  /** The first whose prefix fits; '' fits all. */
  readonly kinds: readonly ScopeKind[]
}

export interface ScopeKind {
  /** What such scopes begin with here; the provider does not see it. */
  readonly prefix: string
  /** What its authorization page is told them by. */
  readonly parameter: string
  /** Granted only where the browser is sent back to https, so to a page that sends it on to fob. */
  readonly wantsHttps: boolean
}

/**
 * How a caller that names scopes can have an access token beside the grant's own.
 * - `none`: it gets the grant's own, which is for more, or is told `why` where scopes mean nothing.
 * - `refresh`: one for fewer scopes, by a refresh that names them (RFC 6749 §6). Only where the next
 *   refresh token is known to keep all of them: some servers narrow the grant for good.
 * - `api`: one for less by a call of the provider's own, made with the grant's own access token. It spends no refresh
 *   token; what it brings is taken to end with the own.
 * - `exchange`: one for fewer scopes, or for one audience, by exchanging the grant's own access token (RFC 8693) at the
 *   token endpoint, likewise. A client without a secret may not, and gets the grant's own.
 * - `child`: one with fewer of the policies that stand for scopes, made by the grant's own access token, with which it
 *   ends; Vault's way.
 * - `resources`: the grant is for several resources, scopes are `RESOURCE/PERMISSION`, and each refresh names the one
 *   its access token is for. `whole` after a resource stands for all that was agreed to there.
 */
export type DownScopeRule =
  /** A clause, about the access tokens. */
  | { readonly kind: 'none'; readonly why: string }
  | { readonly kind: 'refresh' }
  | { readonly kind: 'api'; readonly call: ScopedCall }
  | {
      readonly kind: 'exchange'
      /** What a caller puts before the name of an audience, among the scopes. */
      readonly audience: string
      /** A clause: why there may be more scopes than were named, and what to do about it. */
      readonly unnamed: string
    }
  | {
      readonly kind: 'child'
      /** How long it is to live, in Vault's words. */
      readonly ttl: string
      /** As above. */
      readonly unnamed: string
    }
  | { readonly kind: 'resources'; readonly whole: string }

/** A POST of JSON, the client proven by Basic, that turns an access token into one for less. */
export interface ScopedCall {
  /** Behind the revocation endpoint. */
  readonly path: string
  /** What it says beside the access token; undefined: it cannot be asked for such scopes. */
  readonly question: (scopes: readonly string[]) => ScopedQuestion | undefined
  /** Scopes that it can be asked for. */
  readonly example: string
}

export type ScopedQuestion = Readonly<
  Record<string, string | readonly string[] | Readonly<Record<string, string>>>
>
