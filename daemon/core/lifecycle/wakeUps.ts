/** When a state next has something to do by itself. Pure; whoever sleeps caps it and looks again. */
import { dueInMs, endInMs } from './freshness.js'
import { BACKOFF } from './backoff.js'
import type { Active, State } from './states.js'
import type { Context } from './step.js'

/**
 * Milliseconds until `wake` can change something; undefined when only other events can. What would ask the server
 * comes in its turn, which is in `turnInMs`.
 */
export function wakeInMs(
  state: State,
  context: Omit<Context, 'jitter'>,
  turnInMs: number,
): number | undefined {
  const { now } = context.at
  switch (state.kind) {
    case 'authorizing':
      return earlier(deadlineInMs(state, now), wakeInMs(state.before, context, turnInMs))
    case 'active':
      return activeInMs(state, context, turnInMs)
    case 'retrying':
      return Math.max(turnInMs, state.at - now)
    case 'unsaved':
      return state.saving ? undefined : state.at - now
    case 'inDoubt':
      return state.resend === 'byItself' ? Math.max(turnInMs, state.notBefore - now) : undefined
    case 'signedOut':
    case 'refreshing':
    case 'blocked':
    case 'consentRequired':
      return undefined
  }
}

/** Of a consent under way. Once it has its tokens, it has no deadline any more. */
export const deadlineInMs = (state: State, now: number): number | undefined =>
  state.kind === 'authorizing' && state.next === null ? state.deadline - now : undefined

export const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)

function activeInMs(state: Active, context: Omit<Context, 'jitter'>, turnInMs: number): number | undefined {
  const { grant, forcedAt } = state
  if (grant.rejected) {
    return forcedAt === null
      ? turnInMs
      : Math.max(turnInMs, forcedAt + BACKOFF.forcedEveryMs - context.at.now)
  }
  const ms = grant.facts.renewable
    ? Math.max(turnInMs, dueInMs(grant, context.at, context.refreshEndsAccessToken))
    : endInMs(grant, context.at, context.stored)
  return ms === Infinity ? undefined : ms
}
