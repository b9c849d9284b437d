import assert from 'node:assert/strict'
import { decide } from '../../daemon/core/policy.js'
import { me } from '../fakes/brokerOnFakes.js'

suite('policy', () => {
  test('whoever runs as the same user may do everything', () => {
    for (const action of ['lease', 'proxy', 'refresh', 'read', 'admin'] as const) {
      assert.equal(decide({ caller: me, action, connection: 'work' }, me.uid).kind, 'allow')
    }
  })

  test('another user may do nothing, root included, and is told what to do', () => {
    for (const uid of [0, 1001]) {
      const decision = decide({ caller: { ...me, uid }, action: 'read', connection: '' }, me.uid)
      assert.ok(decision.kind === 'deny')
      assert.match(decision.reason, new RegExp(`user 1000 only, and you are user ${uid}`))
      assert.match(decision.fix, /fob up/)
    }
  })
})
