/**
 * How speed is measured here: the things compared take turns within one run, so that a busy moment of the
 * machine meets all of them, and medians are compared, never single times. Raw times are kept.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from '../process/home.js'

/** Does the thing once and resolves when it is done. */
export type Trial = () => Promise<void>

/** Milliseconds of each trial, by the thing's name. */
export type Times = Readonly<Record<string, readonly number[]>>

/**
 * Each trial in turn, `rounds` times, in the opposite order every other round: what one leaves to be done (a
 * connection to take down, memory to collect) falls on each of them alike. The first `warmUp` rounds are not
 * counted: code is being compiled then.
 */
export async function interleaved(
  trials: Readonly<Record<string, Trial>>,
  rounds: number,
  warmUp: number,
): Promise<Times> {
  const times: Record<string, number[]> = {}
  for (const name of Object.keys(trials)) times[name] = []
  const [there, back] = [Object.entries(trials), Object.entries(trials).reverse()]
  for (let round = -warmUp; round < rounds; round++) {
    for (const [name, trial] of round % 2 === 0 ? there : back) {
      const begin = performance.now()
      await trial()
      if (round >= 0) times[name]?.push(performance.now() - begin)
    }
  }
  return times
}

export function median(times: readonly number[] = []): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.floor(sorted.length / 2)] ?? NaN
}

/** Median of `name` over median of `beside`. */
export const ratio = (times: Times, name: string, beside: string): number =>
  median(times[name]) / median(times[beside])

/** Keeps raw times in out/bench/NAME.json. */
export function keep(name: string, times: Times): void {
  const folder = join(ROOT, 'out', 'bench')
  mkdirSync(folder, { recursive: true })
  const at = new Date().toISOString()
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ at, node: process.version, times }))
}

/** `1.42 × (0.31 ms beside 0.22 ms)`. */
export function worded(times: Times, name: string, beside: string): string {
  const [one, other] = [median(times[name]), median(times[beside])]
  return `${(one / other).toFixed(2)} × (${one.toFixed(2)} ms beside ${other.toFixed(2)} ms)`
}
