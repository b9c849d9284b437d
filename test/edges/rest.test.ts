import assert from 'node:assert/strict'
import { Rest, REST_AFTER_MS } from '../../daemon/edges/rest.js'
import { FakeClock } from '../fakes/fakeClock.js'
import { ListeningServer } from './listeningServer.js'

suite('rest', () => {
  let clock: FakeClock
  let said: boolean[]
  let rest: Rest

  setup(() => {
    clock = new FakeClock()
    said = []
    rest = new Rest(clock, (resting) => said.push(resting))
  })

  test('a burst of requests is one change, and its end another, once nobody has asked for a while', async () => {
    for (let count = 0; count < 100; count++) {
      rest.asked()
      await clock.advance(REST_AFTER_MS - 1)
    }
    assert.deepEqual(said, [false])
    await clock.advance(1)
    assert.deepEqual(said, [false, true])
    rest.asked()
    assert.deepEqual(said, [false, true, false])
  })

  test('nothing wakes before the first request, nor during a rest, nor after the end', async () => {
    assert.equal(clock.nextWake(), undefined)
    rest.asked()
    await clock.advance(REST_AFTER_MS)
    assert.equal(clock.nextWake(), undefined)
    rest.asked()
    rest.stop()
    assert.equal(clock.nextWake(), undefined)
  })

  test('each request to the server ends a rest', async () => {
    const server = new ListeningServer()
    await server.listen()
    try {
      await server.call('/v1/hello')
      await server.clock.advance(REST_AFTER_MS)
      await server.call('/v1/no-such-thing')
      assert.deepEqual(server.rests, [false, true, false])
    } finally {
      await server.close()
    }
  })
})
