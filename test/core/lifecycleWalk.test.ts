import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { Walk } from './walkModel.js'

const WALKS = 100_000
const STEPS = 40

/** Small, fast and the same everywhere: mulberry32. */
function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Takes one walk; what went wrong, with the way there, or undefined. */
function walked(seed: number, seen: Set<string>): string | undefined {
  const walk = new Walk(seeded(seed))
  try {
    for (let step = 0; step < STEPS; step++) {
      walk.step()
      seen.add(walk.state.kind)
    }
  } catch (error) {
    return `walk ${seed}: ${String(error)}\n  ${walk.trace.slice(-12).join('\n  ')}`
  }
  return undefined
}

suite('lifecycle, by chance', () => {
  test('H5 random walks keep every invariant', function () {
    this.timeout(120_000)
    const first = Number(process.env['FOB_SEED'] ?? Date.now() % 1_000_000_000)
    console.log(`first seed ${first}: FOB_SEED=${first} repeats this run`)
    const seen = new Set<string>()
    const wrong: string[] = []
    for (let walk = 0; walk < WALKS; walk++) {
      const fault = walked(first + walk, seen)
      if (fault !== undefined) wrong.push(fault)
    }
    figure('H5', { value: wrong.length, bar: '0 violations of I1 to I8', ok: wrong.length === 0, n: WALKS })
    assert.deepEqual(wrong.slice(0, 3), [])
    assert.equal(seen.size, 9, [...seen].join())
  })
})
