import assert from 'node:assert/strict'
import { FakeClock } from './fakeClock.js'

suite('fake clock', () => {
  test('due wakes run in order of time, each seeing its own moment', async () => {
    const clock = new FakeClock(1_000)
    const seen: string[] = []
    clock.wake(20, () => seen.push(`late at ${clock.now()}`))
    clock.wake(10, () => {
      seen.push(`early at ${clock.now()}`)
      clock.wake(5, () => seen.push(`nested at ${clock.now()}`))
    })
    await clock.advance(30)
    assert.deepEqual(seen, ['early at 1010', 'nested at 1015', 'late at 1020'])
    assert.equal(clock.now(), 1_030)
  })

  test('a cancelled wake never runs', async () => {
    const clock = new FakeClock()
    const cancel = clock.wake(10, () => assert.fail('it ran'))
    cancel()
    await clock.advance(60)
  })

  test('a jump moves the wall clock and wakes nobody', () => {
    const clock = new FakeClock(0)
    clock.wake(10, () => assert.fail('it ran'))
    clock.jump(3_600_000)
    assert.equal(clock.now(), 3_600_000)
    assert.equal(clock.monotonic(), 0)
  })

  test('sleeping resolves once somebody sleeps', async () => {
    const clock = new FakeClock()
    const asleep = clock.sleeping()
    clock.wake(10, () => undefined)
    await asleep
    assert.equal(clock.nextWake(), 10)
  })
})
