import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { faultsOf, LOST_ANSWER } from '../history.js'
import { seeded, type Fraction } from '../seed.js'
import { Victim } from './victim.js'

const KILLS = process.env.FOB_TEST_FULL ? 1_000 : 100
/** The answer leaves in the middle of the span in which a kill may come, milliseconds. */
const SPAN_MS = 300
const ANSWER_MS = SPAN_MS / 2
/** A rotation is saved within this after its answer: half of the kills are aimed there. */
const SAVING_MS = 12

suite('kill -9 around the answer of a server that forgives nothing', function () {
  this.timeout(KILLS * 4_000)
  let victim: Victim

  suiteSetup(async () => void (victim = await Victim.make({ lifetime: 3_600, grace: 0 })))
  suiteTeardown(() => victim?.remove())

  /** Lets the server kill the daemon at an instant around its answer. */
  const arm = async (fraction: Fraction): Promise<void> => {
    const pids = [victim.pid]
    const aimed = { grantType: 'refresh_token', times: 1 }
    await victim.home.clearFaults()
    if (fraction() < 0.5) {
      const ms = Math.floor(fraction() * SAVING_MS)
      await victim.home.fault({ kind: 'kill', pids, at: 'responded', ms, ...aimed })
      return
    }
    // Committed at once or only just before the answer: both leave their kind of doubt.
    const when = fraction() < 0.5 ? 'before' : 'after'
    await victim.home.fault({ kind: 'delay', ms: ANSWER_MS, when, ...aimed })
    const ms = Math.floor(fraction() * SPAN_MS)
    await victim.home.fault({ kind: 'kill', pids, at: 'received', ms, ...aimed })
  }

  const killed = async (fraction: Fraction) => {
    const { generation } = await victim.lease()
    const { received } = await victim.home.ledger()
    await arm(fraction)
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
