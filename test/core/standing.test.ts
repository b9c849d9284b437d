import assert from 'node:assert/strict'
import { refusalFor, standingOf, statusOf } from '../../daemon/core/lifecycle/standing.js'
import type { State } from '../../daemon/core/lifecycle/states.js'
import { signedIn } from '../fakes/storedConnection.js'
import { expired, NOW, settledStates, states, strict, type StateName } from './lifecycleCases.js'

const { definition } = signedIn('work', 5).record
const status = (state: State) => statusOf(definition, state, 3, strict.at)

suite('standing', () => {
  const rows: readonly (readonly [StateName, RegExp, string])[] = [
    ['signedOut', /^not signed in$/, 'fob sign-in work'],
    ['active', /^$/, ''],
    ['active, rejected', /reported as refused/, ''],
    ['refreshing, exchange', /^$/, ''],
    ['retrying', /no route; works until 2030-01-01T00:50/, ''],
    ['inDoubt, when needed', /did not arrive.*works until/, ''],
    ['inDoubt, when needed, expired', /may be spent$/, ''],
    ['unsaved', /wait in memory.*disk full/, ''],
    ['blocked', /^bad client; works until/, 'mend it'],
    ['consentRequired', /^revoked; works until/, 'fob sign-in work'],
    ['consentRequired, empty', /^revoked$/, 'fob sign-in work'],
    ['authorizing', /^$/, ''],
  ]
  for (const [name, reason, fix] of rows) {
    test(`${name} is explained, with the fix`, () => {
      const row = status(states[name])
      assert.match(row.reason, reason)
      assert.equal(row.fix, fix)
      assert.equal(row.state, states[name].kind)
    })
  }

  test('a token without an end works until further notice', () => {
    const state = states['consentRequired']
    const endless = { ...state, grant: { ...state.grant, facts: { ...state.grant.facts, expiresAt: null } } }
    assert.match(status(endless).reason, /still works$/)
    assert.equal(status(endless).expiresAt, null)
  })

  test('is offline where nothing is reached, and not where what was reached fails', () => {
    const { retrying } = states
    const caused = (cause: Extract<State, { kind: 'retrying' }>['cause']) =>
      status({ ...retrying, cause }).offline
    assert.deepEqual(
      [caused('network'), caused('store'), status(states.active).offline],
      [true, false, false],
    )
  })

  test('names the ways by which a person can sign in, as the server has them', () => {
    const ways = (endpoints: object) => {
      const { server } = definition
      assert.ok(server)
      const other = { ...definition, server: { ...server, endpoints: { ...server.endpoints, ...endpoints } } }
      return statusOf(other, states.active, 0, strict.at).signInBy
    }
    const [page, codes] = ['https://idp.test/authorize', 'https://idp.test/device']
    const both = { authorization_endpoint: page, device_authorization_endpoint: codes }
    assert.deepEqual(ways(both), ['code', 'device'])
    assert.deepEqual(ways({ ...both, device_authorization_endpoint: undefined }), ['code'])
    assert.deepEqual(ways({ ...both, authorization_endpoint: undefined }), ['device'])
    const itself = { ...definition, flow: 'client-credentials' } as const
    assert.deepEqual(statusOf(itself, states.active, 0, strict.at).signInBy, [])
  })

  test('times are told in UTC', () => {
    const row = status(states['retrying'])
    assert.equal(row.expiresAt, '2030-01-01T00:50:00.000Z')
    assert.equal(row.retryAt, '2030-01-01T00:01:00.000Z')
    assert.equal(row.lastRefreshAt, '2029-12-31T23:50:00.000Z')
  })

  const refusals: readonly (readonly [StateName, string])[] = [
    ['signedOut', 'consent_required'],
    ['consentRequired', 'consent_required'],
    ['blocked', 'misconfigured'],
    ['unsaved', 'store_unwritable'],
    ['retrying, store', 'store_unwritable'],
    ['retrying', 'provider_unreachable'],
    ['inDoubt, when needed', 'retry_later'],
    ['refreshing, exchange', 'retry_later'],
    ['active, rejected', 'retry_later'],
    ['active, expired', 'retry_later'],
    ['active, not renewable', 'consent_required'],
    ['authorizing', 'retry_later'],
  ]
  for (const [name, code] of refusals) {
    test(`whoever cannot be served in ${name} is told ${code}`, () => {
      const refusal = refusalFor(states[name], definition, strict.at)
      assert.equal(refusal.code, code)
      if (refusal.remedy === 'retry') assert.ok((refusal.retryAt ?? 0) > NOW - 2)
    })
  }

  test('a limit or a failing server is no matter of the network', () => {
    const limited = { ...settledStates.retrying, cause: 'rateLimit' } as const
    assert.equal(refusalFor(limited, definition, strict.at).code, 'retry_later')
  })

  test('a rejected token of a restart is to come back within a minute', () => {
    const state = { ...states['active, rejected'], forcedAt: null }
    assert.equal(refusalFor(state, definition, strict.at).retryAt, NOW + 60_000)
  })

  test('only what needs a person outlives a restart', () => {
    assert.deepEqual(standingOf(states['consentRequired']), { kind: 'consentRequired', reason: 'revoked' })
    assert.deepEqual(standingOf(states['blocked']), { kind: 'blocked', reason: 'bad client', fix: 'mend it' })
    assert.deepEqual(standingOf(states['retrying']), { kind: 'ok' })
    assert.deepEqual(standingOf({ ...states['active'], grant: expired(states['active'].grant) }), {
      kind: 'ok',
    })
  })
})
