/** The whole daemon, cut off from a server that forgives nothing, and then killed: its doubt outlives it. */
import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { faultsOf, LOST_ANSWER } from '../history.js'
import { Victim } from '../kill/victim.js'
import { seeded } from '../seed.js'
import { ToxicProxy, type Toxic } from './toxicProxy.js'

const CUTS = process.env.FOB_TEST_FULL ? 60 : 6

type Cut = Extract<Toxic, { kind: 'cut' }>

suite('a daemon cut off from its server and killed', function () {
  this.timeout(process.env.FOB_TEST_FULL ? 300_000 : 60_000)
  const { seed, fraction } = seeded()
  let victim: Victim
  let proxy: ToxicProxy

  suiteSetup(async () => {
    victim = await Victim.make({ lifetime: 3_600, grace: 0 })
    const { issuer } = await victim.home.sandbox()
    proxy = await ToxicProxy.before(Number(new URL(issuer).port))
    await victim.addAgain({
      authorization_endpoint: `${issuer}/auth`,
      token_endpoint: `http://${proxy.authority}/token`,
    })
    await victim.signIn()
  })
  suiteTeardown(async () => {
    await victim?.remove()
    await proxy?.stop()
    console.log(`FOB_SEED=${seed}`)
  })

  const spoilt = async (cut: Cut): Promise<{ committed: boolean; lost: boolean }> => {
    const before = await victim.lease()
    const { received } = await victim.home.ledger()
    proxy.heal()
    proxy.arm(cut)
    assert.equal((await victim.refresh()).kind, 'refused')
    victim.observed.push({ kind: 'cut', at: proxy.passed[0]?.spoiltAt ?? assert.fail('nothing was cut') })
    const reached = cut.way === 'answer' ? 1 : 0
    await victim.home.ledger(received + reached)
    const committed = (await victim.processed(received)).some((entry) => entry.committed)
    await victim.kill()
    await victim.start()
    assert.equal((await victim.lease()).accessToken, before.accessToken, 'what still works is served')
    const connection = await victim.connection()
    assert.equal(connection?.state, 'inDoubt')
    assert.equal((await victim.home.ledger()).received, received + reached, 'nothing is sent twice unasked')
    const again = await victim.refresh()
    const lost = again.kind !== 'ok'
    if (lost) {
      const shown = await victim.connection()
      assert.equal(shown?.state, 'consentRequired')
      assert.match(shown.reason, LOST_ANSWER)
      await victim.signIn()
    }
    await victim.lease()
    return { committed, lost }
  }

  test('K6 the doubt after a cut outlives a kill: the token that works is served, and nothing is sent unasked', async () => {
    proxy.heal()
    assert.equal((await victim.refresh()).kind, 'ok')
    const { request, answer } = proxy.passed[0] ?? assert.fail()
    const wrong: string[] = []
    for (let count = 0; count < CUTS; count++) {
      const way = count % 2 === 0 ? 'answer' : 'request'
      const after = 1 + Math.floor(fraction() * ((way === 'answer' ? answer : request) - 1))
      const { committed, lost } = await spoilt({ kind: 'cut', way, after, how: 'reset' })
      if (lost !== committed) wrong.push(`after byte ${after} of the ${way}`)
    }
    const faults = faultsOf(victim.observed, (await victim.home.ledger()).entries)
    const bar = '0 losses that differ from the ledger'
    figure('K6', { value: wrong.length, bar, ok: wrong.length + faults.length === 0, n: CUTS })
    assert.deepEqual(wrong, [])
    assert.deepEqual(faults, [])
  })
})
