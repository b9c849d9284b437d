/**
 * How speed is measured here: the things compared take turns within one run, so that a busy moment of the
 * machine meets all of them, and medians are compared, never single times. Raw times are kept.
 */
import { mkdirSync, writeFileSync } from 'node:fs'
import { loadavg } from 'node:os'
import { join } from 'node:path'
import { figure, type Figure } from '../figures.js'
import { ROOT } from '../process/home.js'

/** Whole lengths, and everything that is only told; otherwise the bars that a busy machine can judge too. */
export const FULL = process.env.FOB_TEST_FULL !== undefined

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

/**
 * Median over the rounds of what `name` took in each, in units of `beside` in the same round: what slows the whole
 * machine for a second or two falls on both.
 */
export const ratioByRound = (times: Times, name: string, beside: string): number =>
  median(times[name]?.map((ms, round) => ms / (times[beside]?.[round] ?? NaN)))

/** The value below which this part of them lies; 1 is the worst. */
export function quantile(times: readonly number[], part: number): number {
  const sorted = [...times].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN
}

/** Keeps what was measured, raw, in out/bench/NAME.json, and what else it takes to read or repeat it. */
export function keep(name: string, times: object, more: object = {}): void {
  const folder = join(ROOT, 'out', 'bench')
  mkdirSync(folder, { recursive: true })
  const about = { at: new Date().toISOString(), node: process.version, load: loadavg(), full: FULL }
  writeFileSync(join(folder, `${name}.json`), JSON.stringify({ ...about, ...more, times }))
}

/** Something measured that nothing was promised about. */
export const fact = (id: string, words: string): void => console.log(`fact ${id} ${words}`)

/**
 * A bar so near to what is measured that only a quiet machine can judge it: a figure in the whole run, a fact in
 * the short one.
 */
export function figureWhenQuiet(id: string, measured: Figure): void {
  if (FULL) figure(id, measured)
  else fact(id, `${measured.value}, on a quiet machine at most ${measured.bar}`)
}

/** `1.42 × (0.31 ms beside 0.22 ms)`. */
export function worded(times: Times, name: string, beside: string): string {
  const [one, other] = [median(times[name]), median(times[beside])]
  return `${(one / other).toFixed(2)} × (${one.toFixed(2)} ms beside ${other.toFixed(2)} ms)`
}
