import assert from 'node:assert/strict'
import { Timer, TIMER } from '../../daemon/core/roster/timer.js'
import { FakeClock } from '../fakes/fakeClock.js'

function ticking(due: () => number | undefined = () => undefined) {
  const clock = new FakeClock()
  const ticks: { at: number; jumped: boolean }[] = []
  const timer = new Timer(clock, {
    dueInMs: due,
    tick: (jumped) => ticks.push({ at: clock.monotonic(), jumped }),
  })
  timer.arm()
  return { clock, ticks, timer }
}

suite('timer', () => {
  test('with nothing due it looks every half minute', () => {
    const { clock, ticks } = ticking()
    clock.advanceNow(90_000)
    assert.deepEqual(
      ticks.map(({ at }) => at),
      [30_000, 60_000, 90_000],
    )
  })

  test('something due sooner is looked at in time, something overdue at once', () => {
    let due = 5_000
    const { clock, ticks, timer } = ticking(() => due)
    clock.advanceNow(5_000)
    assert.equal(ticks.length, 1)
    due = -10
    timer.arm()
    assert.equal(clock.nextWake(), 0)
  })

  test('a moment years away is no reason to sleep for years', () => {
    const { clock } = ticking(() => 2 ** 40)
    assert.equal(clock.nextWake(), TIMER.longestSleepMs)
  })

  for (const jump of [TIMER.jumpMs + 1, -TIMER.jumpMs - 1, 8 * 3_600_000]) {
    test(`a wall clock ${jump} ms off is noticed at the next look, once`, () => {
      const { clock, ticks } = ticking()
      clock.jump(jump)
      clock.advanceNow(60_000)
      assert.deepEqual(
        ticks.map(({ jumped }) => jumped),
        [true, false],
      )
    })
  }

  test('a small correction of the clock is no jump', () => {
    const { clock, ticks } = ticking()
    clock.jump(TIMER.jumpMs)
    clock.advanceNow(30_000)
    assert.equal(ticks[0]?.jumped, false)
  })

  test('being armed again and again does not put the next look off', () => {
    const { clock, ticks, timer } = ticking()
    for (let second = 0; second < 31; second++) {
      timer.arm()
      clock.advanceNow(1_000)
    }
    assert.equal(ticks.length, 1)
  })

  test('stopped is stopped', () => {
    const { clock, ticks, timer } = ticking()
    timer.stop()
    timer.arm()
    clock.advanceNow(120_000)
    assert.deepEqual(ticks, [])
  })
})
