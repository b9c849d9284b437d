import assert from 'node:assert/strict'
import type { LoadedConnection } from '../../daemon/core/ports.js'
import type { ConnectionRecord } from '../../daemon/core/record.js'
import { recover } from '../../daemon/core/lifecycle/recovery.js'
import { signedIn, signedOut } from '../fakes/storedConnection.js'
import { worded } from './lifecycleCases.js'

const NOW = 50_000
const strict = { kind: 'rotating', graceMs: 0 } as const
const grace = { kind: 'rotating', graceMs: 30_000 } as const

function loaded(more: Partial<ConnectionRecord> = {}, restored = false): LoadedConnection {
  const stored = signedIn('work', 5)
  return { ...stored, record: { ...stored.record, ...more }, restored }
}

const intent = { generation: 5, at: NOW - 10_000 }
const lost = { kind: 'consentRequired', reason: 'revoked' } as const
const blocked = { kind: 'blocked', reason: 'client', fix: 'mend' } as const
const { grant } = signedIn('work', 5).record
const once = grant && { ...grant, renewable: false }

suite('recovery', () => {
  const rows: readonly (readonly [string, LoadedConnection, typeof strict | typeof grace, string])[] = [
    ['a grant at rest', loaded(), strict, 'active#5'],
    ['nothing', { ...signedOut('work', 7), restored: false }, strict, 'signedOut#7'],
    ['an announced refresh, strict', loaded({ intent }), strict, 'inDoubt:whenNeeded'],
    ['an announced refresh, within the grace', loaded({ intent }), grace, 'inDoubt:byItself'],
    ['an announced refresh, long ago', loaded({ intent: { ...intent, at: 0 } }), grace, 'inDoubt:whenNeeded'],
    [
      'an announced refresh, in a future',
      loaded({ intent: { ...intent, at: 1e9 } }),
      grace,
      'inDoubt:whenNeeded',
    ],
    ['one in a future, strict', loaded({ intent: { ...intent, at: 1e9 } }), strict, 'inDoubt:whenNeeded'],
    [
      'a refresh of an older generation',
      loaded({ intent: { ...intent, generation: 4 } }),
      strict,
      'active#5',
    ],
    ['a copy of before', loaded({}, true), strict, 'inDoubt:whenNeeded'],
    ['a copy of what cannot be renewed', loaded({ grant: once }, true), strict, 'active#5'],
    ['a lost grant', loaded({ standing: lost }), strict, 'consentRequired'],
    ['a lost grant, from a copy', loaded({ standing: lost }, true), strict, 'consentRequired'],
    ['a lost grant without tokens', loaded({ standing: lost, grant: null }), strict, 'consentRequired'],
    ['a blocked grant', loaded({ standing: blocked }), strict, 'blocked'],
    ['a blocked grant in doubt', loaded({ standing: blocked, intent }), strict, 'inDoubt:whenNeeded'],
  ]
  for (const [name, stored, rule, expected] of rows) {
    test(`${name}: ${expected}`, () => assert.equal(worded(recover(stored, rule, NOW)), expected))
  }

  test('what can be sent again at any time is', () => {
    assert.equal(worded(recover(loaded({ intent }), { kind: 'reusable' }, NOW)), 'inDoubt:byItself')
  })

  test('a grant without an access token had it refused: it is renewed, not served', () => {
    const { record } = loaded()
    const state = recover({ record, secrets: {}, restored: false }, strict, NOW)
    assert.ok(state.kind === 'active' && state.grant.rejected)
  })

  test('generations go on where they were', () => {
    assert.equal(recover(loaded({ generation: 9 }), strict, NOW).generation, 9)
  })
})
