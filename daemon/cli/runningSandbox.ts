/** Finding the sandboxes of this fob: the standard one, and those that play a provider. */
import { readdir } from 'node:fs/promises'
import { ProviderId } from '../../shared/contract/ids.js'
import { sandboxRoutes, type SandboxStatus } from '../../shared/contract/sandbox.js'
import {
  currentFacts,
  paths,
  personalityIn,
  sandboxPlaces,
  type Paths,
  type SandboxPlaces,
} from '../config/paths.js'
import { CommandFailed, UsageFault, type Context, type Given, type Option } from './command.js'
import { EXIT } from './exitCodes.js'
import { callSandbox } from './sandboxCall.js'

export const PERSONALITY: Option = {
  flags: '--personality <provider>',
  meaning: 'the one that plays this provider',
  offers: 'providers',
}

/** By its form alone: whom it can play the sandbox knows, and says when it is started. */
export function personalityOf(given: Given): ProviderId | undefined {
  const name = given.text('personality')
  if (name === undefined) return undefined
  const id = ProviderId.safeParse(name)
  if (id.success) return id.data
  throw new UsageFault('--personality takes the id of a provider', 'fob provider list')
}

export const pathsOf = ({ env }: Context): Paths => paths(env, currentFacts())

export const placesOf = (given: Given, context: Context): SandboxPlaces =>
  sandboxPlaces(pathsOf(context), personalityOf(given))

export const sandboxPlaying = (personality: ProviderId | null | undefined): string =>
  personality ? `the sandbox that plays ${personality}` : 'the sandbox'

/** `--personality github`, with a blank before it; '' for the standard sandbox. */
export const flagOf = (personality: ProviderId | null | undefined): string =>
  personality ? ` --personality ${personality}` : ''

/** undefined when it does not run. */
export const statusAt = ({ socket }: SandboxPlaces): Promise<SandboxStatus | undefined> =>
  callSandbox(socket, sandboxRoutes.status, {})

/** All that run, the standard one first. */
export async function runningSandboxes(
  found: Paths,
): Promise<readonly { places: SandboxPlaces; status: SandboxStatus }[]> {
  // Each that ever ran has a directory of its own in the state.
  const names = (await readdir(found.state).catch(() => [])).flatMap((name) => personalityIn(name) ?? [])
  const all = [undefined, ...names.sort()].map((name) => sandboxPlaces(found, name))
  const asked = await Promise.all(all.map(async (places) => ({ places, status: await statusAt(places) })))
  return asked.flatMap(({ places, status }) => (status === undefined ? [] : [{ places, status }]))
}

/** Answers of a sandbox that has to run. */
export function needed<T>(answer: T | undefined, given: Given): T {
  if (answer !== undefined) return answer
  const personality = personalityOf(given)
  const message = `${sandboxPlaying(personality)} is not running`
  throw new CommandFailed(EXIT.failed, message, `fob sandbox start${flagOf(personality)}`)
}
