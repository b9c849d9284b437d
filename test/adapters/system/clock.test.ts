import assert from 'node:assert/strict'
import { SystemClock } from '../../../daemon/adapters/system/clock.js'
import { SystemRandom } from '../../../daemon/adapters/system/random.js'

suite('clock and random', () => {
  test('a wake runs once, and a cancelled one never', async () => {
    const clock = new SystemClock()
    const before = clock.monotonic()
    const cancel = clock.wake(0, () => assert.fail('cancelled'))
    cancel()
    await new Promise<void>((resolve) => clock.wake(1, resolve))
    assert.ok(clock.monotonic() > before)
  })

  test('a wake further away than timers reach does not run at once', async () => {
    const clock = new SystemClock()
    const cancel = clock.wake(2 ** 40, () => assert.fail('it ran'))
    await new Promise<void>((resolve) => clock.wake(20, resolve))
    cancel()
  })

  test('ids are 128 bits of URL-safe text and differ; fractions stay below one', () => {
    const random = new SystemRandom()
    const ids = new Set(Array.from({ length: 1_000 }, () => random.id()))
    assert.equal(ids.size, 1_000)
    for (const id of ids) assert.match(id, /^[\w-]{22}$/)
    for (let draw = 0; draw < 1_000; draw++) {
      const fraction = random.fraction()
      assert.ok(fraction >= 0 && fraction < 1)
    }
  })
})
