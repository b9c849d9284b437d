/** Finding the sandboxes of this fob: the standard one, and those that play a provider. */
import {
  SANDBOX_PERSONALITIES,
  sandboxRoutes,
  type SandboxPersonality,
  type SandboxStatus,
} from '../../shared/contract/sandbox.js'
import { currentFacts, paths, sandboxPlaces, type Paths, type SandboxPlaces } from '../config/paths.js'
import { CommandFailed, type Context, type Given, type Option } from './command.js'
import { EXIT } from './exitCodes.js'
import { callSandbox } from './sandboxCall.js'

export const PERSONALITY: Option = {
  flags: '--personality <provider>',
  meaning: 'the one that plays this provider',
  offers: SANDBOX_PERSONALITIES,
}

/** The parser lets only listed words through. */
export const personalityOf = (given: Given): SandboxPersonality | undefined =>
  SANDBOX_PERSONALITIES.find((name) => name === given.text('personality'))

export const pathsOf = ({ env }: Context): Paths => paths(env, currentFacts())

export const placesOf = (given: Given, context: Context): SandboxPlaces =>
  sandboxPlaces(pathsOf(context), personalityOf(given))

/** `--personality github`, with a blank before it; '' for the standard sandbox. */
export const flagOf = (personality: SandboxPersonality | null | undefined): string =>
  personality ? ` --personality ${personality}` : ''

/** undefined when it does not run. */
export const statusAt = ({ socket }: SandboxPlaces): Promise<SandboxStatus | undefined> =>
  callSandbox(socket, sandboxRoutes.status, {})

/** All that run, the standard one first. */
export async function runningSandboxes(
  found: Paths,
): Promise<readonly { places: SandboxPlaces; status: SandboxStatus }[]> {
  const all = [undefined, ...SANDBOX_PERSONALITIES].map((name) => sandboxPlaces(found, name))
  const asked = await Promise.all(all.map(async (places) => ({ places, status: await statusAt(places) })))
  return asked.flatMap(({ places, status }) => (status === undefined ? [] : [{ places, status }]))
}

/** Answers of a sandbox that has to run. */
export function needed<T>(answer: T | undefined, given: Given): T {
  if (answer !== undefined) return answer
  const personality = personalityOf(given)
  throw new CommandFailed(
    EXIT.failed,
    personality === undefined
      ? 'the sandbox is not running'
      : `the sandbox that plays ${personality} is not running`,
    `fob sandbox start${flagOf(personality)}`,
  )
}
