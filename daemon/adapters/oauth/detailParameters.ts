/** What a connection was told and its provider wants to hear: an audience, a resource (RFC 8707). */
import type { OAuthClient } from '../../core/providerPorts.js'

/** `beginning`: a request that begins a grant, or that there is none before. */
export function detailParameters(
  { definition, profile }: OAuthClient,
  at: 'beginning' | 'later',
): Record<string, string> {
  const told = Object.entries(definition.details ?? {})
  return Object.fromEntries(
    told.filter(([name]) => {
      const sentWith = profile.details?.[name]?.sentWith
      return sentWith === 'everyRequest' || (sentWith === 'beginnings' && at === 'beginning')
    }),
  )
}
