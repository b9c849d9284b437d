import assert from 'node:assert/strict'
import { decide, type Rule } from '../../daemon/core/policy.js'
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

  const ask = (differs: Partial<Rule> = {}): Rule => ({ decide: 'ask', actions: ['lease'], ...differs })
  const kind = (rules: readonly Rule[], action: 'lease' | 'refresh' | 'read' | 'admin' = 'lease'): string =>
    decide({ caller: me, action, connection: 'work' }, me.uid, rules).kind

  test('a rule narrows what its parts name, and nothing else', () => {
    assert.equal(kind([ask()]), 'ask')
    assert.equal(kind([ask()], 'refresh'), 'allow')
    assert.equal(kind([ask({ connection: 'play' })]), 'allow')
    assert.equal(kind([ask({ programs: [me.executable] })]), 'ask')
    assert.equal(kind([ask({ programs: ['/usr/bin/other'] })]), 'allow')
    assert.equal(kind([ask({ actions: ['refresh'] })], 'refresh'), 'ask')
    for (const action of ['read', 'admin'] as const) assert.equal(kind([ask()], action), 'allow')
  })

  test('the strictest rule counts, wherever it stands, and the refusal names it', () => {
    const deny = ask({ decide: 'deny' })
    assert.equal(kind([deny, ask()]), 'deny')
    const decision = decide({ caller: me, action: 'lease', connection: 'work' }, me.uid, [ask(), deny])
    assert.ok(decision.kind === 'deny')
    assert.match(decision.reason, /policy\.1 denies work/)
  })

  test('no rule lets another user in', () => {
    const stranger = { ...me, uid: 1001 }
    assert.equal(
      decide({ caller: stranger, action: 'lease', connection: 'work' }, me.uid, [ask()]).kind,
      'deny',
    )
  })
})
