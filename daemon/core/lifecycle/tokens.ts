/** What fresh tokens mean for a connection. Pure. */
import type { ProviderProfile } from '../../providers/profile.js'
import type { HeldGrant, Moment } from './freshness.js'
import type { Tokens } from '../outcome.js'
import type { ConnectionDefinition, GrantFacts, RefreshEnd } from '../record.js'

/** Where tokens come from: scopes left out mean "as asked" after a consent, "as before" after a refresh. */
export type TokenSource = 'consent' | 'refresh'

/**
 * The grant that `tokens` make. What the server left out stays as it was: scopes (RFC 6749 §5.1 and §6) and the
 * account with its groups, which a refresh rarely names.
 */
export function nextGrant(
  tokens: Tokens,
  source: TokenSource,
  generation: number,
  before: GrantFacts | undefined,
  definition: ConnectionDefinition,
  at: Moment,
): HeldGrant {
  const unsaid = source === 'refresh' ? before?.scopes : undefined
  const claims = tokens.claims ?? before?.claims
  const facts: GrantFacts = {
    generation,
    issuedAt: tokens.issuedAt,
    expiresAt: tokens.expiresAt,
    scopes: tokens.scopes ?? unsaid ?? definition.scopesAsked,
    account: tokens.account ?? before?.account ?? null,
    ...(claims && Object.keys(claims).length > 0 && { claims }),
    renewable: tokens.refreshToken !== undefined || definition.flow === 'client-credentials',
    ...lifeOf(tokens, source, before),
  }
  // The request left a moment ago on the wall clock; the same moment ago on the other one.
  const issuedMonotonic = at.monotonic - Math.max(0, at.now - tokens.issuedAt)
  return { facts, issuedMonotonic, rejected: false, accessGeneration: generation }
}

/** A server that says nothing this time has not changed its mind about a refresh token that it keeps. */
function lifeOf(
  { refreshEndsAt: at, issuedAt }: Tokens,
  source: TokenSource,
  before: GrantFacts | undefined,
): Pick<GrantFacts, 'consentedAt' | 'refreshEnd'> {
  if (source === 'consent') return { consentedAt: issuedAt, ...(at !== undefined && { refreshEnd: { at } }) }
  const { consentedAt, refreshEnd: known } = before ?? {}
  return {
    ...(consentedAt !== undefined && { consentedAt }),
    ...(at === undefined
      ? known && { refreshEnd: known }
      : {
          refreshEnd:
            known && before ? { at, moves: movedTo(at, known, issuedAt - before.issuedAt) } : { at },
        }),
  }
}

/** Some seconds more come of rounding; an end that is put off moves by all the time passed. */
const movedTo = (at: number, before: RefreshEnd, passedMs: number): boolean => at - before.at > passedMs / 2

/** The same grant one rotation on, after an exchange for an access token beside its own, which stays. */
export const rotatedBeside = (before: HeldGrant, generation: number): HeldGrant => ({
  ...before,
  facts: { ...before.facts, generation },
})

/** The same grant one rotation on, whose refresh brought nothing for callers: what they have is the last. */
export const unrenewed = (before: HeldGrant, generation: number): HeldGrant => {
  const next = rotatedBeside(before, generation)
  return { ...next, facts: { ...next.facts, renewable: false, unrenewed: true } }
}

/** Why nothing but a person renews a grant. */
export const whyUnrenewable = (facts: GrantFacts): string =>
  facts.unrenewed === true ? 'the server renews no id token' : 'the provider gave no refresh token'

/** Client credentials can be presented any number of times; refresh tokens follow the provider's rule. */
export const refreshRule = (
  definition: ConnectionDefinition,
  profile: ProviderProfile,
): ProviderProfile['refreshToken'] =>
  definition.flow === 'client-credentials' ? { kind: 'reusable' } : profile.refreshToken

/** Whether a new grant is for the account the connection belongs to, as far as both are known. */
export const sameAccount = (before: GrantFacts | undefined, next: GrantFacts): boolean =>
  before?.account == null || next.account === null || before.account.id === next.account.id
