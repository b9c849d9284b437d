import assert from 'node:assert/strict'
import { BACKOFF, backoffMs, storeBackoffMs } from '../../daemon/core/lifecycle/backoff.js'

suite('backoff', () => {
  test('doubles from a second to the cap and stays there', () => {
    assert.deepEqual(
      [0, 1, 2, 3, 4].map((attempt) => backoffMs(attempt, 0)),
      [1_000, 1_000, 2_000, 4_000, 8_000],
    )
    assert.equal(backoffMs(1_000_000, 0), BACKOFF.capMs)
  })

  test('jitter adds up to a fifth and never takes away', () => {
    assert.equal(backoffMs(3, 0.5), 4_000 * 1.1)
    assert.ok(backoffMs(50, 0.999) <= BACKOFF.capMs * 1.2)
  })

  test('a server is given the patience it asks for, within reason', () => {
    assert.equal(backoffMs(1, 0, 30_000), 30_000)
    assert.equal(backoffMs(10, 0, 1), BACKOFF.capMs)
    assert.equal(backoffMs(1, 0, 1e12), BACKOFF.longestAskedMs)
  })

  test('our own disk is tried again within seconds, however often it failed', () => {
    assert.equal(storeBackoffMs(1, 0), 1_000)
    assert.equal(storeBackoffMs(30, 0.9), BACKOFF.storeCapMs)
  })
})
