/** `fob sandbox connect`: registers a client at a running sandbox and adds a connection to it. */
import type { Client } from '../../../shared/client/client.js'
import { Flow } from '../../../shared/contract/connection.js'
import type { ProviderSummary } from '../../../shared/contract/provider.js'
import { SANDBOX_CLIENT_ID, sandboxRoutes, type SandboxStatus } from '../../../shared/contract/sandbox.js'
import type { SandboxPlaces } from '../../config/paths.js'
import { CommandFailed, JSON_OPTION, UsageFault, type Command, type Given } from '../command.js'
import { EXIT } from '../exitCodes.js'
import type { NewConnectionInput } from '../newConnectionInput.js'
import { needed, PERSONALITY, placesOf, statusAt } from '../runningSandbox.js'
import { callSandbox } from '../sandboxCall.js'

const nameFor = (given: Given, { personality }: SandboxStatus): string =>
  given.text('name') ?? (personality === null ? 'sandbox' : `${personality}-sandbox`)

async function providerFor(client: Client, { personality }: SandboxStatus): Promise<ProviderSummary> {
  const id = personality ?? 'oidc'
  const { providers } = await client.call('providers', {})
  const found = providers.find((provider) => provider.id === id)
  if (found !== undefined) return found
  throw new CommandFailed(EXIT.failed, `the daemon knows no provider ${id}`, 'fob up')
}

/** A second client of the same id would take the first one's secret away. */
async function refuseTaken(client: Client, name: string): Promise<void> {
  const { connections } = await client.call('status', {})
  if (!connections.some((connection) => connection.name === name)) return
  throw new UsageFault(`there is a connection ${name} already`, `fob sign-in ${name}`)
}

function flowFor(given: Given, { flows, name }: ProviderSummary): ProviderSummary['flows'][number] {
  const wanted = given.text('flow')
  const found = flows.find(({ flow }) => wanted === undefined || flow === wanted)
  if (found !== undefined) return found
  const offered = flows.map(({ flow }) => flow).join(' and ')
  throw new UsageFault(`${name} has no ${wanted} flow, only ${offered}`, 'fob sandbox connect --help')
}

/** The client that is there from the start, or one with a secret, which is made there and said once; or fob's own. */
async function clientFor(
  name: string,
  { needs }: ProviderSummary,
  { secret }: ProviderSummary['flows'][number],
  { socket }: SandboxPlaces,
  given: Given,
): Promise<Pick<NewConnectionInput, 'clientId' | 'clientSecret'>> {
  if (!needs.includes('client-id')) return {}
  if (secret !== 'required') return { clientId: SANDBOX_CLIENT_ID }
  const body = { clientId: `fob-${name}`, authentication: 'client_secret_post' as const }
  const { clientId, clientSecret } = needed(await callSandbox(socket, sandboxRoutes.addClient, body), given)
  return { clientId, ...(clientSecret === undefined ? {} : { clientSecret }) }
}

export const connect: Command = {
  name: 'connect',
  summary: 'add a connection to it',
  options: [
    PERSONALITY,
    { flags: '--name <name>', meaning: 'how to call the connection (PROVIDER-sandbox)' },
    { flags: '--flow <flow>', meaning: 'how consent is got', offers: Flow.options },
    JSON_OPTION,
  ],
  examples: ['fob sandbox connect', 'fob sandbox connect --personality github --flow device'],
  more:
    'The same by hand: `fob add PROVIDER --issuer ISSUER --client-id fob-sandbox`, ISSUER as in `fob sandbox status`.\n' +
    'Where the provider wants a client secret, this makes one; it goes into the vault and is not shown.',
  run: async (given, context) => {
    const { output } = context
    const places = placesOf(given, context)
    const status = needed(await statusAt(places), given)
    const client = await context.startedClient()
    const provider = await providerFor(client, status)
    const name = nameFor(given, status)
    await refuseTaken(client, name)
    const flow = flowFor(given, provider)
    const body: NewConnectionInput = {
      name,
      provider: provider.id,
      ...status.connection,
      flow: flow.flow,
      ...(await clientFor(name, provider, flow, places, given)),
    }
    const added = await client.call('addConnection', { body })
    if (given.flag('json')) output.json(added)
    else output.line(`added ${added.name}; sign in with: fob sign-in ${added.name}`)
  },
}
