/** The states and events the lifecycle is asked about in tests, by name, and states and effects in short words. */
import { AttemptId } from '../../shared/contract/ids.js'
import type { HeldGrant } from '../../daemon/core/lifecycle/freshness.js'
import type { Effect, Event, Settled, State } from '../../daemon/core/lifecycle/states.js'
import type { Context } from '../../daemon/core/lifecycle/step.js'

export const NOW = Date.parse('2030-01-01T00:00:00.000Z')
const MINUTE = 60_000
export const ATTEMPT = AttemptId.parse('attempt-running')
const OLD_ATTEMPT = AttemptId.parse('attempt-of-before')
const NEW_ATTEMPT = AttemptId.parse('attempt-that-comes')

/** A server that may revoke the grant when a refresh token comes twice. */
export const strict: Context = {
  at: { now: NOW, monotonic: 1_000_000 },
  jitter: 0,
  refreshToken: { kind: 'rotating', graceMs: 0 },
  refreshEndsAccessToken: false,
  besideByOwn: false,
  stored: false,
}
export const grace: Context = { ...strict, refreshToken: { kind: 'rotating', graceMs: 30_000 } }
/** An access token is asked for another. */
export const byOwn: Context = { ...strict, besideByOwn: true }
export const reusable: Context = { ...strict, refreshToken: { kind: 'reusable' } }

/** An hour's access token of which 50 minutes are left. */
export function grant(generation: number, more: Partial<HeldGrant['facts']> = {}): HeldGrant {
  const facts = {
    generation,
    issuedAt: NOW - 10 * MINUTE,
    expiresAt: NOW + 50 * MINUTE,
    scopes: [],
    account: { id: 'ada', label: 'ada@example.test' },
    renewable: true,
    ...more,
  }
  return { facts, issuedMonotonic: null, rejected: false, accessGeneration: generation }
}

export const expired = (held: HeldGrant): HeldGrant => ({
  ...held,
  facts: { ...held.facts, expiresAt: NOW - MINUTE },
})

const known = { generation: 5, forcedAt: null }
const once = grant(5, { renewable: false })
const refreshing = {
  ...known,
  kind: 'refreshing',
  grant: grant(5),
  attempt: 1,
  sentAt: null,
  doubtSince: null,
  after: null,
  next: null,
  beside: null,
} as const
/** One rotation on, with the access token of before. */
const besideGrant = { ...grant(6), accessGeneration: 5 }
const retrying = {
  ...known,
  kind: 'retrying',
  grant: grant(5),
  attempt: 2,
  at: NOW + MINUTE,
  cause: 'network',
  reason: 'no route',
  doubtSince: null,
  wokenAt: null,
} as const
const inDoubt = {
  ...known,
  kind: 'inDoubt',
  grant: grant(5),
  since: NOW - MINUTE,
  attempt: 1,
  cause: 'unanswered',
  notBefore: NOW - 1,
  wokenAt: null,
} as const
const unsaved = {
  kind: 'unsaved',
  generation: 6,
  forcedAt: null,
  grant: grant(5),
  next: grant(6),
  attempt: 1,
  at: NOW + 1_000,
  saving: false,
  reason: 'disk full',
} as const
const active = { ...known, kind: 'active', grant: grant(5) } as const
const authorizing = {
  kind: 'authorizing',
  attempt: ATTEMPT,
  deadline: NOW + MINUTE,
  before: active,
  next: null,
} as const

export const settledStates = {
  signedOut: { kind: 'signedOut', ...known },
  active: active,
  'active, due': { ...active, grant: grant(5, { issuedAt: NOW - 55 * MINUTE, expiresAt: NOW + 5 * MINUTE }) },
  'active, expired': { ...active, grant: expired(grant(5)) },
  'active, rejected': { ...active, forcedAt: NOW - 1_000, grant: { ...grant(5), rejected: true } },
  'active, not renewable': { ...active, grant: once },
  'active, not renewable, expired': { ...active, grant: expired(once) },
  'refreshing, intent': { ...refreshing, step: 'intent' },
  'refreshing, exchange': { ...refreshing, step: 'exchange', sentAt: NOW - 15_000 },
  'refreshing, commit': {
    ...refreshing,
    step: 'commit',
    sentAt: NOW - 15_000,
    generation: 6,
    next: grant(6),
  },
  'refreshing, another try': {
    ...refreshing,
    step: 'exchange',
    attempt: 3,
    sentAt: NOW,
    after: { ...retrying, cause: 'server' },
  },
  'beside, intent': { ...refreshing, step: 'intent', beside: ['read'] },
  'beside, exchange': { ...refreshing, step: 'exchange', sentAt: NOW - 15_000, beside: ['read'] },
  'beside, commit': {
    ...refreshing,
    step: 'commit',
    sentAt: NOW - 15_000,
    generation: 6,
    next: besideGrant,
    beside: ['read'],
  },
  'active, after beside': { ...active, generation: 6, grant: besideGrant },
  retrying: retrying,
  'retrying, time come': { ...retrying, at: NOW },
  'retrying, store': { ...retrying, cause: 'store' },
  'retrying, limited': { ...retrying, cause: 'rateLimit' },
  'retrying, woken': { ...retrying, wokenAt: NOW - MINUTE },
  'inDoubt, by itself': { ...inDoubt, resend: 'byItself' },
  'inDoubt, by itself, later': { ...inDoubt, resend: 'byItself', notBefore: NOW + MINUTE },
  'inDoubt, when needed': { ...inDoubt, resend: 'whenNeeded' },
  'inDoubt, when needed, expired': { ...inDoubt, resend: 'whenNeeded', grant: expired(grant(5)) },
  unsaved: unsaved,
  'unsaved, time come': { ...unsaved, at: NOW },
  'unsaved, saving': { ...unsaved, at: NOW, saving: true },
  blocked: { ...known, kind: 'blocked', grant: grant(5), reason: 'bad client', fix: 'mend it' },
  consentRequired: { ...known, kind: 'consentRequired', grant: grant(5), reason: 'revoked' },
  'consentRequired, empty': { ...known, kind: 'consentRequired', grant: null, reason: 'revoked' },
} as const satisfies Record<string, Settled>

export const states = {
  ...settledStates,
  authorizing: authorizing,
  'authorizing, deadline': { ...authorizing, deadline: NOW },
  'authorizing, saving': { ...authorizing, deadline: NOW, next: grant(6) },
  'authorizing over refreshing': { ...authorizing, before: settledStates['refreshing, exchange'] },
} as const satisfies Record<string, State>
export type StateName = keyof typeof states

const failure = { outcome: 'denied', message: 'declined', fix: 'again' } as const

export const events = {
  signIn: { kind: 'signIn', attempt: NEW_ATTEMPT, deadline: NOW + 5 * MINUTE },
  granted: { kind: 'granted', attempt: ATTEMPT, next: grant(6), sameAccount: true },
  'granted to another': { kind: 'granted', attempt: ATTEMPT, next: grant(6), sameAccount: false },
  'granted late': { kind: 'granted', attempt: OLD_ATTEMPT, next: grant(6), sameAccount: true },
  denied: { kind: 'consentEnded', attempt: ATTEMPT, ...failure },
  'denied late': { kind: 'consentEnded', attempt: OLD_ATTEMPT, ...failure },
  intentCommitted: { kind: 'intentCommitted', generation: 5 },
  'intentCommitted, old': { kind: 'intentCommitted', generation: 4 },
  intentFailed: { kind: 'intentFailed', generation: 5, reason: 'disk full' },
  'intentFailed, old': { kind: 'intentFailed', generation: 4, reason: 'disk full' },
  rotated: { kind: 'answered', generation: 5, answer: { kind: 'rotated', next: grant(6) } },
  'rotated, old': { kind: 'answered', generation: 4, answer: { kind: 'rotated', next: grant(6) } },
  transient: {
    kind: 'answered',
    generation: 5,
    answer: { kind: 'transient', cause: 'server', reason: '503', retryAfterMs: undefined },
  },
  unanswered: { kind: 'answered', generation: 5, answer: { kind: 'unanswered', reason: 'cut' } },
  permanent: { kind: 'answered', generation: 5, answer: { kind: 'permanent', reason: 'revoked' } },
  'permanent, old': { kind: 'answered', generation: 4, answer: { kind: 'permanent', reason: 'revoked' } },
  misconfigured: {
    kind: 'answered',
    generation: 5,
    answer: { kind: 'misconfigured', reason: 'bad client', fix: 'mend it' },
  },
  committed: { kind: 'committed', generation: 6 },
  'committed, old': { kind: 'committed', generation: 4 },
  commitFailed: { kind: 'commitFailed', generation: 6, reason: 'disk full' },
  'commitFailed, old': { kind: 'commitFailed', generation: 4, reason: 'disk full' },
  leaseNeeded: { kind: 'leaseNeeded' },
  besideNeeded: { kind: 'besideNeeded', wish: ['read'] },
  rejected: { kind: 'rejected', generation: 5 },
  'rejected, old': { kind: 'rejected', generation: 4 },
  refreshAsked: { kind: 'refreshAsked' },
  wake: { kind: 'wake' },
  clockJumped: { kind: 'clockJumped' },
  networkChanged: { kind: 'networkChanged' },
  originRecovered: { kind: 'originRecovered' },
  configChanged: { kind: 'configChanged' },
  signOut: { kind: 'signOut', generation: 7 },
} as const satisfies Record<string, Event>
export type EventName = keyof typeof events

/** A state in the words of the table. */
export function worded(state: State): string {
  switch (state.kind) {
    case 'authorizing':
      return `authorizing(${worded(state.before)})${state.next ? ' saving' : ''}`
    case 'refreshing':
      return `refreshing:${state.step}${state.doubtSince === null ? '' : ' doubted'}${state.beside === null ? '' : ' beside'}`
    case 'retrying':
      return `retrying(${state.cause})`
    case 'inDoubt':
      return `inDoubt:${state.resend}`
    case 'unsaved':
      return state.saving ? 'unsaved saving' : 'unsaved'
    case 'signedOut':
      return `signedOut#${state.generation}`
    case 'active':
      return `active#${state.generation}`
    case 'blocked':
    case 'consentRequired':
      return state.kind
  }
}

export function wordedEffect(effect: Effect): string {
  switch (effect.kind) {
    case 'commitIntent':
    case 'callRefresh':
    case 'useTokens':
    case 'revokeTokens':
      return `${effect.kind}#${effect.generation}`
    case 'commitGrant':
      return `commitGrant#${effect.facts.generation}`
    case 'endConsent':
      return `endConsent(${effect.outcome})`
    case 'refuseBeside':
      return `refuseBeside(${effect.because.kind})`
    case 'clearIntent':
    case 'commitStanding':
    case 'discardAccessToken':
    case 'answerWaiters':
    case 'publish':
      return effect.kind
  }
}
