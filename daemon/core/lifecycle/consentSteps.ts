/**
 * The rows of the lifecycle that concern a person's consent, and those that make new tokens count. Pure.
 * A late answer of an ended attempt changes nothing; what it brought is revoked.
 */
import { storeBackoffMs } from './backoff.js'
import type { HeldGrant } from './freshness.js'
import {
  grantOf,
  isBeside,
  settledOf,
  type Active,
  type Authorizing,
  type Effect,
  type Event,
  type State,
} from './states.js'
import type { Context, Step } from './step.js'

type EventOf<K extends Event['kind']> = Extract<Event, { kind: K }>

/** A new attempt takes the place of a running one, unless that one has its tokens and only saves them. */
export function onSignIn(state: State, event: EventOf<'signIn'>): Step {
  const { attempt, deadline } = event
  if (state.kind === 'authorizing' && state.next !== null) {
    const message = 'another sign-in is just being finished'
    return { state, effects: [{ kind: 'endConsent', attempt, outcome: 'cancelled', message, fix: '' }] }
  }
  const effects: Effect[] = []
  if (state.kind === 'authorizing') {
    effects.push(ended(state, 'cancelled', 'another sign-in took its place', ''))
  }
  effects.push({ kind: 'publish' })
  return { state: { kind: 'authorizing', attempt, deadline, before: settledOf(state), next: null }, effects }
}

export function onGranted(state: State, event: EventOf<'granted'>): Step {
  const { next } = event
  const stray: Effect = { kind: 'revokeTokens', generation: next.facts.generation }
  if (!runs(state, event.attempt) || state.next !== null) return { state, effects: [stray] }
  if (!event.sameAccount) {
    const expected = grantOf(state)?.facts.account?.label ?? 'the account signed in before'
    const got = next.facts.account?.label ?? 'another account'
    const message = `the provider signed in ${got}, but this connection belongs to ${expected}; sign out first to change accounts`
    return {
      state: state.before,
      effects: [stray, ended(state, 'wrongAccount', message, ''), { kind: 'publish' }],
    }
  }
  return { state: { ...state, next }, effects: [{ kind: 'commitGrant', facts: next.facts }] }
}

/** Denied, failed, cancelled: back to what was there before. */
export function onConsentEnded(state: State, event: EventOf<'consentEnded'>): Step {
  if (!runs(state, event.attempt) || state.next !== null) return { state, effects: [] }
  return {
    state: state.before,
    effects: [ended(state, event.outcome, event.message, event.fix), { kind: 'publish' }],
  }
}

/** Runs after the grant beneath had its turn, so that both deadlines are seen in one wake-up. */
export function onDeadline(step: Step, context: Context): Step {
  const { state } = step
  if (state.kind !== 'authorizing' || state.next !== null || context.at.now < state.deadline) return step
  const message = 'nobody finished signing in within the time allowed'
  return {
    state: state.before,
    effects: [...step.effects, ended(state, 'deadline', message, ''), { kind: 'publish' }],
  }
}

const runs = (state: State, attempt: string): state is Authorizing =>
  state.kind === 'authorizing' && state.attempt === attempt

const ended = (
  state: Authorizing,
  outcome: Extract<Effect, { kind: 'endConsent' }>['outcome'],
  message: string,
  fix: string,
): Effect => ({ kind: 'endConsent', attempt: state.attempt, outcome, message, fix })

/** The new grant is on disk: from here on it may be shown. */
export function onCommitted(state: State, event: EventOf<'committed'>): Step {
  const { generation } = event
  const use: Effect = { kind: 'useTokens', generation }
  const shown: Effect[] = [{ kind: 'answerWaiters' }, { kind: 'publish' }]
  if (state.kind === 'authorizing' && saves(state.next, generation)) {
    return {
      state: activeWith(state.next, null),
      effects: [use, ended(state, 'granted', '', ''), ...shown],
    }
  }
  const settled = settledOf(state)
  if ((settled.kind === 'refreshing' || settled.kind === 'unsaved') && saves(settled.next, generation)) {
    const active = activeWith(stillRejected(settled.grant, settled.next), settled.forcedAt)
    return {
      state: state.kind === 'authorizing' ? { ...state, before: active } : active,
      // Whoever waits for the grant's own access token got nothing of theirs, and asks anew.
      effects: isBeside(state) ? [use, { kind: 'publish' }] : [use, ...shown],
    }
  }
  return { state, effects: [{ kind: 'revokeTokens', generation }] }
}

/** The access token that stayed may have been rejected since the exchange began. */
const stillRejected = (before: HeldGrant | null, next: HeldGrant): HeldGrant =>
  before?.accessGeneration === next.accessGeneration ? { ...next, rejected: before.rejected } : next

const activeWith = (grant: HeldGrant, forcedAt: number | null): Active => ({
  kind: 'active',
  generation: grant.facts.generation,
  forcedAt,
  grant,
})

const saves = (next: HeldGrant | null, generation: number): next is HeldGrant =>
  next !== null && next.facts.generation === generation

/** The tokens stay in memory, unseen, and saving goes on: asking the provider again would lose them. */
export function onCommitFailed(state: State, event: EventOf<'commitFailed'>, context: Context): Step {
  const { generation, reason } = event
  if (state.kind === 'authorizing' && saves(state.next, generation)) {
    const message = `signed in, but the grant cannot be saved yet: ${reason}; fob keeps it in memory and keeps trying`
    const { before, next } = state
    const unsaved = unsavedAfter(grantOf(before), next, 1, before.forcedAt, reason, context)
    return {
      state: unsaved,
      effects: [ended(state, 'failed', message, ''), { kind: 'answerWaiters' }, { kind: 'publish' }],
    }
  }
  const settled = settledOf(state)
  if ((settled.kind === 'refreshing' || settled.kind === 'unsaved') && saves(settled.next, generation)) {
    const attempt = settled.kind === 'unsaved' ? settled.attempt + 1 : 1
    const unsaved = unsavedAfter(settled.grant, settled.next, attempt, settled.forcedAt, reason, context)
    return {
      state: state.kind === 'authorizing' ? { ...state, before: unsaved } : unsaved,
      effects: [{ kind: 'answerWaiters' }, { kind: 'publish' }],
    }
  }
  return { state, effects: [{ kind: 'revokeTokens', generation }] }
}

const unsavedAfter = (
  grant: HeldGrant | null,
  next: HeldGrant,
  attempt: number,
  forcedAt: number | null,
  reason: string,
  context: Context,
) => ({
  kind: 'unsaved' as const,
  generation: next.facts.generation,
  forcedAt,
  grant,
  next,
  attempt,
  at: context.at.now + storeBackoffMs(attempt, context.jitter),
  saving: false,
  reason,
})
