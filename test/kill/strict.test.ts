import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { faultsOf, LOST_ANSWER } from '../history.js'
import { seeded, type Fraction } from '../seed.js'
import { arm, strictTimings } from './armed.js'
import { Victim } from './victim.js'

const KILLS = process.env.FOB_TEST_FULL ? 1_000 : 100

suite('kill -9 around the answer of a server that forgives nothing', function () {
  this.timeout(KILLS * 4_000)
  let victim: Victim

  suiteSetup(async () => void (victim = await Victim.make({ lifetime: 3_600, grace: 0 })))
  suiteTeardown(() => victim?.remove())

  const killed = async (fraction: Fraction) => {
    const { generation } = await victim.lease()
    const { received } = await victim.home.ledger()
    await arm(victim.home, [victim.pid], strictTimings(fraction))
    await Promise.all([victim.refresh().catch(() => undefined), victim.gone()])
    const committed = (await victim.processed(received)).some((entry) => entry.committed)
    const saved = (await victim.durable()) !== generation
    await victim.home.clearFaults()
    await victim.start()
    // Also in doubt the old access token serves: it has not ended.
    await victim.lease()
    const refreshed = await victim.refresh()
    const lost = refreshed.kind !== 'ok'
    const shown = lost ? await victim.connection() : undefined
    const said = shown?.state === 'consentRequired' && LOST_ANSWER.test(shown.reason)
    if (lost) await victim.signIn()
    await victim.lease()
    return { explained: committed && !saved, lost, silent: lost && !said }
  }

  test('K2 a connection is lost only where the server rotated and nothing was saved, and says so', async () => {
    const { seed, fraction } = seeded()
    const rounds: Awaited<ReturnType<typeof killed>>[] = []
    for (let count = 0; count < KILLS; count++) rounds.push(await killed(fraction))
    const count = (matches: (round: (typeof rounds)[number]) => boolean): number =>
      rounds.filter(matches).length
    const lost = count((round) => round.lost)
    const unexplained = count((round) => round.lost !== round.explained)
    const silent = count((round) => round.silent)
    const faults = faultsOf(victim.observed, (await victim.home.ledger()).entries)
    console.log(`FOB_SEED=${seed}: ${lost} of ${KILLS} lost, each as the ledger says`)
    figure('K2', {
      value: unexplained,
      bar: '0 losses that differ from the ledger',
      ok: unexplained === 0,
      n: KILLS,
    })
    figure('K2', { value: silent, bar: '0 silent losses', ok: silent === 0, n: lost })
    assert.deepEqual(faults, [])
    assert.equal(unexplained, 0)
    assert.equal(silent, 0)
    assert.ok(lost > 0 && lost < KILLS, 'kills fell on one side of the save only, so nothing was proven')
  })
})
