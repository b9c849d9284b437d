import assert from 'node:assert/strict'
import { misfit, ownScopes, wishOf, type Named } from '../../daemon/core/lifecycle/besideWish.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { DownScopeRule } from '../../daemon/providers/scopeRules.js'
import { signedIn } from '../fakes/storedConnection.js'

const NONE: DownScopeRule = { kind: 'none', why: 'its tokens are all alike' }
const FEWER: DownScopeRule = { kind: 'refresh' }
const API: DownScopeRule = {
  kind: 'api',
  call: {
    path: '/less',
    question: (scopes) => (scopes.includes('a/b') ? { target: 'a' } : undefined),
    example: 'a/b read',
  },
}
const EXCHANGE: DownScopeRule = { kind: 'exchange', audience: 'for:', unnamed: 'some come by themselves' }
const RESOURCES: DownScopeRule = { kind: 'resources', whole: '/.default' }
const { definition } = signedIn('work', 5).record
const asked = { ...definition, scopesAsked: ['openid', 'main/.default'] }
const GRANTED = ['openid', 'read', 'write']

const wish = (
  named: Partial<Named>,
  rule: DownScopeRule = NONE,
  granted: readonly string[] | undefined = GRANTED,
) =>
  wishOf({ scopes: undefined, resource: undefined, ...named }, granted, {
    definition: asked,
    profile: { downScope: rule },
  })

const refusedAs = (code: string, field: string) => (error: unknown) =>
  error instanceof Refusal && error.code === code && error.field === field

suite('what a lease wishes beside the own access token', () => {
  test('nothing where nothing is named, whatever the provider can', () => {
    for (const rule of [NONE, FEWER, RESOURCES]) assert.equal(wish({}, rule), undefined)
    assert.equal(wish({ scopes: [] }, FEWER), undefined)
  })

  test('where the provider cannot, a part of what was granted gets the whole', () => {
    assert.equal(wish({ scopes: ['read'] }), undefined)
  })

  test('more than was granted needs a person', () => {
    for (const rule of [NONE, FEWER]) {
      assert.throws(() => wish({ scopes: ['admin'] }, rule), refusedAs('consent_required', 'query.scopes'))
    }
  })

  test('where a grant has no scopes at all, naming one is refused with the reason, and no sign-in is asked for', () => {
    assert.throws(() => wish({ scopes: ['read'] }, NONE, []), refusedAs('bad_request', 'query.scopes'))
    assert.throws(() => wish({ scopes: ['read'] }, NONE, []), /its tokens are all alike$/)
    assert.throws(() => wish({ scopes: ['read'] }, FEWER, []), refusedAs('consent_required', 'query.scopes'))
  })

  test('an exchange is asked for a part of what was granted, or for an audience, by a client with a secret', () => {
    const of = {
      definition: { ...asked, authentication: 'client_secret_basic' },
      profile: { downScope: EXCHANGE },
    } as const
    const exchanged = (...scopes: string[]) => wishOf({ scopes, resource: undefined }, GRANTED, of)
    assert.deepEqual(exchanged('read'), ['read'])
    assert.deepEqual(exchanged('for:orders'), ['for:orders'])
    assert.deepEqual(exchanged('read', 'for:orders'), ['for:orders', 'read'])
    assert.equal(exchanged(...GRANTED), undefined)
    assert.throws(() => exchanged('admin', 'for:orders'), refusedAs('consent_required', 'query.scopes'))
    assert.equal(wish({ scopes: ['read'] }, EXCHANGE), undefined)
  })

  test('what an exchange gives unnamed is not handed out, and said with its reason', () => {
    assert.equal(misfit(['read'], ['read'], EXCHANGE), '')
    assert.match(misfit(['read'], ['read', 'write'], EXCHANGE), /more than was asked for: write; some come/)
    assert.match(misfit(['read', 'write'], ['read'], EXCHANGE), /did not give write/)
    assert.equal(misfit(['for:orders'], GRANTED, EXCHANGE), '')
  })

  test('a call of the provider’s own is asked for what it can say, whatever was granted', () => {
    for (const granted of [GRANTED, []]) {
      assert.deepEqual(wish({ scopes: ['read', 'a/b'] }, API, granted), ['a/b', 'read'])
      const asking = () => wish({ scopes: ['read'] }, API, granted)
      assert.throws(asking, refusedAs('bad_request', 'query.scopes'))
      assert.throws(asking, /cannot be asked for read: say it as in "a\/b read"/)
    }
  })

  test('fewer scopes are a wish, each once and in order; all of them are none', () => {
    assert.deepEqual(wish({ scopes: ['write', 'read', 'write'] }, FEWER), ['read', 'write'])
    assert.equal(wish({ scopes: ['write', 'openid', 'read'] }, FEWER), undefined)
  })

  test('a resource is a bad request where there is one access token for all', () => {
    for (const rule of [NONE, FEWER]) {
      for (const granted of [GRANTED, []]) {
        const asking = () => wish({ resource: 'https://api.test' }, rule, granted)
        assert.throws(asking, refusedAs('bad_request', 'query.resource'))
      }
    }
  })

  test('a resource stands for all that was agreed to there', () => {
    assert.deepEqual(wish({ resource: 'https://api.test' }, RESOURCES), ['https://api.test/.default'])
    assert.deepEqual(wish({ resource: 'https://api.test/' }, RESOURCES), ['https://api.test//.default'])
  })

  test('what was asked for at sign-in is what the own access token is for', () => {
    assert.equal(wish({ scopes: ['main/.default'] }, RESOURCES), undefined)
    assert.equal(wish({ scopes: ['read', 'openid'] }, RESOURCES), undefined)
    assert.deepEqual(wish({ scopes: ['main/part'] }, RESOURCES), ['main/part'])
  })

  test('several resources at once are refused: a server might give one of them without a word', () => {
    const two = { scopes: ['one/read', 'openid', 'two/read'] }
    assert.throws(() => wish(two, RESOURCES), refusedAs('bad_request', 'query.scopes'))
    const both = { scopes: ['one/read'], resource: 'two' }
    assert.throws(() => wish(both, RESOURCES), refusedAs('bad_request', 'query.scopes'))
    assert.deepEqual(wish({ scopes: ['one/write', 'one/read'] }, RESOURCES), ['one/read', 'one/write'])
  })

  test('a resource that could be no scope is refused', () => {
    const asking = () => wish({ resource: 'https://api.test/a openid' }, RESOURCES)
    assert.throws(asking, refusedAs('bad_request', 'query.resource'))
  })

  test('nothing is wished of a connection that is not signed in', () => {
    const named = { scopes: ['one/read'], resource: undefined }
    const of = { definition: asked, profile: { downScope: RESOURCES } }
    assert.equal(wishOf(named, undefined, of), undefined)
  })

  test('a refresh names its scopes only where a refresh token is for several resources', () => {
    assert.equal(ownScopes({ definition: asked, profile: { downScope: NONE } }), undefined)
    assert.equal(ownScopes({ definition: asked, profile: { downScope: FEWER } }), undefined)
    assert.deepEqual(ownScopes({ definition: asked, profile: { downScope: RESOURCES } }), asked.scopesAsked)
  })

  test('who names fewer scopes is given neither more nor less', () => {
    assert.equal(misfit(['read'], ['read'], FEWER), '')
    assert.match(misfit(['read'], ['read', 'write'], FEWER), /more than was asked for: write/)
    assert.match(misfit(['read', 'write'], ['read'], FEWER), /did not give write/)
    assert.equal(misfit(['api/.default'], ['api/one', 'api/two'], RESOURCES), '')
  })
})
