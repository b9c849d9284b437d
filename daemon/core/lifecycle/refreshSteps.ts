/**
 * The rows of the lifecycle that concern refreshing: what callers, people and the clock ask for, and when one
 * starts for it. What its end means is in `refreshAnswers`. Pure.
 */
import { BACKOFF } from './backoff.js'
import { dueInMs, endInMs, isServable, remainingMs, type HeldGrant } from './freshness.js'
import type { Wish } from './besideWish.js'
import type { GrantFacts } from '../record.js'
import type { Active, Effect, Refreshing, Settled } from './states.js'
import { stay, type Context, type Step } from './step.js'
import { whyUnrenewable } from './tokens.js'

type WithGrant = Exclude<Settled, { kind: 'signedOut' }> & { readonly grant: HeldGrant }

/** Writes the intent first: a crash from here on is found at the next start. */
export function startRefresh(
  state: WithGrant,
  how: Pick<Refreshing, 'doubtSince' | 'attempt' | 'after'> & { forcedAt?: number; beside?: Wish },
): Step<Settled> {
  const next: Refreshing = {
    kind: 'refreshing',
    generation: state.generation,
    forcedAt: how.forcedAt ?? state.forcedAt,
    grant: state.grant,
    step: 'intent',
    attempt: how.attempt,
    sentAt: null,
    doubtSince: how.doubtSince,
    after: how.after,
    next: null,
    beside: how.beside ?? null,
  }
  const intent: Effect = { kind: 'commitIntent', generation: state.grant.facts.generation }
  // The connection is as it was to people: only some callers want something beside.
  if (next.beside !== null) return stay(next, intent)
  return how.after === null ? stay(next, intent, { kind: 'publish' }) : stay(next, intent)
}

export const FIRST_TRY = { doubtSince: null, attempt: 1, after: null } as const

/** What the state remembers of earlier attempts, for the next one. */
function resume(state: Settled): Pick<Refreshing, 'doubtSince' | 'attempt' | 'after'> {
  if (state.kind === 'retrying')
    return { doubtSince: state.doubtSince, attempt: state.attempt + 1, after: state }
  if (state.kind === 'inDoubt') return { doubtSince: state.since, attempt: state.attempt + 1, after: state }
  return FIRST_TRY
}

/** Only a person can bring another. */
export function endGrant(state: WithGrant, reason: string): Step<Settled> {
  const { generation, grant } = state
  return stay(
    { kind: 'consentRequired', generation, forcedAt: null, grant, reason },
    { kind: 'commitStanding' },
    { kind: 'answerWaiters' },
    { kind: 'publish' },
  )
}

/** Asked only when the cached access token will not do: it is expired, rejected, or shorter than wanted. */
export function onLeaseNeeded(state: Settled, context: Context): Step<Settled> {
  switch (state.kind) {
    case 'active':
      return activeLeaseNeeded(state, context)
    case 'inDoubt':
      if (isServable(state.grant, context.at) || context.at.now < state.notBefore) return answerNow(state)
      return startRefresh(state, resume(state))
    case 'retrying':
      // Its time has come, and it only waits for its turn or for the next look at the clock.
      return context.at.now >= state.at ? startRefresh(state, resume(state)) : answerNow(state)
    case 'refreshing':
      return stay(state)
    case 'signedOut':
    case 'unsaved':
    case 'blocked':
    case 'consentRequired':
      return answerNow(state)
  }
}

/**
 * Only a grant that is well is asked for more; what becomes of the wish otherwise, the state says by itself. Where the
 * own access token is what asks, it has to work first.
 */
export function onBesideNeeded(state: Settled, wish: Wish, context: Context): Step<Settled> {
  if (state.kind !== 'active') return stay(state)
  const { besideByOwn, at } = context
  if (besideByOwn && !isServable(state.grant, at)) return activeLeaseNeeded(state, context)
  const able = besideByOwn || state.grant.facts.renewable
  return able ? startRefresh(state, { ...FIRST_TRY, beside: wish }) : stay(state)
}

const answerNow = (state: Settled): Step<Settled> => stay(state, { kind: 'answerWaiters' })

function activeLeaseNeeded(state: Active, context: Context): Step<Settled> {
  const { grant } = state
  const expired = remainingMs(grant, context.at) <= 0
  if (!grant.facts.renewable)
    return hasEnded(grant, context) ? endGrant(state, expiredOf(grant, context)) : answerNow(state)
  if (expired) return startRefresh(state, resume(state))
  if (wouldTakeEarly(grant, context)) return answerNow(state)
  return forced(state, context) ?? answerNow(state)
}

/** Whether a refresh for the sake of one caller, who wants more time, would end what all others hold. */
const wouldTakeEarly = (grant: HeldGrant, { at, refreshEndsAccessToken }: Context): boolean =>
  refreshEndsAccessToken && !grant.rejected && dueInMs(grant, at, true) > 0

/** A refresh on a token that is not expired, unless one was made within the last minute (I8). */
function forced(state: WithGrant, context: Context): Step<Settled> | undefined {
  const { now } = context.at
  if (state.forcedAt !== null && Math.abs(now - state.forcedAt) < BACKOFF.forcedEveryMs) return undefined
  return startRefresh(state, { ...resume(state), forcedAt: now })
}

const hasEnded = (grant: HeldGrant, { at, stored }: Context): boolean => endInMs(grant, at, stored) <= 0

const expiredOf = ({ facts }: HeldGrant, { stored }: Context): string =>
  stored ? 'the stored secret has ended' : `the access token expired and ${whyUnrenewable(facts)}`

const refusedOf = ({ facts }: HeldGrant, { stored }: Context): string =>
  stored
    ? 'the stored secret was reported as refused'
    : `the access token no longer works and ${whyUnrenewable(facts)}`

export function onRejected(state: Settled, generation: number, context: Context): Step<Settled> {
  if (state.kind === 'signedOut' || state.grant === null) return stay(state)
  if (!stands(state.grant, generation) || state.grant.rejected) return stay(state)
  const rejected = { ...state, grant: { ...state.grant, rejected: true } }
  const discard: Effect = { kind: 'discardAccessToken' }
  if (rejected.kind !== 'active') return stay(rejected, discard, { kind: 'publish' })
  const step = rejected.grant.facts.renewable
    ? (forced(rejected, context) ?? stay(rejected, { kind: 'publish' }))
    : endGrant(rejected, refusedOf(rejected.grant, context))
  return { state: step.state, effects: [discard, ...step.effects] }
}

/** Whether what was handed out with this generation is the access token there is now. */
const stands = ({ facts, accessGeneration }: HeldGrant, generation: number): boolean =>
  generation >= accessGeneration && generation <= facts.generation

/** A person's or script's own wish: one exchange, whatever the age of the access token. */
export function onRefreshAsked(state: Settled): Step<Settled> {
  switch (state.kind) {
    case 'active':
    case 'retrying':
    case 'inDoubt':
    case 'blocked':
      return isWorthAsking(state.grant.facts) ? startRefresh(state, resume(state)) : stay(state)
    case 'unsaved':
      return save(state)
    case 'signedOut':
    case 'refreshing':
    case 'consentRequired':
      return stay(state)
  }
}

/** A server that renewed nothing may have been mended since, which only a person knows. */
const isWorthAsking = ({ renewable, unrenewed }: GrantFacts): boolean => renewable || unrenewed === true

const save = (state: Extract<Settled, { kind: 'unsaved' }>): Step<Settled> =>
  state.saving
    ? stay(state)
    : stay({ ...state, saving: true }, { kind: 'commitGrant', facts: state.next.facts })

export function onWake(state: Settled, context: Context): Step<Settled> {
  const { now } = context.at
  switch (state.kind) {
    case 'active':
      return activeWake(state, context)
    case 'retrying':
      return now >= state.at ? startRefresh(state, resume(state)) : stay(state)
    case 'inDoubt':
      return state.resend === 'byItself' && now >= state.notBefore
        ? startRefresh(state, resume(state))
        : stay(state)
    case 'unsaved':
      return now >= state.at ? save(state) : stay(state)
    case 'signedOut':
    case 'refreshing':
    case 'blocked':
    case 'consentRequired':
      return stay(state)
  }
}

function activeWake(state: Active, context: Context): Step<Settled> {
  const { grant } = state
  if (!grant.facts.renewable) {
    if (grant.rejected) return endGrant(state, refusedOf(grant, context))
    return hasEnded(grant, context) ? endGrant(state, expiredOf(grant, context)) : stay(state)
  }
  if (grant.rejected) return forced(state, context) ?? stay(state)
  const due = dueInMs(grant, context.at, context.refreshEndsAccessToken) <= 0
  return due ? startRefresh(state, resume(state)) : stay(state)
}
