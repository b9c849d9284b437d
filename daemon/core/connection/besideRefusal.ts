/** Why there is no access token beside the grant's own, and for how long it is not asked for again. Pure. */
import { Refusal } from '../../../shared/contract/errors.js'
import { BACKOFF, backoffMs, storeBackoffMs } from '../lifecycle/backoff.js'
import { keyOf, type Wish } from '../lifecycle/besideWish.js'
import { explanationOf, type Explained } from '../setbacks/causes.js'
import type { Setback } from '../setback.js'
import { quoted } from '../setbacks/setbackTold.js'
import type { Shortfall } from '../lifecycle/states.js'

/** What passes is asked again as any refresh is; what a person has to mend, as seldom as a reject may ask. */
export function patienceMs(because: Shortfall, failures: number, jitter: number): number {
  switch (because.kind) {
    case 'transient':
      return backoffMs(failures, jitter, because.retryAfterMs)
    case 'unanswered':
      return backoffMs(failures, jitter)
    case 'store':
      return storeBackoffMs(failures, jitter)
    case 'permanent':
    case 'misconfigured':
      return BACKOFF.forcedEveryMs
  }
}

/** What a provider finds wrong with a call for less, no sign-in mends; what does, the doctor knows. */
export function lessRefused(
  because: Extract<Shortfall, { kind: 'misconfigured' }>,
  setback: Setback,
  about: Explained,
): Extract<Shortfall, { kind: 'misconfigured' }> {
  const cause = explanationOf(setback, about)?.cause
  const reason = cause === undefined ? because.reason : `${cause} (${quoted(setback.word, setback.said)})`
  return { ...because, reason, fix: `fob doctor ${about.definition.name}` }
}

/** `retryAt`: epoch milliseconds from which it is asked for again. */
export function besideRefusal(name: string, wish: Wish, because: Shortfall, retryAt: number): Refusal {
  const message = `${name} gets no access token for ${keyOf(wish)}: ${because.reason}`
  const again = { fix: `fob refresh ${name}`, retryAt }
  const field = 'query.scopes'
  switch (because.kind) {
    case 'transient':
      return new Refusal(because.cause === 'network' ? 'provider_unreachable' : 'retry_later', message, again)
    case 'unanswered':
      return new Refusal('retry_later', message, again)
    case 'store':
      return new Refusal('store_unwritable', message, again)
    case 'permanent':
      return new Refusal('consent_required', message, { field, fix: `fob sign-in ${name}` })
    case 'misconfigured':
      return new Refusal('misconfigured', message, { field, fix: because.fix })
  }
}

export const besideOver = (name: string, wish: Wish, now: number): Refusal =>
  new Refusal('retry_later', `${name} got an access token for ${keyOf(wish)} that has expired already`, {
    fix: `fob refresh ${name}`,
    retryAt: now + BACKOFF.firstMs,
  })

export const besideRejectedAgain = (name: string, wish: Wish, retryAt: number): Refusal =>
  new Refusal(
    'retry_later',
    `${name} got another access token for ${keyOf(wish)} within the last minute, and it was refused again`,
    { fix: `fob refresh ${name}`, retryAt },
  )
