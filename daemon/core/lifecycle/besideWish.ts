/**
 * What a lease that names scopes or a resource asks for: the grant's own access token, or one beside it. And whether
 * what came is what was wished. Pure.
 */
import { Refusal } from '../../../shared/contract/errors.js'
import { Scope } from '../../../shared/contract/ids.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { DownScopeRule, ScopedCall } from '../../providers/scopeRules.js'
import type { ConnectionDefinition } from '../record.js'

/** The scopes of an access token beside the grant's own, each once and in order. */
export type Wish = readonly Scope[]

/** Wishes that are the same have the same. */
export const keyOf = (wish: Wish): string => wish.join(' ')

export interface Named {
  readonly scopes: readonly Scope[] | undefined
  readonly resource: string | undefined
}

/** What there is to ask of. */
export interface Wishing {
  readonly definition: ConnectionDefinition
  readonly profile: Pick<ProviderProfile, 'downScope'>
}

/** undefined: the grant's own access token will do, or there is none. Throws what no refresh could bring. */
export function wishOf(named: Named, granted: readonly Scope[] | undefined, of: Wishing): Wish | undefined {
  const { name, scopesAsked } = of.definition
  const rule = ruleFor(of)
  const wish = inOrder(scopesNamed(named, rule, name))
  if (wish.length === 0 || granted === undefined) return undefined
  if (rule.kind === 'api') {
    refuseUnasked(wish, rule.call, name)
    return wish
  }
  if (rule.kind !== 'resources') {
    refuseScopeless(granted, rule, name)
    refuseUngranted(scopesIn(wish, rule), granted, name)
    return rule.kind === 'none' || granted.every((scope) => wish.includes(scope)) ? undefined : wish
  }
  refuseSeveral(wish)
  // What is asked for at sign-in is what the own access token is for, whatever names the server gives it.
  return wish.every((scope) => granted.includes(scope) || scopesAsked.includes(scope)) ? undefined : wish
}

const MAY_NOT_EXCHANGE: DownScopeRule = { kind: 'none', why: 'only a client with a secret may exchange it' }

/** What a client that proves nothing asks for, the server refuses. */
const ruleFor = ({ definition, profile: { downScope } }: Wishing): DownScopeRule =>
  downScope.kind === 'exchange' && definition.authentication === 'none' ? MAY_NOT_EXCHANGE : downScope

/** Audiences are named among the scopes, and are none. */
const scopesIn = (wish: Wish, rule: DownScopeRule): Wish =>
  rule.kind === 'exchange' ? wish.filter((scope) => !scope.startsWith(rule.audience)) : wish

function scopesNamed({ scopes = [], resource }: Named, rule: DownScopeRule, name: string): Wish {
  if (resource === undefined) return scopes
  const whole = Scope.safeParse(`${resource}${rule.kind === 'resources' ? rule.whole : ''}`)
  if (!whole.success) {
    throw new Refusal('bad_request', 'a resource is a URL without spaces and quotes', {
      field: 'query.resource',
      fix: 'fob help token',
    })
  }
  if (rule.kind === 'resources') return [...scopes, whole.data]
  throw new Refusal('bad_request', `${name} has one access token for all its resources`, {
    field: 'query.resource',
    fix: `fob token ${name}`,
  })
}

const inOrder = (scopes: Wish): Wish => [...new Set(scopes)].sort()

/** Whether what is wanted beside is asked for by the own access token, and may end with it. */
export const isByOwn = ({ downScope }: ProviderProfile): boolean =>
  downScope.kind === 'api' || downScope.kind === 'exchange' || endsWithOwn(downScope)

/** Whether it is over as soon as the own access token is, so that nobody has to end it. */
export const endsWithOwn = ({ kind }: DownScopeRule): boolean => kind === 'child'

/** What is granted is not told as scopes, so nothing is known to be missing but how to ask. */
function refuseUnasked(wish: Wish, { question, example }: ScopedCall, name: string): void {
  if (question(wish) !== undefined) return
  throw new Refusal('bad_request', `${name} cannot be asked for ${keyOf(wish)}: say it as in "${example}"`, {
    field: 'query.scopes',
    fix: `fob token ${name} --scopes "${example}"`,
  })
}

/** Where a grant has no scopes at all, no sign-in brings any: what it may do is settled elsewhere. */
function refuseScopeless(granted: readonly Scope[], rule: DownScopeRule, name: string): void {
  if (granted.length > 0 || rule.kind !== 'none') return
  throw new Refusal('bad_request', `${name} has one access token, for all that it may do: ${rule.why}`, {
    field: 'query.scopes',
    fix: `fob token ${name}`,
  })
}

/** Asking for more than was granted needs a person. */
export function refuseUngranted(scopes: readonly Scope[], granted: readonly Scope[], name: string): void {
  const missing = scopes.filter((scope) => !granted.includes(scope))
  if (missing.length === 0) return
  throw new Refusal('consent_required', `${name} was not granted ${missing.join(' ')}`, {
    field: 'query.scopes',
    fix: `fob sign-in ${name}`,
  })
}

/** A server that is asked for several may give one and not say so. */
function refuseSeveral(wish: Wish): void {
  const resources = new Set(wish.flatMap((scope) => resourceOf(scope) ?? []))
  if (resources.size < 2) return
  const message = `one access token is for one resource, not for ${[...resources].join(' and ')}`
  throw new Refusal('bad_request', message, { field: 'query.scopes', fix: 'fob help token' })
}

/** `RESOURCE/PERMISSION`; scopes without are OpenID Connect's own. */
function resourceOf(scope: Scope): string | undefined {
  const slash = scope.lastIndexOf('/')
  return slash < 0 ? undefined : scope.slice(0, slash)
}

/**
 * The scopes a refresh of the grant's own access token names. Where a refresh token is for several resources, one
 * that names none is for nothing; elsewhere none means all (RFC 6749 §6).
 */
export const ownScopes = ({ definition, profile }: Wishing): readonly Scope[] | undefined =>
  profile.downScope.kind === 'resources' ? definition.scopesAsked : undefined

/**
 * What is wrong with an access token for `given`; '' when it is what was wished. Fewer scopes are promised to whoever
 * names them, so more are not handed out for them. Resources give what was agreed to there, in names of their own.
 */
export function misfit(wish: Wish, given: readonly Scope[], rule: DownScopeRule): string {
  if (rule.kind === 'none' || rule.kind === 'api' || rule.kind === 'resources') return ''
  const asked = scopesIn(wish, rule)
  // An audience alone: what is for it is what it gets.
  if (asked.length === 0) return ''
  const more = given.filter((scope) => !asked.includes(scope))
  const fewer = asked.filter((scope) => !given.includes(scope))
  if (more.length > 0) {
    const why = 'unnamed' in rule ? `; ${rule.unnamed}` : ''
    return `the provider gave more than was asked for: ${more.join(' ')}${why}`
  }
  return fewer.length > 0 ? `the provider did not give ${fewer.join(' ')}` : ''
}
