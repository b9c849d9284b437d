/** The standard server on stage: oidc-provider over a durable store. */
import type { Provider } from 'oidc-provider'
import { Refusal } from '../../shared/contract/errors.js'
import { SANDBOX_SCOPES } from '../../shared/contract/sandbox.js'
import { buildAuthorizationServer, decideDevice, endpointOf } from './authorizationServer.js'
import { toMetadata } from './clients.js'
import type { Stage } from './control.js'
import { Requests, type Surroundings } from './requests.js'
import { USUAL_LIFETIME_S, type RegisteredClient, type Settings } from './settings.js'
import type { Store } from './store.js'

export interface StandardParts extends Pick<Surroundings, 'issuer' | 'faults' | 'ledger' | 'recording'> {
  readonly settings: Settings
  readonly store: Store
}

/** What is given to whoever asks; `write` is for those who want it. */
const USUAL_SCOPES = SANDBOX_SCOPES.filter((scope) => scope !== 'read' && scope !== 'write')

/** Loads the library only now: a personality does without it. */
export async function standardStage(
  parts: StandardParts,
): Promise<{ stage: Stage; listener: ReturnType<Provider['callback']> }> {
  const { issuer, settings, store } = parts
  const library = await import('oidc-provider')
  const provider = await buildAuthorizationServer(issuer, library, store, settings)
  provider.on('server_error', (_, error) => process.stderr.write(`sandbox: ${error.message}\n`))
  provider.on('error', (error) => process.stderr.write(`sandbox: ${error.message}\n`))
  new Requests({ ...parts, provider, endpointOf }).install()
  return { stage: stageOf(provider, parts), listener: provider.callback() }
}

function stageOf(provider: Provider, { issuer, settings, store }: StandardParts): Stage {
  return {
    personality: null,
    connection: { issuer, scopes: USUAL_SCOPES },
    get lifetime() {
      return settings.lifetime ?? USUAL_LIFETIME_S
    },
    checkEndpoint: () => undefined,
    checkSettings: () => undefined,
    checkClient: (client) => check(provider, client),
    // The library looks clients up when it needs them.
    registered: () => undefined,
    revoke: ({ account, client }) =>
      store.revoke(
        (payload) =>
          (account === undefined || payload['accountId'] === account) &&
          (client === undefined || payload['clientId'] === client),
      ),
    decideDevice: (userCode, decision) =>
      store.transaction(() => decideDevice(provider, settings.account, userCode, decision)),
  }
}

function check(provider: Provider, client: RegisteredClient): void {
  try {
    new provider.Client(toMetadata(client))
  } catch (cause) {
    const reason =
      cause instanceof Error && 'error_description' in cause ? String(cause.error_description) : ''
    throw new Refusal('bad_request', `the client cannot be registered: ${reason}`, { field: 'body', cause })
  }
}
