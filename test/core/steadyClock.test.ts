import assert from 'node:assert/strict'
import { SteadyClock } from '../../daemon/core/roster/steadyClock.js'
import { FakeClock } from '../fakes/fakeClock.js'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** How much older everything is after this happened. */
async function agedBy(
  happens: (clock: FakeClock, look: () => void) => void | Promise<void>,
): Promise<number> {
  const clock = new FakeClock()
  const steady = new SteadyClock(clock)
  const before = steady.monotonic()
  await happens(clock, () => void steady.monotonic())
  return steady.monotonic() - before
}

suite('a steady clock', () => {
  test('time passing is time passed', async () => {
    assert.equal(await agedBy((clock) => clock.advance(HOUR)), HOUR)
  })

  test('sleep counts as soon as somebody looks', async () => {
    assert.equal(await agedBy((clock) => clock.jump(8 * HOUR)), 8 * HOUR)
  })

  test('a wall clock set back makes nothing younger, not even what slept before or sleeps afterwards', async () => {
    const aged = await agedBy((clock, look) => {
      clock.jump(8 * HOUR)
      look()
      clock.jump(-DAY)
      look()
      clock.jump(2 * HOUR)
    })
    assert.equal(aged, 10 * HOUR)
  })

  test('a wall clock that is corrected by little is no sleep', async () => {
    assert.equal(await agedBy((clock) => clock.jump(20_000)), 0)
  })

  test('one who sleeps on it wakes by time awake', async () => {
    const clock = new FakeClock()
    let woken = false
    new SteadyClock(clock).wake(1_000, () => (woken = true))
    clock.jump(HOUR)
    await clock.advance(999)
    assert.equal(woken, false)
    await clock.advance(1)
    assert.equal(woken, true)
  })
})
