import assert from 'node:assert/strict'
import { away, pictureAfter, type Picture } from '../../extension/picture.js'
import { connection, statusOf } from './statuses.js'

const up: Picture = { kind: 'up', status: statusOf([connection()]) }
const namesIn = (picture: Picture): string[] =>
  picture.kind === 'up' ? picture.status.connections.map(({ name }) => name) : []

suite('the picture of the daemon', () => {
  test('a snapshot replaces whatever was there', () => {
    const after = pictureAfter(away('stopped'), { type: 'snapshot', status: statusOf([]) })
    assert.deepEqual(namesIn(after), [])
    assert.equal(after.kind, 'up')
  })

  test('a changed connection replaces itself, a new one joins in order, a removed one goes', () => {
    const joined = pictureAfter(up, { type: 'connection', connection: connection({ name: 'alpha' }) })
    const changed = pictureAfter(joined, { type: 'connection', connection: connection({ state: 'blocked' }) })
    assert.deepEqual(namesIn(changed), ['alpha', 'work'])
    assert.ok(changed.kind === 'up' && changed.status.connections[1]?.state === 'blocked')
    const { name } = connection()
    assert.deepEqual(namesIn(pictureAfter(changed, { type: 'connectionRemoved', name })), ['alpha'])
  })

  test('a daemon that was told to stop is away; one that hands over is not', () => {
    assert.deepEqual(pictureAfter(up, { type: 'stopping', reason: 'shutdown' }), away('stopped'))
    assert.equal(pictureAfter(up, { type: 'stopping', reason: 'upgrade' }), up)
  })

  test('news without a snapshot before them change nothing', () => {
    const before = away('failed', 'no room')
    assert.equal(pictureAfter(before, { type: 'connection', connection: connection() }), before)
  })
})
