import assert from 'node:assert/strict'
import type { Tokens } from '../../daemon/core/outcome.js'
import { nextGrant, refreshRule, sameAccount, type TokenSource } from '../../daemon/core/lifecycle/tokens.js'
import { Secret } from '../../daemon/core/secret.js'
import { oidc } from '../../daemon/providers/oidc.js'
import { signedIn } from '../fakes/storedConnection.js'
import { grant, NOW, strict } from './lifecycleCases.js'

const { definition } = signedIn('work', 5).record
const before = grant(5, { scopes: ['narrow'] }).facts
const fresh: Tokens = {
  accessToken: new Secret('a'),
  refreshToken: new Secret('r'),
  expiresAt: NOW + 60_000,
  issuedAt: NOW - 2_000,
  scopes: undefined,
  account: null,
}
const next = (
  tokens: Partial<Tokens>,
  source: TokenSource = 'refresh',
  from: typeof before | null = before,
) => nextGrant({ ...fresh, ...tokens }, source, 6, from ?? undefined, definition, strict.at)

suite('tokens', () => {
  test('what a refresh leaves out stays as it was', () => {
    const { facts } = next({})
    assert.deepEqual(facts.scopes, ['narrow'])
    assert.equal(facts.account?.id, 'ada')
  })

  test('groups stay until the server says that there are others, or none', () => {
    const inGroup = { ...before, claims: { groups: ['makers'] } }
    assert.deepEqual(next({}, 'refresh', inGroup).facts.claims, { groups: ['makers'] })
    assert.deepEqual(next({ claims: { roles: ['x'] } }, 'consent', inGroup).facts.claims, { roles: ['x'] })
    assert.ok(!('claims' in next({ claims: {} }, 'consent', inGroup).facts))
  })

  test('scopes a consent leaves out are those asked for', () => {
    assert.deepEqual(next({}, 'consent').facts.scopes, definition.scopesAsked)
    assert.deepEqual(next({}, 'refresh', null).facts.scopes, definition.scopesAsked)
    assert.deepEqual(next({ scopes: ['told'] }, 'consent').facts.scopes, ['told'])
  })

  test('nobody is known until the server says who', () => {
    assert.equal(next({}, 'consent', null).facts.account, null)
    assert.equal(next({ account: { id: 'bob', label: 'Bob' } }).facts.account?.id, 'bob')
  })

  test('age counts from when the question left, on both clocks', () => {
    assert.equal(next({}).issuedMonotonic, strict.at.monotonic - 2_000)
    assert.equal(next({ issuedAt: NOW + 5_000 }).issuedMonotonic, strict.at.monotonic)
  })

  test('without a refresh token there is nothing to renew with, but for client credentials', () => {
    assert.equal(next({ refreshToken: undefined }).facts.renewable, false)
    const machine = { ...definition, flow: 'client-credentials' } as const
    const held = nextGrant({ ...fresh, refreshToken: undefined }, 'consent', 1, undefined, machine, strict.at)
    assert.equal(held.facts.renewable, true)
    assert.deepEqual(refreshRule(machine, oidc), { kind: 'reusable' })
    assert.deepEqual(refreshRule(definition, oidc), oidc.refreshToken)
  })

  test('accounts differ only when both are known and their ids do', () => {
    const bob = grant(6, { account: { id: 'bob', label: 'ada@example.test' } }).facts
    const renamed = grant(6, { account: { id: 'ada', label: 'new@example.test' } }).facts
    const unknown = grant(6, { account: null }).facts
    assert.equal(sameAccount(before, bob), false)
    assert.equal(sameAccount(before, renamed), true)
    assert.equal(sameAccount(before, unknown), true)
    assert.equal(sameAccount(unknown, bob), true)
    assert.equal(sameAccount(undefined, bob), true)
  })
})
