import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { fractionsOf, seeded } from '../seed.js'
import { ClockHistory } from './clockHistory.js'

const HISTORIES = process.env.FOB_TEST_FULL ? 10_000 : 2_000
const STEPS = 12

/** What went wrong in one history, with the way there; undefined for nothing. */
async function faultOf(seed: number): Promise<string | undefined> {
  const history = new ClockHistory(fractionsOf(seed))
  try {
    await history.run(STEPS)
  } catch (error) {
    return `FOB_SEED=${seed}: ${String(error)}\n  ${history.trace.slice(-8).join('\n  ')}`
  }
  return undefined
}

suite('clocks that sleep, jump and drift', function () {
  this.timeout(HISTORIES * 60)

  test('K7 no expired token is handed out, what ended is renewed within half a minute, and no timer is early', async () => {
    const { seed } = seeded()
    console.log(`first seed ${seed}: FOB_SEED=${seed} repeats this run`)
    const faults: string[] = []
    for (let history = 0; history < HISTORIES; history++) {
      const fault = await faultOf(seed + history)
      if (fault !== undefined) faults.push(fault)
    }
    figure('K7', { value: faults.length, bar: '0 histories', ok: faults.length === 0, n: HISTORIES })
    assert.deepEqual(faults.slice(0, 3), [])
  })
})
