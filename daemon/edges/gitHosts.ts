/**
 * Which connections serve which git host: what the person set, and the hosts that a provider's own file names.
 * Invariant: the person's word is the last. A host they set is served by whom they set for it; for some of its paths,
 * and the rest stays with those whom the provider's file names.
 */
import type { Delivery } from '../../shared/contract/config.js'
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { isHost } from '../../shared/contract/gitHost.js'
import type { ConnectionName } from '../../shared/contract/ids.js'
import type { ServedHost, SharedHost } from '../delivery/git.js'
import type { GitRule, ProviderProfile } from '../providers/profile.js'

export interface ServedBy extends SharedHost {
  readonly connection: ConnectionName
  /** What to name for the access token that git hosts take; absent where a connection has but one. */
  readonly scope?: string | undefined
}

type Facts = Pick<ConnectionStatus, 'name' | 'provider' | 'issuer' | 'account'>

type Catalogue = readonly ProviderProfile[]

const ruleOf = (facts: Facts | undefined, catalogue: Catalogue): GitRule | undefined =>
  catalogue.find(({ id }) => id === facts?.provider)?.git

/** The hosts of one connection by its provider's file. */
export function hostsOf(facts: Facts, catalogue: Catalogue): (ServedHost & Pick<ServedBy, 'connection'>)[] {
  const git = ruleOf(facts, catalogue)
  const host = /^https?:\/\/([^/?#@]+)(?:[/?#]|$)/.exec(facts.issuer)?.[1]?.toLowerCase()
  if (git === undefined || host === undefined) return []
  const named = git.hosts === 'own' ? [host] : git.hosts
  const { username } = git
  return named.filter(isHost).map((each) => ({ host: each, connection: facts.name, username }))
}

export function servedHosts(
  set: Delivery['git'],
  connections: readonly Facts[],
  catalogue: Catalogue,
): ServedBy[] {
  const byProvider = connections.flatMap((connection) => hostsOf(connection, catalogue))
  const isTaken = ({ host, connection }: (typeof byProvider)[number]): boolean =>
    set.some((one) => one.host === host && (one.path === undefined || one.connection === connection))
  const all = [...set, ...byProvider.filter((one) => !isTaken(one))]
  return all.map((one) => {
    const facts = connections.find(({ name }) => name === one.connection)
    const { account = null } = facts ?? {}
    return {
      ...one,
      accounts: account === null ? [] : [account.label, account.id],
      byPath: set.some(({ host, path }) => host === one.host && path !== undefined),
      scope: ruleOf(facts, catalogue)?.scope,
    }
  })
}
