/**
 * Where the browser comes back to after consent: to fob itself, or to a page of the person's own on https that sends
 * it on. Which scopes are asked for decides whether a provider demands such a page. Pure.
 */
import { Refusal } from '../../shared/contract/errors.js'
import type { Scope } from '../../shared/contract/ids.js'
import type { AddConnection } from '../../shared/contract/newConnection.js'
import type { ProviderProfile, RedirectRule } from '../providers/profile.js'
import type { ScopeKind } from '../providers/scopeRules.js'

export interface WayBack {
  readonly scopes: Scope[]
  readonly redirectUri?: string
}

/** What to register as redirect URI. A port that may be any is left out (RFC 8252 §7.3). */
export const registeredUri = ({ host, port, path }: RedirectRule): string =>
  `http://${host}${port === 0 ? '' : `:${port}`}${path}`

/** Rejects with `bad_request` what the provider would refuse in the browser, where nobody hears of it. */
export function wayBack(request: AddConnection, scopes: Scope[], profile: ProviderProfile): WayBack {
  const kind = kindOf(scopes, profile)
  const { redirectUri } = request
  if (redirectUri === undefined) {
    if (kind?.wantsHttps === true) throw pageMissing(request, kind, profile)
    return { scopes }
  }
  if (/^https:\/\/[^?#@]+$/.test(redirectUri)) return { scopes, redirectUri }
  const message = 'the redirect URI must be an https URL without query, fragment and credentials'
  throw new Refusal('bad_request', message, { field: 'redirectUri', fix: 'fob help add' })
}

/** Each kind is granted by a token of its own, and a connection has one. */
function kindOf(scopes: readonly Scope[], { name, scopes: rule }: ProviderProfile): ScopeKind | undefined {
  const kinds = rule.asked?.kinds ?? []
  const found = new Set(scopes.map((scope) => kinds.find(({ prefix }) => scope.startsWith(prefix))))
  if (found.size <= 1) return [...found][0]
  const prefixes = kinds.flatMap(({ prefix }) => (prefix === '' ? [] : [`${prefix}*`]))
  const message = `${name} grants ${prefixes.join(' and ')} by a token of its own; add a connection for each kind`
  throw new Refusal('bad_request', message, { field: 'scopes', fix: 'fob help add' })
}

function pageMissing(
  { name, clientId = 'ID', preset, scopes = [] }: AddConnection,
  { prefix }: ScopeKind,
  { id, name: provider, redirect }: ProviderProfile,
): Refusal {
  const message =
    `${provider} grants ${prefix}* only where it may send the browser to https; name a page of yours that sends it ` +
    `on to ${registeredUri(redirect)}, everything after ? as it came`
  const asked = preset === undefined ? `--scopes '${scopes.join(' ')}'` : `--preset ${preset}`
  const fix = `fob add ${id} --name ${name} --client-id '${clientId}' ${asked} --client-secret-stdin --redirect-uri https://PAGE`
  return new Refusal('bad_request', message, { field: 'redirectUri', fix })
}
