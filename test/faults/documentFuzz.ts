/** Runs one property a great many times and keeps the figures of it. */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import { figure } from '../figures.js'
import { seeded } from '../seed.js'
import { mutation, type Mutation } from './mutations.js'

export const TRIALS = process.env.FOB_TEST_FULL ? 1_000_000 : 50_000
/** Of this process' own time: on a busy machine a wall clock would call others' work a hang. */
const HANG_MS = 1_000
/** Shrinking a failure takes some more runs. */
export const FUZZ_TIMEOUT_MS = TRIALS * 5

/**
 * Mutates and tries, `trials` times; `attempt` throws for a crash or a document taken for an empty one, and
 * answers in a word what became of it, for the reader of the figure.
 */
export async function fuzz(
  target: string,
  attempt: (mutation: Mutation) => Promise<string> | string,
  trials: number = TRIALS,
): Promise<ReadonlyMap<string, number>> {
  const { seed } = seeded()
  const outcomes = new Map<string, number>()
  let n = 0
  let worstMs = 0
  const property = fc.asyncProperty(mutation, async (mutation) => {
    n += 1
    const begin = process.cpuUsage()
    const outcome = await attempt(mutation)
    const { user, system } = process.cpuUsage(begin)
    worstMs = Math.max(worstMs, (user + system) / 1_000)
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1)
  })
  const { failed, errorInstance, counterexample, numShrinks } = await fc.check(property, {
    seed: seed | 0,
    numRuns: trials,
  })
  const ok = !failed && worstMs <= HANG_MS
  const value = `${failed ? 1 : 0} of ${target}, slowest ${worstMs.toFixed(0)} ms`
  figure('K12', { value, bar: '0 crashes, 0 hangs > 1 s, 0 taken for empty', ok, n })
  console.log(
    `K12 ${target}, FOB_SEED=${seed}: ${[...outcomes].map(([name, count]) => `${name} ${count}`).join(', ')}`,
  )
  const shown = JSON.stringify(counterexample)?.slice(0, 500)
  if (failed) throw new Error(`${target}, shrunk ${numShrinks} times: ${shown}`, { cause: errorInstance })
  assert.ok(worstMs <= HANG_MS, `a document took ${worstMs} ms`)
  return outcomes
}
