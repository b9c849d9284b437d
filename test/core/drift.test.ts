import assert from 'node:assert/strict'
import { Scope } from '../../shared/contract/ids.js'
import { driftOf, ScopeUse } from '../../daemon/core/connection/drift.js'
import { google } from '../../daemon/providers/google.js'
import { BrokerOnFakes, me, READ } from '../fakes/brokerOnFakes.js'

const scopes = (text: string): Scope[] => text.split(' ').map((one) => Scope.parse(one))

/** Callers that named these, so often. */
function used(text: string, times: number): ScopeUse {
  const use = new ScopeUse()
  for (let count = 0; count < times; count++) use.note(scopes(text))
  return use
}

suite('scope drift', () => {
  const unused = new ScopeUse()
  const drift = (asked: string, granted: string, use = unused, signIn: readonly string[] = []) =>
    driftOf({ asked: scopes(asked), granted: scopes(granted), signIn }, use)

  test('scopes as asked are none, whatever servers leave out of the sign-in itself', () => {
    assert.equal(drift('read write', 'write read'), undefined)
    assert.equal(drift('openid offline_access read', 'read'), undefined)
  })

  test('what the provider calls a scope of the sign-in is one, and another is not', () => {
    const { signIn = [] } = google.scopes
    const userinfo = 'https://www.googleapis.com/auth/userinfo'
    assert.equal(
      drift('email profile read', `read ${userinfo}.email ${userinfo}.profile`, unused, signIn),
      undefined,
    )
    assert.deepEqual(drift('email read', `read ${userinfo}.email`, unused, [])?.extra, [`${userinfo}.email`])
    assert.deepEqual(drift('read', `read ${userinfo}.phone`, unused, signIn)?.extra, [`${userinfo}.phone`])
  })

  test('what was not granted is said first, and what to do', () => {
    const found = drift('read write', 'read admin')
    assert.deepEqual([found?.missing, found?.extra], [['write'], ['admin']])
    assert.match(found?.hint ?? '', /^the provider did not grant write; sign in again/)
  })

  test('what came unasked is said', () => {
    assert.match(drift('read', 'read admin')?.hint ?? '', /granted admin unasked/)
  })

  test('what no caller named in twenty leases can be narrowed, and the refresh token stays asked for', () => {
    assert.equal(drift('read write', 'read write', used('read', 19)), undefined)
    const found = drift('openid offline_access read write', 'read write', used('read', 20))
    assert.deepEqual(found?.unused, ['write'])
    assert.match(found?.hint ?? '', /^nobody uses write; .* --scopes "openid offline_access read"$/)
  })

  test('scopes that are left to the server, or that it does not name, are no drift', () => {
    const none = { asked: [], granted: scopes('default deploy'), signIn: [] }
    assert.equal(driftOf(none, new ScopeUse()), undefined)
    assert.match(
      driftOf(none, used('deploy', 20))?.hint ?? '',
      /nobody uses default; .* at its registration$/,
    )
    assert.equal(driftOf({ asked: scopes('read'), granted: [], signIn: [] }, new ScopeUse()), undefined)
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
    assert.deepEqual(house.status().scopesUsed, ['read'])
    const [note] = (await house.broker.diagnose(house.status().name)).findings
    assert.ok(note?.urgency === 'note' && note.fix.kind === 'run')
    assert.equal(note.what, 'no caller uses write')
    assert.match(
      note.fix.command,
      /^fob sign-out work --forget && fob add oidc .* --scopes "read" && fob sign-in/,
    )
  })
})
