/** What a personality's desk keeps of what it gave, and what it gives. */

export interface Issued {
  readonly accessToken: string
  readonly refreshToken: string | undefined
  readonly expiresIn: number | null
  readonly scopes: readonly string[]
  /** What the authorization request named, for the id token of a first answer. */
  readonly nonce?: string
}

export interface Grant {
  readonly client: string
  readonly account: string
  readonly scopes: readonly string[]
  /** Whether a code typed elsewhere began it. */
  readonly fromDevice: boolean
  /** By its digest, the refresh token that may come once more, and until when. A restart forgets it. */
  forgiven?: { readonly key: string; readonly until: number }
  ended: boolean
}

export interface Access {
  readonly grant: Grant
  readonly scopes: readonly string[]
  endsAt: number
  /** No renewal in place goes beyond it. */
  readonly lastAt: number
  /** Whoever checks it asks nobody, so that the end of its grant is not seen. */
  readonly isStateless: boolean
  ended: boolean
}

export interface Refresh {
  readonly grant: Grant
  spent: boolean
}
