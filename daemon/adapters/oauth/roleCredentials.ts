/**
 * Turns access tokens into AWS credentials of a role, as the provider's profile says it is done. Asks only the
 * address pinned when the connection was added. Invariants: no text of a server gets out but its error and a trimmed
 * sentence without secrets; what is not understood says nothing about the access token.
 */
import type { Network } from '../../../shared/contract/config.js'
import type { AskedServer, Role, RoleOutcome, RoleServer } from '../../core/providerPorts.js'
import type { Secret } from '../../core/secret.js'
import type { RoleRule } from '../../providers/profile.js'
import { ExchangeFailure } from '../network/exchangeFailure.js'
import { Outbound, OUTBOUND_POLICY } from '../network/outbound.js'
import type { Exchange } from '../network/outbound.js'
import { askPortal } from './rolePortal.js'
import type { RoleQuestion } from './roleQuestion.js'
import { assumeRole } from './webIdentity.js'

type Ask = (question: RoleQuestion, exchange: Exchange) => Promise<RoleOutcome>

const WAYS: Readonly<Record<RoleRule['kind'], Ask>> = { portal: askPortal, webIdentity: assumeRole }

export function createRoleServer(network: Network): RoleServer {
  const outbound = new Outbound(network, OUTBOUND_POLICY)
  return {
    credentials: async ({ profile, definition }: AskedServer, role: Role, accessToken: Secret) => {
      const url = definition.server.roleEndpoint
      if (profile.roles === undefined || url === undefined) {
        return { kind: 'refused', reason: `${definition.name} was added without a role` }
      }
      try {
        const question = { url, connection: definition.name, role, accessToken }
        return await WAYS[profile.roles.kind](question, outbound.begin())
      } catch (error) {
        if (error instanceof ExchangeFailure) return { kind: 'later', reason: error.message }
        throw error
      }
    },
  }
}
