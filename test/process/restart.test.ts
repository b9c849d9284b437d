import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { Home } from './home.js'

/** Restarts of each kind. */
const ROUNDS = process.env.FOB_TEST_FULL ? 20 : 3

suite('restart', () => {
  let home: Home

  // Long enough that no renewal comes by itself while a machine is slow.
  suiteSetup(async () => void (home = await Home.signedIn({ lifetime: 3_600 })))
  suiteTeardown(() => home?.remove())

  const round = async (end: () => Promise<unknown>): Promise<{ requests: number; ms: number }> => {
    const before = await home.lease('sandbox')
    await home.forgetLedger()
    await end()
    const begin = performance.now()
    const accessToken = await home.token('sandbox')
    const ms = performance.now() - begin
    assert.equal(accessToken, before.accessToken)
    return { requests: (await home.ledger()).received, ms }
  }

  test('H2 a valid access token outlives a restart and a kill -9, and no request is made for it', async () => {
    const rounds: Array<{ requests: number; ms: number }> = []
    for (let count = 0; count < ROUNDS; count++) {
      rounds.push(await round(() => home.must('down')))
      rounds.push(await round(() => home.killDaemon()))
    }
    const requests = rounds.reduce((sum, each) => sum + each.requests, 0)
    const middle = rounds.map(({ ms }) => ms).sort((a, b) => a - b)[ROUNDS] ?? Infinity
    figure('H2', { value: requests, bar: '0 token requests', ok: requests === 0, n: rounds.length })
    const seconds = (middle / 1000).toFixed(2)
    figure('H2', { value: `${seconds} s to the first token, median`, bar: '1 s', ok: middle <= 1_000 })
    assert.equal(requests, 0)
  })
})
