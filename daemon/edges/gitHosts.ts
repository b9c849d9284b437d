/**
 * Which connection serves which git host: what the person set, and the hosts that a provider's own file names.
 * Invariants: the person's word is the last; a host that two connections could serve is served by neither until the
 * person says which.
 */
import type { Delivery } from '../../shared/contract/config.js'
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { isHost } from '../../shared/contract/gitHost.js'
import type { ConnectionName } from '../../shared/contract/ids.js'
import type { ServedHost } from '../delivery/git.js'
import type { ProviderProfile } from '../providers/profile.js'

export interface ServedBy extends ServedHost {
  readonly connection: ConnectionName
}

type Facts = Pick<ConnectionStatus, 'name' | 'provider' | 'issuer'>

/** The hosts of one connection by its provider's file. */
export function hostsOf(
  { name, provider, issuer }: Facts,
  catalogue: readonly ProviderProfile[],
): ServedBy[] {
  const git = catalogue.find(({ id }) => id === provider)?.git
  const host = /^https?:\/\/([^/?#@]+)(?:[/?#]|$)/.exec(issuer)?.[1]?.toLowerCase()
  if (git === undefined || host === undefined) return []
  const named = git.hosts === 'own' ? [host] : git.hosts
  return named.filter(isHost).map((each) => ({ host: each, connection: name, username: git.username }))
}

export function servedHosts(
  set: Delivery['git'],
  connections: readonly Facts[],
  catalogue: readonly ProviderProfile[],
): ServedBy[] {
  const byProvider = connections.flatMap((connection) => hostsOf(connection, catalogue))
  const taken = (host: string): boolean => set.some((one) => one.host === host)
  const several = (host: string): boolean => byProvider.filter((one) => one.host === host).length > 1
  return [...set, ...byProvider.filter(({ host }) => !taken(host) && !several(host))]
}
