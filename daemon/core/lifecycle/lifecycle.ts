/**
 * The life of one connection: `(state, event, context) -> {state, effects}`. Pure; nothing here awaits.
 *
 * Invariants, checked cell by cell, by random walks, and from outside:
 * I1 Nothing derived from new tokens is shown before they are durable: `useTokens` only follows `committed`.
 * I2 One exchange per connection at a time: `callRefresh` leaves only states without an exchange.
 * I3 Old generations change nothing; tokens they bring are revoked.
 * I4 Only network, 408, 429, 5xx and unreadable answers retry. Only a permanent OAuth error ends a grant; no
 *    counter of failures ever does.
 * I5 A valid, unrejected access token is served whatever else is going on (`grantOf` keeps it in every state).
 * I6 No secret in any state, event or effect.
 * I7 Nothing sleeps until a moment: `wake` comes at least every 30 s and compares with the wall clock.
 * I8 One refresh per generation; those that rejects or `min_validity` cause on an unexpired token come at most
 *    once a minute.
 */
import { BACKOFF } from './backoff.js'
import {
  onCommitFailed,
  onCommitted,
  onConsentEnded,
  onDeadline,
  onGranted,
  onSignIn,
} from './consentSteps.js'
import { onAnswered, onIntentCommitted, onIntentFailed } from './refreshAnswers.js'
import {
  FIRST_TRY,
  onBesideNeeded,
  onLeaseNeeded,
  onRefreshAsked,
  onRejected,
  onWake,
  startRefresh,
} from './refreshSteps.js'
import { settledOf, type Effect, type Event, type Retrying, type Settled, type State } from './states.js'
import { stay, type Context, type Step } from './step.js'

export function advance(state: State, event: Event, context: Context): Step {
  switch (event.kind) {
    case 'signIn':
      return onSignIn(state, event)
    case 'granted':
      return onGranted(state, event)
    case 'consentEnded':
      return onConsentEnded(state, event)
    case 'committed':
      return onCommitted(state, event)
    case 'commitFailed':
      return onCommitFailed(state, event, context)
    case 'signOut':
      return onSignOut(state, event.generation)
    case 'wake':
      return onDeadline(
        beneath(state, (settled) => onWake(settled, context)),
        context,
      )
    case 'intentCommitted':
    case 'intentFailed':
    case 'answered':
    case 'leaseNeeded':
    case 'besideNeeded':
    case 'rejected':
    case 'refreshAsked':
    case 'clockJumped':
    case 'networkChanged':
    case 'originRecovered':
    case 'configChanged':
      return beneath(state, (settled) => onGrantEvent(settled, event, context))
  }
}

type GrantEvent = Exclude<
  Event,
  { kind: 'signIn' | 'granted' | 'consentEnded' | 'committed' | 'commitFailed' | 'signOut' | 'wake' }
>

function onGrantEvent(state: Settled, event: GrantEvent, context: Context): Step<Settled> {
  switch (event.kind) {
    case 'intentCommitted':
      return onIntentCommitted(state, event.generation, context)
    case 'intentFailed':
      return onIntentFailed(state, event, context)
    case 'answered':
      return onAnswered(state, event, context)
    case 'leaseNeeded':
      return onLeaseNeeded(state, context)
    case 'besideNeeded':
      return onBesideNeeded(state, event.wish, context)
    case 'rejected':
      return onRejected(state, event.generation, context)
    case 'refreshAsked':
      return onRefreshAsked(state)
    case 'clockJumped':
      return retryAt(startingOver(state), context.at.now)
    case 'networkChanged':
      return awaitsNetwork(state) ? retryAt(startingOver(state), context.at.now) : stay(state)
    case 'originRecovered':
      return onOriginRecovered(state, context.at.now)
    case 'configChanged':
      return state.kind === 'blocked' ? startRefresh(state, FIRST_TRY) : stay(state)
  }
}

/** What went wrong may be over: what kept others from the server, not what concerns this client or our disk. */
function onOriginRecovered(state: Settled, now: number): Step<Settled> {
  if (state.kind !== 'inDoubt' && !(state.kind === 'retrying' && isOfOrigin(state.cause))) return stay(state)
  const { wokenAt } = state
  if ((state.kind === 'inDoubt' ? state.notBefore : state.at) <= now) return stay(state)
  if (wokenAt !== null && Math.abs(now - wokenAt) < BACKOFF.wokenEveryMs) return stay(state)
  return retryAt({ ...state, wokenAt: now }, now)
}

const isOfOrigin = (cause: Retrying['cause']): boolean => cause === 'network' || cause === 'server'

const awaitsNetwork = (state: Settled): state is Retrying =>
  state.kind === 'retrying' && state.cause === 'network'

/** Right after a wake or a change the network may need some seconds more: patience begins anew. */
const startingOver = (state: Settled): Settled => (awaitsNetwork(state) ? { ...state, attempt: 0 } : state)

/** Moves the next try forward to `at`, never back. A clock set back would else put it off by as much. */
function retryAt(state: Settled, at: number): Step<Settled> {
  switch (state.kind) {
    case 'retrying':
    case 'unsaved':
      return at < state.at ? stay({ ...state, at }, { kind: 'publish' }) : stay(state)
    case 'inDoubt':
      return at < state.notBefore ? stay({ ...state, notBefore: at }, { kind: 'publish' }) : stay(state)
    case 'signedOut':
    case 'active':
    case 'refreshing':
    case 'blocked':
    case 'consentRequired':
      return stay(state)
  }
}

/**
 * The generation a sign-out has: above everything that may be under way. A refresh uses one more than the
 * current, a consent that is being saved one more again.
 */
export const tombstoneOf = (state: State): number => settledOf(state).generation + 2

/** The tombstone is on disk and whoever wrote it ends the tokens; an answer still to come is a stray. */
function onSignOut(state: State, generation: number): Step {
  const effects: Effect[] = []
  if (state.kind === 'authorizing') {
    effects.push({
      kind: 'endConsent',
      attempt: state.attempt,
      outcome: 'cancelled',
      message: 'signed out meanwhile',
      fix: '',
    })
  }
  effects.push({ kind: 'answerWaiters' }, { kind: 'publish' })
  return { state: { kind: 'signedOut', generation, forcedAt: null }, effects }
}

/** While a person is asked, the grant underneath lives on. */
function beneath(state: State, advanceSettled: (settled: Settled) => Step<Settled>): Step {
  if (state.kind !== 'authorizing') return advanceSettled(state)
  const step = advanceSettled(state.before)
  const same = step.state === state.before
  return { state: same ? state : { ...state, before: step.state }, effects: step.effects }
}
