/**
 * Scopes granted, asked for and used, held against each other. Pure.
 *
 * Used is what callers name when they ask for an access token. A caller that names none may use any of them, so
 * nothing is called unused before every caller since the start named its scopes, and some time has shown enough.
 */
import type { ScopeDrift } from '../../../shared/contract/connection.js'
import type { Scope } from '../../../shared/contract/ids.js'

/** Fewer leases say nothing about what is not used. */
const TELLING_LEASES = 20

/** They are for the sign-in itself (OpenID Connect Core §5.4, §11): servers leave them out of what they grant. */
const OF_THE_SIGN_IN: ReadonlySet<string> = new Set([
  ...['openid', 'profile', 'email', 'address', 'phone', 'offline_access'],
])

/** What callers named, counted by whoever hands out. */
export class ScopeUse {
  readonly #used = new Set<Scope>()
  #naming = 0
  #silent = 0

  note(scopes: readonly Scope[] | undefined): void {
    if (scopes === undefined || scopes.length === 0) this.#silent += 1
    else this.#naming += 1
    for (const scope of scopes ?? []) this.#used.add(scope)
  }

  get used(): Scope[] {
    return [...this.#used]
  }

  /** Whether what nobody named is what nobody used. */
  get isTelling(): boolean {
    return this.#silent === 0 && this.#naming >= TELLING_LEASES
  }
}

export interface Scopes {
  readonly asked: readonly Scope[]
  readonly granted: readonly Scope[]
  /** What the provider calls those of the sign-in beside their own names. */
  readonly signIn: readonly string[]
}

/** undefined: there is nothing to say. */
export function driftOf({ asked, granted, signIn }: Scopes, use: ScopeUse): ScopeDrift | undefined {
  const without = (scopes: readonly Scope[], others: readonly Scope[]): Scope[] =>
    scopes.filter((scope) => !others.includes(scope) && !OF_THE_SIGN_IN.has(scope) && !signIn.includes(scope))
  // Some servers name no scopes at all, and who asks for none leaves them to the server.
  const missing = granted.length === 0 ? [] : without(asked, granted)
  const extra = asked.length === 0 ? [] : without(granted, asked)
  const unused = use.isTelling ? without(granted, [...use.used, ...extra]) : []
  if (missing.length + extra.length + unused.length === 0) return undefined
  return { missing, extra, unused, hint: hintFor(missing, extra, unused, enoughOf(asked, unused)) }
}

/** What to ask for instead: those of the sign-in stay, or there would be no refresh token. */
export const enoughOf = (asked: readonly Scope[], unused: readonly Scope[]): Scope[] =>
  asked.filter((scope) => !unused.includes(scope))

/** One sentence; what takes away comes before what is too much. */
function hintFor(
  missing: readonly Scope[],
  extra: readonly Scope[],
  unused: readonly Scope[],
  enough: readonly Scope[],
): string {
  if (missing.length > 0) {
    return `the provider did not grant ${missing.join(' ')}; sign in again, or ask whoever administers it`
  }
  if (unused.length > 0) {
    return enough.length === 0
      ? `nobody uses ${unused.join(' ')}; narrow what the client may have at its registration`
      : `nobody uses ${unused.join(' ')}; add the connection anew with --scopes "${enough.join(' ')}"`
  }
  return `the provider granted ${extra.join(' ')} unasked; narrow what the client may have at its registration`
}
