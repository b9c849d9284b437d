/** Scopes as a provider's authorization page wants to be asked for them. */
import type { OAuthClient } from '../../core/providerPorts.js'
import type { ScopeAsking } from '../../providers/profile.js'

/** RFC 6749 §3.3: joined by spaces, unless the provider has it otherwise; asking for nothing sends nothing. */
export function scopeParameters({ definition, profile }: OAuthClient): Record<string, string> {
  const { scopesAsked } = definition
  if (scopesAsked.length === 0) return {}
  const { asked } = profile.scopes
  return asked === undefined ? { scope: scopesAsked.join(' ') } : byKind(scopesAsked, asked)
}

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
