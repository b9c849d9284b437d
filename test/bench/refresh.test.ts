import assert from 'node:assert/strict'
import { Home } from '../process/home.js'
import { pairOf, refresh, signIn } from '../sandbox/oauthCalls.js'
import { figureWhenQuiet, FULL, interleaved, keep, median } from './measuring.js'

const ROUNDS = FULL ? 300 : 20
const WARM_UP = 5
const BAR_MS = 15

suite('a refresh end to end', function () {
  this.timeout(300_000)
  let home: Home

  suiteSetup(async () => void (home = await Home.signedIn({ lifetime: 3_600 })))
  suiteTeardown(() => home?.remove())

  test('B9 costs little beside the server itself', async () => {
    const { issuer } = await home.sandbox()
    let { refreshToken } = pairOf(await signIn(issuer))
    const times = await interleaved(
      {
        fob: async () => {
          const answer = await home.ask('/v1/connections/sandbox/refresh', { method: 'POST' })
          assert.equal(answer.status, 200, answer.text)
        },
        server: async () => void ({ refreshToken } = pairOf(await refresh(issuer, refreshToken))),
      },
      ROUNDS,
      WARM_UP,
    )
    keep('refresh', times)
    const [ours, server] = [median(times.fob), median(times.server)]
    const more = ours - server
    const value = `refresh ${more.toFixed(1)} ms more than the server takes (${ours.toFixed(1)} beside ${server.toFixed(1)} ms)`
    figureWhenQuiet('B9', { value, bar: `server time + ${BAR_MS} ms`, ok: more <= BAR_MS, n: ROUNDS })
  })
})
