import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { userinfo } from '../sandbox/oauthCalls.js'
import { meetExpired, type Round } from './crowd.js'
import { Home } from './home.js'

const ROUNDS = process.env.FOB_TEST_FULL ? 5 : 2

suite('a crowd of callers', () => {
  let home: Home

  suiteSetup(async () => void (home = await Home.signedIn({ lifetime: 3_600 })))
  suiteTeardown(() => home?.remove())

  test('H3 a thousand callers at an expired access token cause one token request and get one answer', async () => {
    const { issuer } = await home.sandbox()
    const rounds: Round[] = []
    for (let count = 0; count < ROUNDS; count++) {
      rounds.push(await meetExpired(home))
      const last = rounds.at(-1)
      assert.equal((await userinfo(issuer, last?.tokens[0] ?? '')).status, 200)
    }
    const well = rounds.filter(
      (each) => each.requests === 1 && each.answered === 1_000 && each.tokens.length === 1,
    )
    const said = rounds.map(({ requests, answered, tokens }) => `${requests}/${answered}/${tokens.length}`)
    figure('H3', {
      value: `${said.join(' ')} (requests/answers/different tokens a round)`,
      bar: '1/1000/1',
      ok: well.length === ROUNDS,
    })
    assert.deepEqual(rounds.flatMap(({ failures }) => failures).slice(0, 3), [])
    assert.equal(well.length, ROUNDS)
  })
})
