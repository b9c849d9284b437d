/** A state as people and programs see it: the status row, and the refusal for a caller it cannot serve. Pure. */
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { BACKOFF } from './backoff.js'
import { isServable, type Moment } from './freshness.js'
import type { ConnectionDefinition, Standing } from '../record.js'
import { whyUnrenewable } from './tokens.js'
import { grantOf, settledOf, type Active, type Settled, type State } from './states.js'

const iso = (ms: number): string => new Date(ms).toISOString()

export function statusOf(
  definition: ConnectionDefinition,
  state: State,
  leases: number,
  at: Moment,
): Omit<ConnectionStatus, 'clientSecret' | 'needsYouBy'> {
  const grant = grantOf(state)
  const settled = shownOf(settledOf(state))
  const expiresAt = grant?.facts.expiresAt ?? null
  return {
    name: definition.name,
    provider: definition.provider,
    state: state.kind === 'authorizing' ? state.kind : settled.kind,
    reason: reasonOf(settled, at),
    fix: fixOf(settled, definition),
    account: grant?.facts.account ?? null,
    ...(grant?.facts.claims && { claims: grant.facts.claims }),
    scopes: [...(grant?.facts.scopes ?? [])],
    scopesAsked: [...definition.scopesAsked],
    flow: definition.flow,
    signInBy: signInBy(definition),
    issuer: definition.server?.issuer ?? '',
    variable: definition.variable ?? null,
    expiresAt: expiresAt === null ? null : iso(expiresAt),
    offline: settled.kind === 'retrying' && settled.cause === 'network',
    retryAt: settled.kind === 'retrying' ? iso(settled.at) : null,
    lastRefreshAt: grant ? iso(grant.facts.issuedAt) : null,
    generation: grant?.facts.generation ?? settled.generation,
    leases,
  }
}

/** Its server may have no page to send a browser to, or give out no codes (RFC 8628 §4). */
function signInBy({ flow, server }: ConnectionDefinition): ConnectionStatus['signInBy'] {
  if (server === null || flow === 'client-credentials') return []
  const { authorization_endpoint, device_authorization_endpoint } = server.endpoints
  return [
    ...(authorization_endpoint === undefined ? [] : ['code' as const]),
    ...(device_authorization_endpoint === undefined ? [] : ['device' as const]),
  ]
}

/**
 * Another try after trouble is still that trouble, until it ends well; and a connection whose callers get something
 * beside is as it was.
 */
function shownOf(state: Settled): Settled {
  if (state.kind !== 'refreshing') return state
  const { grant, generation, forcedAt } = state
  if (state.beside !== null) return { kind: 'active', generation, forcedAt, grant }
  return state.after === null ? state : { ...state.after, grant }
}

function reasonOf(state: Settled, at: Moment): string {
  switch (state.kind) {
    case 'signedOut':
      return 'not signed in'
    case 'active':
      return state.grant.rejected ? 'the access token was reported as refused' : ''
    case 'refreshing':
      return ''
    case 'inDoubt':
      return `${DOUBT[state.cause]}${stillWorks(state, at)}`
    case 'unsaved':
      return `new tokens wait in memory until they can be saved: ${state.reason}${stillWorks(state, at)}`
    case 'retrying':
    case 'blocked':
    case 'consentRequired':
      return `${state.reason}${stillWorks(state, at)}`
  }
}

const DOUBT = {
  unanswered: 'the answer to the last refresh did not arrive, so the refresh token may be spent',
  crash: 'fob ended during a refresh, so the refresh token may be spent',
  restored: 'restored from the copy before the last change, so the refresh token may be spent',
} as const

function stillWorks(state: Settled, at: Moment): string {
  const grant = grantOf(state)
  if (!isServable(grant, at)) return ''
  const { expiresAt } = grant.facts
  return expiresAt === null ? '; the access token still works' : `; works until ${iso(expiresAt)}`
}

/** What gives a connection a new grant. */
export const renewalOf = ({ name, server }: ConnectionDefinition): string =>
  server === null ? `fob provider set-secret ${name}` : `fob sign-in ${name}`

function fixOf(state: Settled, definition: ConnectionDefinition): string {
  switch (state.kind) {
    case 'signedOut':
    case 'consentRequired':
      return renewalOf(definition)
    case 'blocked':
      return state.fix
    case 'active':
    case 'refreshing':
    case 'retrying':
    case 'inDoubt':
    case 'unsaved':
      return ''
  }
}

/** Nothing stands in the way. */
export const STANDING_OK: Standing = Object.freeze({ kind: 'ok' })

/** What of a state outlives a restart. */
export function standingOf(state: State): Standing {
  const settled = settledOf(state)
  if (settled.kind === 'consentRequired') return { kind: 'consentRequired', reason: settled.reason }
  if (settled.kind === 'blocked') {
    return { kind: 'blocked', reason: settled.reason, fix: settled.fix }
  }
  return STANDING_OK
}

/** Why a caller gets no access token now, with the way out. */
export function refusalFor(state: State, definition: ConnectionDefinition, at: Moment): Refusal {
  const settled = settledOf(state)
  const { name } = definition
  const stored = definition.server === null
  const fix = fixOf(settled, definition)
  switch (settled.kind) {
    case 'signedOut':
      return new Refusal('consent_required', `${name} ${stored ? 'has no secret' : 'is not signed in'}`, {
        fix,
      })
    case 'consentRequired':
      return new Refusal(
        'consent_required',
        `${name} needs ${stored ? 'a new secret' : 'you to sign in again'}: ${settled.reason}`,
        { fix },
      )
    case 'blocked':
      return new Refusal('misconfigured', `${name} cannot be refreshed: ${settled.reason}`, { fix })
    case 'unsaved':
      return new Refusal(
        'store_unwritable',
        `${name} has new tokens that cannot be saved: ${settled.reason}`,
        {
          fix: `fob refresh ${name}`,
          retryAt: settled.at,
        },
      )
    case 'retrying':
      return retrying(settled, name)
    case 'inDoubt':
      return later(name, `${name} is in doubt: ${DOUBT[settled.cause]}`, settled.notBefore)
    case 'active':
      return unservable(settled, definition, at)
    case 'refreshing':
      return later(name, `${name} is being refreshed`, at.now + BACKOFF.firstMs)
  }
}

function unservable({ grant, forcedAt }: Active, definition: ConnectionDefinition, at: Moment): Refusal {
  const { name } = definition
  if (!grant.facts.renewable) {
    const why =
      definition.server === null ? 'it is a stored secret, which you replace' : whyUnrenewable(grant.facts)
    return new Refusal('consent_required', `${name} cannot be refreshed: ${why}`, {
      fix: renewalOf(definition),
    })
  }
  if (!grant.rejected) {
    return later(name, `${name} got an access token that has expired already`, at.now + BACKOFF.firstMs)
  }
  const message = `${name} was refreshed within the last minute and its access token was refused again`
  return later(name, message, (forcedAt ?? at.now) + BACKOFF.forcedEveryMs)
}

const later = (name: string, message: string, retryAt: number): Refusal =>
  new Refusal('retry_later', message, { fix: `fob refresh ${name}`, retryAt })

function retrying(state: Settled & { kind: 'retrying' }, name: string): Refusal {
  if (state.cause === 'store') {
    return new Refusal('store_unwritable', `${name} cannot be refreshed: ${state.reason}`, {
      fix: `fob refresh ${name}`,
      retryAt: state.at,
    })
  }
  const code = state.cause === 'network' ? 'provider_unreachable' : 'retry_later'
  return new Refusal(code, `${name} cannot be refreshed right now: ${state.reason}`, {
    fix: `fob refresh ${name}`,
    retryAt: state.at,
  })
}
