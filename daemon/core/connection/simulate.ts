/**
 * What a connection looks like while a trouble is simulated. Pure: the real state in, the one to show out.
 *
 * The verdict is the one the provider's own words would get, so what people see is what they would see. The real
 * state, its tokens and the disk are not touched: when the simulation ends, everything is as it was.
 */
import type { Simulation, SimulationKind } from '../../../shared/contract/simulation.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { HeldGrant } from '../lifecycle/freshness.js'
import type { Outcome } from '../outcome.js'
import { grantOf, settledOf, type Event, type Settled, type State } from '../lifecycle/states.js'
import { verdictOf, type Verdict } from '../lifecycle/verdict.js'

export interface Simulated {
  readonly kind: SimulationKind
  /** Epoch milliseconds. */
  readonly since: number
  readonly until: number
}

/** How long a caller waits for a provider that is slow: twice what people call slow, less than the deadline. */
export const SLOW_MS = 10_000

const error = (status: number, code: string, description: string): Outcome => ({
  kind: 'oauthError',
  status,
  error: code,
  description,
  retryAfterMs: undefined,
})

/** What is answered in the provider's place; undefined: nothing is, it is the grant that is another. */
function verdictFor(kind: SimulationKind, name: string): Verdict | undefined {
  switch (kind) {
    case 'expire':
      return verdictOf(error(400, 'invalid_grant', 'the refresh token has expired'), name)
    case 'revoke':
      return verdictOf(error(400, 'invalid_grant', 'the grant was revoked'), name)
    case 'rate-limit':
      return verdictOf(error(429, 'rate_limited', 'too many requests'), name)
    case 'offline':
      return verdictOf({ kind: 'unreachable', reason: 'there is no way to the provider' }, name)
    case 'slow':
      return verdictOf(error(503, 'temporarily_unavailable', 'no answer within 10 s'), name)
    case 'clock-skew':
      return {
        kind: 'misconfigured',
        reason: 'the clock of this machine is 10 min away from the one of the provider',
        fix: 'timedatectl set-ntp true',
      }
    case 'scope-loss':
      return undefined
  }
}

/** The state to show instead of the real one. */
export function shownState(state: State, simulated: Simulated, name: string): State {
  const settled = shownSettled(settledOf(state), simulated, name)
  return state.kind === 'authorizing' ? { ...state, before: settled } : settled
}

function shownSettled(state: Settled, simulated: Simulated, name: string): Settled {
  const held = grantOf(state)
  if (state.kind === 'signedOut' || held === null) return state
  const { generation, forcedAt } = state
  const grant = shownGrant(held, simulated)
  const verdict = verdictFor(simulated.kind, name)
  const reason = verdict && 'reason' in verdict ? `${verdict.reason} (simulated)` : ''
  switch (verdict?.kind) {
    case 'transient': {
      const { cause } = verdict
      const when = { attempt: 1, at: simulated.until, doubtSince: null, wokenAt: null }
      return { kind: 'retrying', generation, forcedAt, grant, cause, reason, ...when }
    }
    case 'permanent':
      return { kind: 'consentRequired', generation, forcedAt, grant, reason }
    case 'misconfigured':
      return { kind: 'blocked', generation, forcedAt, grant, reason, fix: verdict.fix }
    default:
      return { ...state, grant }
  }
}

/** `rejected` is what keeps an access token from being handed out. */
function shownGrant(grant: HeldGrant, { kind, since }: Simulated): HeldGrant {
  const { facts } = grant
  switch (kind) {
    case 'expire': {
      const expiresAt = Math.min(facts.expiresAt ?? since, since)
      return { ...grant, rejected: true, facts: { ...facts, expiresAt } }
    }
    case 'revoke':
      return { ...grant, rejected: true }
    case 'scope-loss':
      // The first is what most people ask for who they are by; of one alone nothing is left.
      return {
        ...grant,
        facts: { ...facts, scopes: facts.scopes.length > 1 ? facts.scopes.slice(0, 1) : [] },
      }
    case 'rate-limit':
    case 'offline':
    case 'slow':
    case 'clock-skew':
      return grant
  }
}

/**
 * Whether the real lifecycle has to wait for this event until the simulation is over: everything that would ask the
 * provider by itself or for a caller. What a person does to the grant goes on.
 */
export function holdsBack({ kind }: Event): boolean {
  switch (kind) {
    case 'leaseNeeded':
    case 'besideNeeded':
    case 'rejected':
    case 'refreshAsked':
    case 'clockJumped':
    case 'networkChanged':
    case 'originRecovered':
    case 'configChanged':
      return true
    case 'signIn':
    case 'granted':
    case 'consentEnded':
    case 'intentCommitted':
    case 'intentFailed':
    case 'answered':
    case 'committed':
    case 'commitFailed':
    case 'wake':
    case 'signOut':
      return false
  }
}

/** As status says it. */
export const simulationOf = ({ kind, until }: Simulated): Simulation => ({
  kind,
  until: new Date(until).toISOString(),
})

/** Only a grant that works can be pretended not to. */
export function refuseHopeless(state: State, name: string): void {
  const { kind } = settledOf(state)
  if (grantOf(state) !== null && kind !== 'consentRequired' && kind !== 'blocked') return
  throw new Refusal('consent_required', `${name} needs you as it is, so there is nothing to simulate`, {
    field: 'body.connection',
    fix: `fob sign-in ${name}`,
  })
}

/** For who wants a refresh of a grant that looks well: it would ask the provider. */
export const nothingAsked = (name: string, { kind, until }: Simulated): Refusal =>
  new Refusal('retry_later', `${name} simulates ${kind}: its provider is not asked until that ends`, {
    fix: `fob simulate ${name} stop`,
    retryAt: until,
  })
