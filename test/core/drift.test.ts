import assert from 'node:assert/strict'
import { Scope } from '../../shared/contract/ids.js'
import { driftOf, ScopeUse } from '../../daemon/core/drift.js'
import { BrokerOnFakes, me, READ } from '../fakes/brokerOnFakes.js'

const scopes = (text: string): Scope[] => text.split(' ').map((one) => Scope.parse(one))

/** Callers that named these, so often. */
function used(text: string, times: number): ScopeUse {
  const use = new ScopeUse()
  for (let count = 0; count < times; count++) use.note(scopes(text))
  return use
}

suite('scope drift', () => {
  const drift = (asked: string, granted: string, use = new ScopeUse()) =>
    driftOf({ asked: scopes(asked), granted: scopes(granted) }, use)

  test('scopes as asked are none, whatever servers leave out of the sign-in itself', () => {
    assert.equal(drift('read write', 'write read'), undefined)
    assert.equal(drift('openid offline_access read', 'read'), undefined)
    assert.equal(drift('email read', 'read https://www.googleapis.com/auth/userinfo.email'), undefined)
  })

  test('what was not granted is said first, and what to do', () => {
    const found = drift('read write', 'read admin')
    assert.deepEqual([found?.missing, found?.extra], [['write'], ['admin']])
    assert.match(found?.hint ?? '', /^the provider did not grant write; sign in again/)
  })

  test('what came unasked is said', () => {
    assert.match(drift('read', 'read admin')?.hint ?? '', /granted admin unasked/)
  })

  test('what no caller named in twenty leases can be narrowed, to what is used', () => {
    assert.equal(drift('read write', 'read write', used('read', 19)), undefined)
    const found = drift('openid read write', 'openid read write', used('read', 20))
    assert.deepEqual([found?.unused, found?.used], [['write'], ['read']])
    assert.equal(found?.hint, 'nobody uses write; narrow it to "openid read"')
  })

  test('one caller that names no scopes may use them all', () => {
    const use = used('read', 50)
    use.note(undefined)
    assert.equal(drift('read write', 'read write', use), undefined)
  })

  test('status has it, from leases as they were asked for', async () => {
    const house = await BrokerOnFakes.signedIn()
    assert.equal(house.status().drift, undefined)
    const more = await house.broker.signOut(house.status().name, { forget: true, verify: false }, me)
    assert.equal(more.revoked, true)
    await house.add({ scopes: [READ, Scope.parse('write')] })
    assert.equal(house.status().drift, undefined, 'there is no grant to drift')
    await house.signIn()
    for (let count = 0; count < 20; count++) await house.lease(0, { scopes: [READ] })
    assert.deepEqual(house.status().drift?.unused, ['write'])
  })
})
