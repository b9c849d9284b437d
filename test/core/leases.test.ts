import assert from 'node:assert/strict'
import { ConnectionName, LeaseId } from '../../shared/contract/ids.js'
import { Leases } from '../../daemon/core/broker/leases.js'
import { me, WORK } from '../fakes/brokerOnFakes.js'

suite('leases', () => {
  test('a lease stands for a generation of one connection, for the user it was given to', () => {
    const leases = new Leases('prefix-of-this-run')
    const lease = leases.give(WORK, 3, me)
    assert.equal(LeaseId.parse(lease), lease)
    assert.equal(leases.generationOf(lease, WORK, me), 3)
    assert.equal(leases.generationOf(lease, WORK, { ...me, pid: 77 }), 3)
    assert.equal(leases.generationOf(lease, WORK, { ...me, uid: 7 }), undefined)
    assert.equal(leases.generationOf(lease, ConnectionName.parse('home'), me), undefined)
    assert.equal(leases.generationOf(LeaseId.parse('made-up-lease'), WORK, me), undefined)
  })

  test('every lease has a name of its own, and the oldest are forgotten before memory is', () => {
    const leases = new Leases('prefix-of-this-run')
    const first = leases.give(WORK, 1, me)
    const given = new Set(Array.from({ length: 20_000 }, () => leases.give(WORK, 2, me)))
    assert.equal(given.size, 20_000)
    assert.equal(leases.generationOf(first, WORK, me), undefined)
    for (const lease of given) assert.equal(leases.generationOf(lease, WORK, me), 2)
  })
})
