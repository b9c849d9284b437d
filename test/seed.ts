/** Randomness that can be repeated: a run prints its seed, and FOB_SEED brings that run back. */

/** Fractions from 0 up to, not including, 1. */
export type Fraction = () => number

export function seeded(): { readonly seed: number; readonly fraction: Fraction } {
  const seed = Number(process.env.FOB_SEED ?? Date.now() % 2 ** 32) >>> 0
  return { seed, fraction: fractionsOf(seed) }
}

/** Mulberry32: small, and even enough to pick instants with. */
export function fractionsOf(seed: number): Fraction {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
