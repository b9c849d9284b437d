/** The provider that a person names, in the catalogue of the daemon. */
import type { Client } from '../../shared/client/client.js'
import type { ProviderSummary } from '../../shared/contract/provider.js'
import { UsageFault } from './command.js'

/** undefined: there is none. Capitals are a slip, and told as one. `command`: what it was typed after. */
export async function providerNamed(
  client: Client,
  typed: string,
  command: string,
): Promise<ProviderSummary | undefined> {
  const { providers } = await client.call('providers', {})
  const lower = typed.toLowerCase()
  const found = providers.find(({ id }) => id === lower)
  if (found === undefined || lower === typed) return found
  throw new UsageFault(`there is no provider ${typed}; did you mean ${lower}?`, `${command} ${lower}`)
}
