/** When a state next has something to do by itself. Pure; whoever sleeps caps it and looks again. */
import { dueInMs, remainingMs } from './freshness.js'
import { BACKOFF } from './backoff.js'
import type { Active, Authorizing, State } from './states.js'
import type { Context } from './step.js'

/** Milliseconds until `wake` can change something; undefined when only other events can. */
export function wakeInMs(state: State, context: Omit<Context, 'jitter'>): number | undefined {
  switch (state.kind) {
    case 'authorizing':
      return earlier(deadlineInMs(state, context), wakeInMs(state.before, context))
    case 'active':
      return activeInMs(state, context)
    case 'retrying':
      return state.at - context.at.now
    case 'unsaved':
      return state.saving ? undefined : state.at - context.at.now
    case 'inDoubt':
      return state.resend === 'byItself' ? state.notBefore - context.at.now : undefined
    case 'signedOut':
    case 'refreshing':
    case 'blocked':
    case 'consentRequired':
      return undefined
  }
}

/** Once it has its tokens, a consent has no deadline any more. */
const deadlineInMs = (state: Authorizing, context: Omit<Context, 'jitter'>): number | undefined =>
  state.next === null ? state.deadline - context.at.now : undefined

const earlier = (one: number | undefined, other: number | undefined): number | undefined =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)

function activeInMs(state: Active, context: Omit<Context, 'jitter'>): number | undefined {
  const { grant, forcedAt } = state
  if (grant.rejected) return forcedAt === null ? 0 : forcedAt + BACKOFF.forcedEveryMs - context.at.now
  const ms = grant.facts.renewable
    ? dueInMs(grant, context.at, context.refreshEndsAccessToken)
    : remainingMs(grant, context.at)
  return ms === Infinity ? undefined : ms
}
