/**
 * The overlap of an old and a new client secret. Pure. Invariant: the old one goes only when the new one has worked
 * and the time is over; whatever else happens, one that works is there.
 */
import type { ClientSecret, HeldSecret } from './clientSecret.js'

/**
 * `next` with the one known to work beside it: in a second rotation that is the one of before, as long as the one
 * between them has not worked.
 */
export function overlapping(
  next: Pick<HeldSecret, 'secret' | 'expiresAt'>,
  held: HeldSecret,
  until: number,
): HeldSecret {
  const known = held.before === null || held.before.proof === 'worked' ? held.secret : held.before.secret
  return { ...next, before: { secret: known, until, proof: 'untried' } }
}

/** The new one first; one that failed comes last once the overlap is over, so that no request is wasted on it. */
export function inOrder({ secret, before }: HeldSecret, now: number): readonly ClientSecret[] {
  if (before === null) return [secret]
  return before.proof === 'failed' && now >= before.until ? [before.secret, secret] : [secret, before.secret]
}

/** After the provider took `tried`, or did not. */
export function afterTrial(held: HeldSecret, tried: ClientSecret, works: boolean): HeldSecret {
  if (held.before === null || tried !== held.secret) return held
  const proof = works ? 'worked' : 'failed'
  return held.before.proof === proof ? held : { ...held, before: { ...held.before, proof } }
}

/** Without the one before, once it is of no more use. */
export const withoutOver = (held: HeldSecret, now: number): HeldSecret =>
  held.before?.proof === 'worked' && now >= held.before.until ? { ...held, before: null } : held
