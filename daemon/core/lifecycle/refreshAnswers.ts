/**
 * The rows of the lifecycle that concern the end of a refresh: whether its intent reached the disk, what the
 * provider's answer means, and what is done while there is none. Pure.
 */
import type { ProviderProfile } from '../../providers/profile.js'
import { backoffMs, storeBackoffMs } from './backoff.js'
import type { Wish } from './besideWish.js'
import { endGrant, startRefresh } from './refreshSteps.js'
import type { Answered, Effect, InDoubt, Refreshing, Retrying, Settled, Shortfall } from './states.js'
import { stay, type Context, type Step } from './step.js'

export function onIntentCommitted(state: Settled, generation: number, context: Context): Step<Settled> {
  if (!awaits(state, 'intent', generation)) return stay(state)
  return stay({ ...state, step: 'exchange', sentAt: context.at.now }, { kind: 'callRefresh', generation })
}

/** The disk refused: no request was made, so nothing is lost and the next try is near. */
export function onIntentFailed(
  state: Settled,
  event: { readonly generation: number; readonly reason: string },
  context: Context,
): Step<Settled> {
  if (!awaits(state, 'intent', event.generation)) return stay(state)
  if (state.beside !== null)
    return besideRefused(state, state.beside, { kind: 'store', reason: event.reason })
  return retry(state, {
    cause: 'store',
    reason: event.reason,
    at: context.at.now + storeBackoffMs(state.attempt, context.jitter),
  })
}

/** Whether a refresh of `generation` has come to this step and no further. */
export const awaits = (state: Settled, step: Refreshing['step'], generation: number): state is Refreshing =>
  state.kind === 'refreshing' && state.step === step && state.grant.facts.generation === generation

/** Whether this try ended as the one before it did, which has been told. */
export const isKnown = (state: Refreshing, cause: string): boolean => state.after?.cause === cause

/** Tells whoever waits, and everybody when it is news. */
const tell = (state: Refreshing, cause: string): Effect[] =>
  isKnown(state, cause) ? [{ kind: 'answerWaiters' }] : [{ kind: 'answerWaiters' }, { kind: 'publish' }]

function retry(state: Refreshing, why: Pick<Retrying, 'cause' | 'reason' | 'at'>): Step<Settled> {
  const { generation, forcedAt, grant, attempt, doubtSince } = state
  const sent = why.cause !== 'store'
  const clear: Effect[] = sent && doubtSince === null ? [{ kind: 'clearIntent' }] : []
  const wokenAt = state.after?.wokenAt ?? null
  return stay(
    { kind: 'retrying', generation, forcedAt, grant, attempt, doubtSince, wokenAt, ...why },
    ...clear,
    ...tell(state, why.cause),
  )
}

export function onAnswered(
  state: Settled,
  event: { readonly generation: number; readonly answer: Answered },
  context: Context,
): Step<Settled> {
  const { answer } = event
  if (!awaits(state, 'exchange', event.generation)) {
    return answer.kind === 'rotated'
      ? stay(state, { kind: 'revokeTokens', generation: answer.next.facts.generation })
      : stay(state)
  }
  if (state.beside !== null && answer.kind !== 'rotated') {
    return besideAnswered(state, state.beside, answer, context)
  }
  switch (answer.kind) {
    case 'rotated':
      return stay(
        { ...state, step: 'commit', next: answer.next, generation: answer.next.facts.generation },
        { kind: 'commitGrant', facts: answer.next.facts },
      )
    case 'transient':
      return retry(state, {
        cause: answer.cause,
        reason: answer.reason,
        at: context.at.now + backoffMs(state.attempt, context.jitter, answer.retryAfterMs),
      })
    case 'unanswered':
      return doubt(state, context)
    case 'permanent':
      return endGrant(state, lostReason(state, answer.reason))
    case 'misconfigured': {
      const { generation, forcedAt, grant } = state
      const { reason, fix } = answer
      return stay(
        { kind: 'blocked', generation, forcedAt, grant, reason, fix },
        { kind: 'commitStanding' },
        { kind: 'answerWaiters' },
        { kind: 'publish' },
      )
    }
  }
}

/**
 * A refusal of something beside says nothing about the grant: its own refresh will find out. Only an answer that was
 * lost concerns it, where the refresh token may be spent.
 */
function besideAnswered(state: Refreshing, wish: Wish, because: Shortfall, context: Context): Step<Settled> {
  const spendsNothing = context.besideByOwn || context.refreshToken.kind === 'reusable'
  if (because.kind !== 'unanswered' || spendsNothing) {
    return besideRefused(state, wish, because)
  }
  const step = doubt({ ...state, beside: null }, context)
  return { state: step.state, effects: [{ kind: 'refuseBeside', wish, because }, ...step.effects] }
}

/** Back to what it was, with nothing left on the disk to doubt at a restart. */
function besideRefused(state: Refreshing, wish: Wish, because: Shortfall): Step<Settled> {
  const { generation, forcedAt, grant } = state
  const clear: Effect[] = because.kind === 'store' ? [] : [{ kind: 'clearIntent' }]
  return stay({ kind: 'active', generation, forcedAt, grant }, ...clear, {
    kind: 'refuseBeside',
    wish,
    because,
  })
}

/** Told apart, because here nobody revoked anything: an answer was lost on the way. */
function lostReason(state: Refreshing, reason: string): string {
  if (state.doubtSince === null) return reason
  const since = new Date(state.doubtSince).toISOString()
  return `the answer to a refresh at ${since} was lost, and the provider no longer takes the token it had replaced: ${reason}`
}

/** Whether a refresh token that may be spent since then can be sent again without harm. */
export function resendsByItself(rule: ProviderProfile['refreshToken'], since: number, now: number): boolean {
  if (rule.kind === 'reusable') return true
  const elapsed = now - since
  // A negative time passed means that the clock was set back: nobody knows how long it was.
  return elapsed >= 0 && elapsed < rule.graceMs
}

/**
 * By what the provider does with a refresh token that comes twice: reusable or within its grace, send again
 * soon; strict, only when a caller needs it, since asking may itself end the access token that still serves.
 */
function doubt(state: Refreshing, context: Context): Step<Settled> {
  const { now } = context.at
  // A grace counts from when the server got the question, long before we stopped waiting for its answer.
  const since = state.doubtSince ?? state.sentAt ?? now
  const rule = context.refreshToken
  const byItself = resendsByItself(rule, since, now)
  const again = byItself && rule.kind === 'rotating' && state.attempt === 1
  const { generation, forcedAt, grant, attempt } = state
  const next: InDoubt = {
    kind: 'inDoubt',
    generation,
    forcedAt,
    grant,
    since,
    attempt,
    cause: 'unanswered',
    resend: byItself ? 'byItself' : 'whenNeeded',
    // The grace is short: the first try again is at once.
    notBefore: again ? now : now + backoffMs(attempt, context.jitter),
    wokenAt: state.after?.wokenAt ?? null,
  }
  if (again) return startRefresh(next, { doubtSince: since, attempt: attempt + 1, after: state.after })
  return stay(next, ...tell(state, 'unanswered'))
}
