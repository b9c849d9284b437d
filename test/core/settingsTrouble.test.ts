import assert from 'node:assert/strict'
import { notUnderstood, rulesWait, settingsFinding } from '../../daemon/core/policy/settingsTrouble.js'
import { Policy } from '../../shared/contract/config.js'
import { Refusal } from '../../shared/contract/errors.js'

const [ASK, DENY, OTHER] = Policy.parse([
  { decide: 'ask', connection: 'work' },
  { decide: 'deny' },
  { decide: 'ask' },
]).map((rule) => [rule])
assert.ok(ASK && DENY && OTHER)

suite('what a person has to do about fob.json', () => {
  const words = (inForce: Policy, file: Policy): string => rulesWait(inForce, file).reason

  test('new rules, rules that went, and both are told apart by their number', () => {
    assert.equal(words([], ASK), '1 rule of fob.json is not in force until you accept it')
    assert.equal(words([], [...ASK, ...DENY]), '2 rules of fob.json are not in force until you accept them')
    assert.equal(words(ASK, []), '1 rule no longer in fob.json stays in force until you accept that')
    assert.equal(
      words([...ASK, ...DENY], OTHER),
      'fob.json has 1 rule more and 2 rules less than are in force, until you accept that',
    )
    assert.match(words([...ASK, ...DENY], [...DENY, ...ASK]), /in another order/)
  })

  test('rules that wait are worth a note with the command; nothing stops because of them', () => {
    const { urgency, fix } = settingsFinding(rulesWait([], ASK))
    assert.deepEqual([urgency, fix], ['note', { kind: 'run', command: 'fob config accept' }])
  })

  test('a file that is not understood needs a person, is shown by its place, and mended by the refusal’s fix', () => {
    const refusal = new Refusal('misconfigured', '/c/fob.json:3:5: not JSON: comma expected', {
      fix: 'vi +3',
    })
    const { urgency, evidence, fix } = settingsFinding(notUnderstood(refusal))
    assert.deepEqual([urgency, evidence], ['person', ['/c/fob.json:3:5: not JSON: comma expected']])
    assert.deepEqual(fix, { kind: 'run', command: 'vi +3' })
  })
})
