import assert from 'node:assert/strict'
import type { LedgerEntry } from '../shared/contract/sandboxLedger.js'
import { faultsOf, type Observed } from './history.js'

const BEGIN = Date.parse('2026-01-01T00:00:00.000Z')
const REASON = 'the answer to a refresh at 2026-01-01T00:00:01.000Z was lost, and …'

/** A refresh that spends `presented` for `issued`, received `at` ms after the beginning. */
const refresh = (
  number: number,
  at: number,
  presented: string,
  issued: string,
  more: Partial<LedgerEntry> = {},
): LedgerEntry => ({
  number,
  receivedAt: new Date(BEGIN + at).toISOString(),
  endedAt: new Date(BEGIN + at + 5).toISOString(),
  client: 'fob-sandbox',
  grantType: 'refresh_token',
  status: 200,
  error: '',
  committed: true,
  faults: [],
  refreshTokenPresented: presented,
  refreshTokenIssued: `refresh ${issued}`,
  accessTokenIssued: `access ${issued}`,
  ...more,
})

const lease = (at: number, generation: number, issued: string): Observed => ({
  kind: 'lease',
  at: BEGIN + at,
  generation,
  accessToken: `access ${issued}`,
})
const killed = (at: number): Observed => ({ kind: 'killed', at: BEGIN + at })
const lost = (at: number, reason = REASON): Observed => ({ kind: 'lost', at: BEGIN + at, reason })

const rotations = [refresh(1, 0, 'r0', '1'), refresh(2, 2_000, 'refresh 1', '2')]

suite('the history checker', () => {
  test('finds no fault in rotations one after the other', () => {
    assert.deepEqual(faultsOf([lease(10, 2, '1'), lease(2_010, 3, '2')], rotations), [])
  })

  test('finds a refresh token presented twice in one life of the daemon', () => {
    const twice = [...rotations, refresh(3, 3_000, 'refresh 1', '3')]
    assert.match(faultsOf([], twice).join(), /request 3 presents the refresh token of request 2 again/)
  })

  test('takes it as deliberate after a kill, or when the first time got no answer', () => {
    const twice = [...rotations, refresh(3, 3_000, 'refresh 1', '3')]
    assert.deepEqual(faultsOf([killed(1_990)], twice), [])
    const unanswered = [refresh(1, 0, 'r0', '1', { status: null }), refresh(2, 300, 'r0', '2')]
    assert.deepEqual(faultsOf([], unanswered), [])
  })

  test('finds a third presentation that the kill before the second does not explain', () => {
    const thrice = [1, 2, 3].map((number) => refresh(number, number * 1_000, 'r0', String(number)))
    assert.match(faultsOf([killed(1_500)], thrice).join(), /^request 3 presents/)
  })

  test('finds an access token that nobody issued', () => {
    assert.match(faultsOf([lease(10, 2, '7')], rotations).join(), /never issued/)
  })

  test('finds a generation that goes back, and one that stands for two access tokens', () => {
    assert.match(
      faultsOf([lease(10, 3, '2'), lease(20, 2, '1')], rotations).join(),
      /2 was handed out after 3/,
    )
    assert.match(faultsOf([lease(10, 2, '1'), lease(20, 2, '2')], rotations).join(), /two access tokens/)
  })

  test('takes a loss whose tokens nobody saw, at a kill', () => {
    assert.deepEqual(faultsOf([lease(10, 2, '1'), killed(2_005), lost(3_000)], rotations), [])
  })

  test('takes a cut for as good a reason as a kill', () => {
    const cut: Observed = { kind: 'cut', at: BEGIN + 2_005 }
    assert.deepEqual(faultsOf([lease(10, 2, '1'), cut, lost(3_000)], rotations), [])
  })

  test('finds a loss without a rotation, of tokens that were seen, or without a kill', () => {
    const none = /the ledger shows no cause/
    assert.match(faultsOf([killed(10), lost(20)], []).join(), none)
    assert.match(faultsOf([lease(5, 2, '1'), killed(10), lost(1_000)], rotations).join(), none)
    assert.match(faultsOf([lease(10, 2, '1'), lost(3_000)], rotations).join(), none)
  })

  test('finds a loss explained only by a rotation of an earlier grant', () => {
    const consented: Observed = { kind: 'consented', at: BEGIN + 4_000 }
    const history = [killed(2_005), lost(3_000), consented, killed(4_500), lost(5_000)]
    assert.match(faultsOf(history, rotations).join(), /no cause/)
  })

  test('finds a loss that does not say why', () => {
    assert.match(faultsOf([killed(2_005), lost(3_000, 'signed out')], rotations).join(), /does not say why/)
  })
})
