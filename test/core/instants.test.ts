import assert from 'node:assert/strict'
import { Instants } from '../../daemon/core/instants.js'

suite('instants', () => {
  test('read as the platform writes them, whatever came before', () => {
    const instants = new Instants()
    for (const ms of [0, 1, 10, 999, 1_000, 1_700_000_000_007, 1_700_000_000_990, 1_699_999_999_999, 5]) {
      assert.equal(instants.text(ms), new Date(ms).toISOString())
    }
  })

  test('fractions of a millisecond and moments before 1970 are whole milliseconds too', () => {
    const instants = new Instants()
    assert.equal(instants.text(1_000.9), '1970-01-01T00:00:01.000Z')
    assert.equal(instants.text(-1), '1969-12-31T23:59:59.999Z')
  })
})
