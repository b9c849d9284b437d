/** Scopes as a provider's authorization page wants to be asked for them. */
import type { OAuthClient } from '../../core/providerPorts.js'
import type { ScopeAsking } from '../../providers/scopeRules.js'

/** Those that a connection asks for. */
export function scopeParameters({ definition, profile }: OAuthClient): Record<string, string> {
  const { asked } = profile.scopes
  return asked === undefined ? joined(definition.scopesAsked) : byKind(definition.scopesAsked, asked)
}

/** RFC 6749 §3.3: joined by spaces; naming none sends nothing. */
export const joined = (scopes: readonly string[]): Record<string, string> =>
  scopes.length === 0 ? {} : { scope: scopes.join(' ') }

function byKind(scopes: readonly string[], { kinds, separator }: ScopeAsking): Record<string, string> {
  const parameters: Record<string, string> = {}
  for (const scope of scopes) {
    const kind = kinds.find(({ prefix }) => scope.startsWith(prefix))
    if (kind === undefined) continue
    const { prefix, parameter } = kind
    const before = parameters[parameter]
    const name = scope.slice(prefix.length)
    parameters[parameter] = before === undefined ? name : before + separator + name
  }
  return parameters
}
