import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { figure } from '../figures.js'
import { notRun } from '../notRun.js'
import { fractionsOf, seeded } from '../seed.js'
import { ClockHistory } from './clockHistory.js'
import { fakeTime, Machine } from './machine.js'

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

/** Each: what happens to the clocks, in seconds, and whether somebody asks at once or nobody does. */
interface Night {
  readonly happens: string
  readonly pass: (machine: Machine) => Promise<void>
  readonly asked: boolean
}

const LIFETIME_S = 600
const HOUR_S = 3_600
const DAY_S = 24 * HOUR_S

const nights: readonly Night[] = [
  { happens: 'eight hours of sleep, unasked', pass: (machine) => machine.sleep(8 * HOUR_S), asked: false },
  { happens: 'eight hours of sleep', pass: (machine) => machine.sleep(8 * HOUR_S), asked: true },
  {
    happens: 'the clock set back, and sleep until just after the end',
    pass: async (machine) => {
      await machine.setWall(-30)
      await machine.leasedGood()
      await machine.sleep(LIFETIME_S + 10)
    },
    asked: true,
  },
  { happens: 'the clock set 90 days ahead', pass: (machine) => machine.setWall(90 * DAY_S), asked: true },
  { happens: 'the clock set back a day', pass: (machine) => machine.setWall(-DAY_S), asked: true },
  {
    happens: 'sleep until just after the end',
    pass: (machine) => machine.sleep(LIFETIME_S + 1),
    asked: true,
  },
  {
    happens: 'sleep until just before the end',
    pass: (machine) => machine.sleep(LIFETIME_S - 5),
    asked: true,
  },
  // A refresh token lives 30 days there.
  { happens: 'three weeks of sleep', pass: (machine) => machine.sleep(21 * DAY_S), asked: true },
  { happens: 'the clock set back 90 days', pass: (machine) => machine.setWall(-90 * DAY_S), asked: true },
  { happens: 'another night, unasked', pass: (machine) => machine.sleep(8 * HOUR_S), asked: false },
]
const NIGHTS = process.env.FOB_TEST_FULL ? nights.length : 3

const NOTICED_MS = 30_000
/** From its beginning a refresh takes this at most until it shows at the server. */
const ON_ITS_WAY_MS = 500
/** Between looks at the ledger. */
const LOOK_MS = 100

/** Milliseconds until a request came that nobody had caused. */
async function noticed(machine: Machine, known: number): Promise<number> {
  const begin = performance.now()
  while ((await machine.received()) === known) {
    if (performance.now() - begin > 2 * NOTICED_MS) return Infinity
    await pause(LOOK_MS)
  }
  return performance.now() - begin
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
  test('K7 the shipped daemon hands out no expired token after nights and set clocks, and wakes by itself', async function () {
    this.timeout(NIGHTS * 70_000)
    const library = fakeTime()
    if (library === undefined) return notRun(this, 'faketime')
    const machine = await Machine.make(library, LIFETIME_S)
    try {
      const expired: string[] = []
      const late: string[] = []
      for (const { happens, pass, asked } of nights.slice(0, NIGHTS)) {
        const known = await machine.received()
        await pass(machine)
        const ms = asked ? 0 : await noticed(machine, known)
        if (ms > NOTICED_MS + ON_ITS_WAY_MS) late.push(`${happens}: ${ms} ms`)
        if (!(await machine.leasedGood())) expired.push(happens)
        assert.ok(asked || (await machine.received()) === known + 1, 'one refresh is enough')
      }
      const faults = expired.length + late.length
      figure('K7', { value: faults, bar: '0 nights of the shipped daemon', ok: faults === 0, n: NIGHTS })
      assert.deepEqual(expired, [])
      assert.deepEqual(late, [])
    } finally {
      await machine.remove()
    }
  })
})
