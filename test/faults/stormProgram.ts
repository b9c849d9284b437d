/**
 * A storm as a program of its own, so that it can run where the system's directories are its own to fill:
 * `node stormProgram.js JSON`. Its last act is one line of JSON: what the judge found.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { fractionsOf } from '../seed.js'
import { faultsOfOwners } from './ownership.js'
import { Storm } from './storm.js'

const Surroundings = z.object({
  environment: z.record(z.string(), z.string()),
  directory: z.string(),
  umask: z.string(),
})

export type Plan = z.output<typeof Plan>
export const Plan = z.object({
  site: z.object({
    program: z.string(),
    lock: z.string(),
    socket: z.string(),
    surroundings: z.tuple([Surroundings], Surroundings),
  }),
  weather: z.object({ rounds: z.number(), starts: z.number(), killed: z.number(), stopped: z.number() }),
  seed: z.number(),
})

export type Outcome = z.output<typeof Outcome>
export const Outcome = z.object({
  faults: z.array(z.string()),
  worstMs: z.number(),
  owners: z.number(),
  looks: z.number(),
})

export async function outcomeOf({ site, weather, seed }: Plan): Promise<Outcome> {
  const storm = new Storm(site)
  try {
    await storm.rage(weather, fractionsOf(seed))
  } finally {
    await storm.end()
  }
  const { seen, servingMs } = storm
  const count = (kind: string) => seen.filter((event) => event.kind === kind).length
  const worstMs = Math.max(...servingMs)
  return { faults: faultsOfOwners(seen), worstMs, owners: count('owner'), looks: count('look') }
}

if (process.argv[1]?.endsWith('stormProgram.js')) {
  const plan = Plan.parse(JSON.parse(readFileSync(process.argv[2] ?? '', 'utf8')))
  console.log(JSON.stringify(await outcomeOf(plan)))
}
