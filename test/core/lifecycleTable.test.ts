import assert from 'node:assert/strict'
import { isDeepStrictEqual } from 'node:util'
import { advance } from '../../daemon/core/lifecycle/lifecycle.js'
import type { Event, State } from '../../daemon/core/lifecycle/states.js'
import type { Context } from '../../daemon/core/lifecycle/step.js'
import { figure } from '../figures.js'
import {
  byOwn,
  events,
  grace,
  NOW,
  reusable,
  settledStates,
  states,
  strict,
  worded,
  wordedEffect,
  type EventName,
  type StateName,
} from './lifecycleCases.js'
import { lifecycleTable } from './lifecycleTable.js'

type Row = Map<string, string>

/** The text as rows; a state or event that is not known, or named twice in a row, is a mistake. */
function rowsOf(text: string): Map<string, Row> {
  const rows = new Map<string, Row>()
  let row: Row = new Map()
  for (const line of text.split('\n').filter((each) => each.trim() !== '')) {
    if (!line.startsWith('    ')) {
      row = new Map()
      assert.ok(!rows.has(line.trim()), `${line} is there twice`)
      rows.set(line.trim(), row)
      continue
    }
    const [names = '', cell = ''] = line.trim().split(' -> ')
    for (const name of names.split(' · ')) {
      assert.ok(name in events, `no event ${name}`)
      assert.ok(!row.has(name), `${name} is there twice`)
      row.set(name, cell)
    }
  }
  return rows
}

function cellOf(state: State, event: Event, context: Context = strict): string {
  const step = advance(state, event, context)
  const next = isDeepStrictEqual(step.state, state) ? '=' : worded(step.state)
  const effects = step.effects.map(wordedEffect).join(', ')
  return effects === '' ? next : `${next}: ${effects}`
}

suite('lifecycle, cell by cell', () => {
  const rows = rowsOf(lifecycleTable)
  const any = rows.get('any') ?? new Map<string, string>()
  let cells = 0
  let wrong = 0

  for (const [name, state] of Object.entries(states)) {
    test(`every event in: ${name}`, () => {
      const row = rows.get(name) ?? assert.fail(`no row ${name}`)
      for (const [eventName, event] of Object.entries(events)) {
        const expected = row.get(eventName) ?? any.get(eventName)
        const actual = cellOf(state, event)
        cells += 1
        if (actual !== expected) wrong += 1
        assert.equal(actual, expected ?? assert.fail(`no cell for ${eventName}`), eventName)
      }
    })
  }

  test('no row is left over, and none says what `any` says already', () => {
    assert.deepEqual([...rows.keys()].sort(), ['any', ...Object.keys(states)].sort())
    for (const [name, row] of rows) {
      for (const [event, cell] of row) if (name !== 'any') assert.notEqual(cell, any.get(event), name + event)
    }
  })

  test('H5 every cell is as the table says', () => {
    const all = Object.keys(states).length * Object.keys(events).length
    figure('H5-cells', { value: `${cells - wrong} of ${all}`, bar: 'all', ok: wrong === 0 && cells === all })
    assert.equal(cells, all)
  })
})

/** The rows the product is designed by: from, event, what follows, and on which kind of server. */
const designed: readonly (readonly [StateName, EventName, string, Context?])[] = [
  ['signedOut', 'signIn', 'authorizing(signedOut#5): publish'],
  ['consentRequired', 'signIn', 'authorizing(consentRequired): publish'],
  ['blocked', 'signIn', 'authorizing(blocked): publish'],
  ['active', 'signIn', 'authorizing(active#5): publish'],
  ['authorizing', 'granted', 'authorizing(active#5) saving: commitGrant#6'],
  ['authorizing, saving', 'committed', 'active#6: useTokens#6, endConsent(granted), answerWaiters, publish'],
  ['authorizing', 'granted to another', 'active#5: revokeTokens#6, endConsent(wrongAccount), publish'],
  ['authorizing', 'denied', 'active#5: endConsent(denied), publish'],
  ['authorizing, deadline', 'wake', 'active#5: endConsent(deadline), publish'],
  ['authorizing', 'denied late', '='],
  ['active', 'leaseNeeded', 'refreshing:intent: commitIntent#5, publish'],
  ['active, due', 'wake', 'refreshing:intent: commitIntent#5, publish'],
  ['active', 'rejected', 'refreshing:intent: discardAccessToken, commitIntent#5, publish'],
  ['refreshing, intent', 'intentCommitted', 'refreshing:exchange: callRefresh#5'],
  ['active, not renewable, expired', 'wake', 'consentRequired: commitStanding, answerWaiters, publish'],
  ['refreshing, intent', 'intentFailed', 'retrying(store): answerWaiters, publish'],
  ['refreshing, exchange', 'rotated', 'refreshing:commit: commitGrant#6'],
  ['refreshing, commit', 'committed', 'active#6: useTokens#6, answerWaiters, publish'],
  ['refreshing, commit', 'commitFailed', 'unsaved: answerWaiters, publish'],
  ['unsaved, time come', 'wake', 'unsaved saving: commitGrant#6'],
  ['refreshing, exchange', 'transient', 'retrying(server): clearIntent, answerWaiters, publish'],
  ['retrying, time come', 'wake', 'refreshing:intent: commitIntent#5'],
  ['retrying, time come', 'leaseNeeded', 'refreshing:intent: commitIntent#5'],
  ['retrying', 'leaseNeeded', '=: answerWaiters'],
  ['retrying', 'clockJumped', 'retrying(network): publish'],
  ['retrying', 'originRecovered', 'retrying(network): publish'],
  ['retrying, limited', 'originRecovered', '='],
  ['refreshing, another try', 'transient', 'retrying(server): clearIntent, answerWaiters'],
  ['refreshing, exchange', 'unanswered', 'refreshing:intent doubted: commitIntent#5, publish', grace],
  ['refreshing, exchange', 'unanswered', 'inDoubt:whenNeeded: answerWaiters, publish', strict],
  ['refreshing, exchange', 'unanswered', 'inDoubt:byItself: answerWaiters, publish', reusable],
  ['inDoubt, when needed', 'leaseNeeded', '=: answerWaiters'],
  ['inDoubt, when needed', 'wake', '='],
  ['inDoubt, when needed, expired', 'leaseNeeded', 'refreshing:intent doubted: commitIntent#5'],
  ['inDoubt, by itself', 'wake', 'refreshing:intent doubted: commitIntent#5'],
  ['refreshing, exchange', 'permanent', 'consentRequired: commitStanding, answerWaiters, publish'],
  ['refreshing, exchange', 'misconfigured', 'blocked: commitStanding, answerWaiters, publish'],
  ['active', 'besideNeeded', 'refreshing:intent beside: commitIntent#5'],
  ['beside, exchange', 'rotated', 'refreshing:commit beside: commitGrant#6'],
  ['beside, commit', 'committed', 'active#6: useTokens#6, publish'],
  ['beside, exchange', 'permanent', 'active#5: clearIntent, refuseBeside(permanent)'],
  ['beside, exchange', 'misconfigured', 'active#5: clearIntent, refuseBeside(misconfigured)'],
  ['beside, exchange', 'unanswered', 'active#5: clearIntent, refuseBeside(unanswered)', reusable],
  ['beside, intent', 'intentFailed', 'active#5: refuseBeside(store)'],
  ['blocked', 'configChanged', 'refreshing:intent: commitIntent#5, publish'],
  ['refreshing, exchange', 'signOut', 'signedOut#7: answerWaiters, publish'],
  ['signedOut', 'rotated', '=: revokeTokens#6'],
  ['active', 'rotated, old', '=: revokeTokens#6'],
]

suite('lifecycle, by design', () => {
  for (const [from, event, expected, context = strict] of designed) {
    const rule = context === strict ? '' : context === grace ? ' (grace)' : ' (reusable)'
    test(`${from}, when ${event}${rule}: ${expected}`, () => {
      assert.equal(cellOf(states[from], events[event], context), expected)
    })
  }

  test('a grace counts from when the question left, not from when we gave up on the answer', () => {
    const late = { ...settledStates['refreshing, exchange'], sentAt: NOW - 31_000 }
    const { state } = advance(late, events.unanswered, grace)
    assert.equal(worded(state), 'inDoubt:whenNeeded')
  })

  test('a question of which nobody knows when it left is doubted from now on', () => {
    const unknown = { ...settledStates['refreshing, exchange'], sentAt: null }
    const { state } = advance(unknown, events.unanswered, strict)
    assert.ok(state.kind === 'inDoubt' && state.since === NOW)
  })

  test('only the first unanswered refresh is sent again at once, the next waits its turn', () => {
    const second = { ...settledStates['refreshing, exchange'], attempt: 2, doubtSince: NOW - 1_000 }
    const { state } = advance(second, events.unanswered, grace)
    assert.ok(state.kind === 'inDoubt' && state.resend === 'byItself' && state.notBefore > NOW)
  })

  test('what was lost after an unanswered refresh is told apart from a revoked grant', () => {
    const doubted = { ...settledStates['refreshing, exchange'], doubtSince: NOW - 60_000 }
    const { state } = advance(doubted, events.permanent, strict)
    assert.ok(state.kind === 'consentRequired')
    assert.match(state.reason, /answer to a refresh at 2029-12-31T23:59:00.000Z was lost/)
  })

  test('an intent that may have been spent is not cleared by a server that is busy', () => {
    const doubted = { ...settledStates['refreshing, exchange'], doubtSince: NOW - 60_000 }
    assert.equal(cellOf(doubted, events.transient), 'retrying(server): answerWaiters, publish')
  })

  test('an answer beside that was lost within the grace is made good by a refresh of the own, at once', () => {
    const expected = 'refreshing:intent doubted: refuseBeside(unanswered), commitIntent#5, publish'
    assert.equal(cellOf(settledStates['beside, exchange'], events.unanswered, grace), expected)
  })

  test('where the own access token asks for others, a lost answer is no doubt, and the own works first', () => {
    const lost = cellOf(settledStates['beside, exchange'], events.unanswered, byOwn)
    assert.equal(lost, 'active#5: clearIntent, refuseBeside(unanswered)')
    const asks = 'refreshing:intent beside: commitIntent#5'
    const renews = 'refreshing:intent: commitIntent#5, publish'
    assert.equal(cellOf(settledStates.active, events.besideNeeded, byOwn), asks)
    assert.equal(cellOf(settledStates['active, not renewable'], events.besideNeeded, byOwn), asks)
    assert.equal(cellOf(settledStates['active, expired'], events.besideNeeded, byOwn), renews)
    assert.equal(cellOf(settledStates.blocked, events.besideNeeded, byOwn), '=')
  })

  test('an access token that stayed through a rotation is the one a reject of before means, and no older', () => {
    const after = settledStates['active, after beside']
    for (const [generation, matters] of [
      [4, false],
      [5, true],
      [6, true],
      [7, false],
    ] as const) {
      const { state } = advance(after, { kind: 'rejected', generation }, strict)
      assert.equal(state !== after, matters, `generation ${generation}`)
    }
  })

  test('what was rejected during an exchange beside is still rejected after it', () => {
    const { state: rejected } = advance(settledStates['beside, commit'], events.rejected, strict)
    const { state } = advance(rejected, events.committed, strict)
    assert.ok(state.kind === 'active' && state.grant.rejected)
    const { state: unsaved } = advance(rejected, events.commitFailed, strict)
    const { state: saved } = advance(unsaved, events.committed, strict)
    assert.ok(saved.kind === 'active' && saved.grant.rejected)
  })

  test('a rejected token that cannot be renewed needs a person, also after a restart', () => {
    const restarted = states['active, not renewable']
    const rejected = { ...restarted, grant: { ...restarted.grant, rejected: true } }
    assert.equal(cellOf(rejected, events.wake), 'consentRequired: commitStanding, answerWaiters, publish')
  })

  test('a first sign-in of a connection without an account names what it can', () => {
    const unnamed = { ...states['authorizing'], before: settledStates['signedOut'] }
    const { next } = events['granted to another']
    const nameless = { ...next, facts: { ...next.facts, account: null } }
    const step = advance(unnamed, { ...events['granted to another'], next: nameless }, strict)
    const told = step.effects.find(({ kind }) => kind === 'endConsent')
    assert.ok(told?.kind === 'endConsent')
    assert.match(told.message, /signed in another account, .* belongs to the account signed in before/)
  })
})
