import assert from 'node:assert/strict'
import { originOf, PACE, Pace } from '../../daemon/core/origins.js'

suite('origins', () => {
  test('an origin is scheme, host and port of the token endpoint, whatever its path and letters', () => {
    assert.equal(originOf('https://Login.Example.com/oauth/token?x=1'), 'https://login.example.com')
    assert.equal(originOf('http://127.0.0.1:8080/token'), 'http://127.0.0.1:8080')
    assert.notEqual(originOf('https://a.example/token'), originOf('https://b.example/token'))
    assert.notEqual(originOf('https://a.example/token'), originOf('https://a.example:8443/token'))
  })

  test('one that was never asked has no turn to wait for', () => {
    assert.equal(new Pace().turnInMs('https://a.example', 5_000), 0)
  })

  test('taking turns, no second sees more than five exchanges, and other origins wait for none', () => {
    for (const jitter of [0, 0.5, 0.999]) {
      const pace = new Pace()
      const turns: number[] = []
      for (let now = 0; turns.length < 50; now += pace.turnInMs('https://a.example', now)) {
        pace.take('https://a.example', now, jitter)
        turns.push(now)
        assert.equal(pace.turnInMs('https://b.example', now), 0)
      }
      for (const from of turns) {
        assert.ok(turns.filter((turn) => turn >= from && turn < from + 1_000).length <= 5)
      }
      assert.ok((turns.at(-1) ?? 0) <= 50 * (PACE.gapMs + PACE.jitterMs))
    }
  })
})
