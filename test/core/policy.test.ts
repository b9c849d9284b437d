import assert from 'node:assert/strict'
import fc from 'fast-check'
import type { Action } from '../../shared/contract/route.js'
import { decide, type Owner, type Rule } from '../../daemon/core/policy/policy.js'
import { me } from '../fakes/brokerOnFakes.js'
import { seeded } from '../seed.js'

const ada: Owner = {
  account: { id: '42', label: 'ada@example.test' },
  claims: { groups: ['makers', 'Zürich'], 'realm_access.roles': ['operator'] },
}

const asked = (action: Action, caller = me) => ({ caller, action, connection: 'work', owner: () => ada })

const askedOf = (owner: Owner | undefined) => ({ ...asked('lease'), owner: () => owner })

suite('policy', () => {
  test('whoever runs as the same user may do everything', () => {
    for (const action of ['lease', 'proxy', 'refresh', 'read', 'admin'] as const) {
      assert.equal(decide(asked(action), me.uid).kind, 'allow')
    }
  })

  test('another user may do nothing, root included, and is told what to do', () => {
    for (const uid of [0, 1001]) {
      const decision = decide({ ...asked('read', { ...me, uid }), connection: '' }, me.uid)
      assert.ok(decision.kind === 'deny')
      assert.match(decision.reason, new RegExp(`user 1000 only, and you are user ${uid}`))
      assert.match(decision.fix, /fob up/)
    }
  })

  const ask = (differs: Partial<Rule> = {}): Rule => ({ decide: 'ask', actions: ['lease'], ...differs })
  const kind = (rules: readonly Rule[], action: 'lease' | 'refresh' | 'read' | 'admin' = 'lease'): string =>
    decide(asked(action), me.uid, rules).kind

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
    const decision = decide(asked('lease'), me.uid, [ask(), deny])
    assert.ok(decision.kind === 'deny')
    assert.match(decision.reason, /policy\.1 denies work/)
  })

  test('no rule lets another user in', () => {
    const stranger = { ...me, uid: 1001 }
    assert.equal(decide(asked('lease', stranger), me.uid, [ask()]).kind, 'deny')
  })

  const owners: readonly (readonly [
    what: string,
    rule: Partial<Rule>,
    owner: Owner | undefined,
    fits: boolean,
  ])[] = [
    ['an account by its id', { accounts: ['7', '42'] }, ada, true],
    ['an account by its name', { accounts: ['ada@example.test'] }, ada, true],
    ['another account', { accounts: ['4', 'grace@example.test'] }, ada, false],
    ['a group among several', { claims: { groups: ['admins', 'makers'] } }, ada, true],
    ['a group of any script', { claims: { groups: ['Zürich'] } }, ada, true],
    ['a role by its path', { claims: { 'realm_access.roles': ['operator'] } }, ada, true],
    ['another group', { claims: { groups: ['admins'] } }, ada, false],
    ['part of the name of a group', { claims: { groups: ['make'] } }, ada, false],
    ['a group that is only a role', { claims: { groups: ['operator'] } }, ada, false],
    ['each of two claims', { claims: { groups: ['makers'], 'realm_access.roles': ['operator'] } }, ada, true],
    ['one of two claims only', { claims: { groups: ['makers'], roles: ['operator'] } }, ada, false],
    ['an account in a group', { accounts: ['42'], claims: { groups: ['makers'] } }, ada, true],
    ['an account that is not in it', { accounts: ['42'], claims: { groups: ['admins'] } }, ada, false],
    ['a claim that every object has', { claims: { constructor: ['makers'] } }, ada, false],
    ['nobody known', { accounts: ['42'] }, { account: null }, false],
    ['no groups told', { claims: { groups: ['makers'] } }, { account: ada.account }, false],
    ['a connection that is not there', { claims: { groups: ['makers'] } }, undefined, false],
  ]
  for (const [what, rule, owner, fits] of owners) {
    test(`a rule for accounts ${fits ? 'fits' : 'leaves alone'} ${what}`, () => {
      for (const verb of ['ask', 'deny'] as const) {
        const { kind } = decide(askedOf(owner), me.uid, [ask({ ...rule, decide: verb })])
        assert.equal(kind, fits ? verb : 'allow')
      }
    })
  }

  test('whose a connection is is looked up only when a rule wants to know', () => {
    const never = { ...asked('lease'), owner: () => assert.fail('looked up') }
    const rules = [
      ask(),
      ask({ connection: 'play', accounts: ['42'] }),
      ask({ programs: ['/x'], claims: {} }),
    ]
    assert.equal(decide(never, me.uid, rules).kind, 'ask')
  })

  test('of any rules for any accounts the strictest that fits counts, and one more never gives', () => {
    const word = fc.constantFrom('makers', 'admins', 'Zürich', '__proto__', '42', 'ada@example.test', '')
    const words = fc.array(word, { maxLength: 3 })
    const claims = fc.dictionary(fc.constantFrom('groups', 'roles', 'toString'), words, { maxKeys: 2 })
    const part = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined })
    const rule = fc.record({
      decide: fc.constantFrom('ask' as const, 'deny' as const),
      actions: fc.constant(['lease'] as const),
      accounts: part(words),
      claims: part(claims),
    })
    const someone = fc.record({
      account: fc.option(fc.record({ id: word, label: word })),
      claims: part(claims),
    })
    fc.assert(
      fc.property(fc.array(rule, { maxLength: 4 }), rule, part(someone), (rules, more, owner) => {
        const verdict = (these: readonly Rule[]): number =>
          STRICTNESS.indexOf(decide(askedOf(owner), me.uid, these).kind)
        const alone = rules.map((one) => verdict([one]))
        assert.equal(verdict(rules), Math.max(0, ...alone))
        assert.ok(verdict([...rules, more]) >= verdict(rules))
      }),
      { seed: seeded().seed, numRuns: 2_000 },
    )
  })
})

const STRICTNESS = ['allow', 'ask', 'deny']
