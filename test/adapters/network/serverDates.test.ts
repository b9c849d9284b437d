import assert from 'node:assert/strict'
import { ServerDates } from '../../../daemon/adapters/network/serverDates.js'
import { FakeClock } from '../../fakes/fakeClock.js'

suite('server dates', () => {
  const url = 'https://id.example.com/token?x=1'
  const origin = 'https://id.example.com'

  function after(headers: Record<string, string>): number | undefined {
    const dates = new ServerDates(new FakeClock(Date.parse('2030-01-01T00:00:00.000Z')))
    dates.note(url, new Headers(headers))
    return dates.aheadMs(origin)
  }

  test('the Date of an answer says how far a server is ahead, or behind', () => {
    assert.equal(after({ date: 'Tue, 01 Jan 2030 00:05:00 GMT' }), 300_000)
    assert.equal(after({ date: 'Mon, 31 Dec 2029 23:59:00 GMT' }), -60_000)
  })

  test('no date, a broken one, and one out of a cache say nothing', () => {
    assert.equal(after({}), undefined)
    assert.equal(after({ date: 'yesterday' }), undefined)
    assert.equal(after({ date: 'Tue, 01 Jan 2030 00:05:00 GMT', age: '300' }), undefined)
  })
})
