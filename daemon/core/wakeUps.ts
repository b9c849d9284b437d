/** When a state next has something to do by itself. Pure; whoever sleeps caps it and looks again. */
import { dueInMs, remainingMs } from './freshness.js'
import { BACKOFF } from './backoff.js'
import type { Active, State } from './states.js'
import type { Context } from './step.js'

/** Milliseconds until `wake` can change something; undefined when only other events can. */
export function wakeInMs(state: State, context: Omit<Context, 'jitter'>): number | undefined {
  switch (state.kind) {
    case 'authorizing':
      return Math.min(state.deadline - context.at.now, wakeInMs(state.before, context) ?? Infinity)
    case 'active':
      return activeInMs(state, context)
    case 'retrying':
    case 'unsaved':
      return state.at - context.at.now
    case 'inDoubt':
      return state.resend === 'byItself' ? state.notBefore - context.at.now : undefined
    case 'signedOut':
    case 'refreshing':
    case 'blocked':
    case 'consentRequired':
      return undefined
  }
}

function activeInMs(state: Active, context: Omit<Context, 'jitter'>): number | undefined {
  const { grant, forcedAt } = state
  if (grant.rejected) return (forcedAt ?? 0) + BACKOFF.forcedEveryMs - context.at.now
  const ms = grant.facts.renewable
    ? dueInMs(grant, context.at, context.refreshEndsAccessToken)
    : remainingMs(grant, context.at)
  return ms === Infinity ? undefined : ms
}
