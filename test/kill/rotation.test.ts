import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { figure } from '../figures.js'
import { faultsOf } from '../history.js'
import { seeded } from '../seed.js'
import { Victim } from './victim.js'

const KILLS = process.env.FOB_TEST_FULL ? 1_000 : 100
/** Rotations timed beforehand, so that the kills fall within one. */
const TIMED = 5
/** Some kills come just after the end as well. */
const BEYOND = 1.3
const RESTART_BAR_MS = 1_000

suite('kill -9 during a rotation, at a server with a grace', function () {
  // A full run is a thousand restarts.
  this.timeout(KILLS * 3_000)
  let victim: Victim

  suiteSetup(async () => void (victim = await Victim.make({ lifetime: 3_600, grace: 86_400 })))
  suiteTeardown(() => victim?.remove())

  /** How long a rotation takes here, milliseconds. */
  const timed = async (): Promise<number> => {
    const took: number[] = []
    for (let count = 0; count < TIMED; count++) {
      const begin = performance.now()
      assert.deepEqual(await victim.refresh(), { kind: 'ok' })
      took.push(performance.now() - begin)
      await victim.lease()
    }
    return middle(took)
  }

  /** One kill: `afterMs` into a rotation, then what the next daemon makes of it. */
  const killed = async (afterMs: number): Promise<{ lost: boolean; unsaved: boolean; firstMs: number }> => {
    const { generation } = await victim.lease()
    const { received } = await victim.home.ledger()
    // Both die with the daemon. What the second is shown has to outlive it.
    const asked = victim
      .refresh()
      .then(() => victim.lease())
      .catch(() => undefined)
    await pause(afterMs)
    await victim.kill()
    await asked
    const begin = performance.now()
    await victim.start()
    // The access token has an hour left, so only a lost connection has none.
    const first = await victim.lease().catch(() => undefined)
    const firstMs = performance.now() - begin
    const spent = (await victim.processed(received)).some(({ committed }) => committed)
    const lost = first === undefined || (await victim.refresh()).kind !== 'ok'
    if (lost) await victim.signIn()
    await victim.lease()
    return { lost, unsaved: spent && first?.generation === generation, firstMs }
  }

  test('K1 no connection is lost, and a restarted daemon has a token within a second', async () => {
    const { seed, fraction } = seeded()
    const span = (await timed()) * BEYOND
    const rounds: Awaited<ReturnType<typeof killed>>[] = []
    for (let count = 0; count < KILLS; count++) rounds.push(await killed(fraction() * span))
    const lost = rounds.filter((round) => round.lost).length
    const unsaved = rounds.filter((round) => round.unsaved).length
    const firsts = rounds.map(({ firstMs }) => firstMs)
    const worst = Math.max(...firsts)
    const faults = faultsOf(victim.observed, (await victim.home.ledger()).entries)
    console.log(
      `FOB_SEED=${seed}: kills within ${span.toFixed(0)} ms; after the server rotated and before the save: ${unsaved}`,
    )
    figure('K1', { value: lost, bar: '0 lost connections', ok: lost === 0, n: KILLS })
    figure('K1', {
      value: `first token ${middle(firsts).toFixed(0)} ms median, ${worst.toFixed(0)} ms worst`,
      bar: '1 s',
      ok: worst <= RESTART_BAR_MS,
      n: KILLS,
    })
    assert.deepEqual(faults, [])
    assert.equal(lost, 0)
    assert.ok(unsaved > 0, 'no kill fell between the rotation and the save, so nothing was proven')
  })
})

const middle = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Infinity
