import assert from 'node:assert/strict'
import { doctorLines } from '../../extension/wording/doctorLines.js'
import { recordLines } from '../../extension/wording/recordLines.js'
import { savedSentence, savingsIn } from '../../extension/wording/savings.js'
import { say } from '../../extension/wording/say.js'
import { missingScopes } from '../../extension/wording/standing.js'
import { duration, expiry, timeLeft, withLocalTimes } from '../../extension/wording/times.js'
import { entry } from './entries.js'
import { connection, inMs, NOW } from './statuses.js'

const MINUTE = 60_000

suite('the wording', () => {
  test('a diagnosis says whose it is, how fob knows, and the one thing to do', () => {
    const lines = doctorLines({
      at: inMs(0),
      findings: [
        {
          matter: 'redirect',
          connection: 'work',
          urgency: 'person',
          what: 'it is not registered',
          evidence: ['fob sent http://127.0.0.1/callback'],
          fix: { kind: 'open', place: 'https://git.example.com/apps', todo: 'register it' },
        },
      ],
      checked: ['the vault'],
    })
    assert.deepEqual(lines.slice(2, 5), [
      'work: it is not registered (needs you)',
      '    fob sent http://127.0.0.1/callback',
      '  fix: https://git.example.com/apps: register it',
    ])
    assert.match(doctorLines({ at: inMs(0), findings: [], checked: [] })[0] ?? '', /Nothing is wrong/)
  })

  test('durations are told in their largest unit', () => {
    const told = [
      0,
      59_999,
      MINUTE,
      59 * MINUTE,
      60 * MINUTE,
      125 * MINUTE,
      24 * 60 * MINUTE,
      49 * 60 * MINUTE,
    ]
    assert.deepEqual(told.map(duration), [
      'under 1 min',
      'under 1 min',
      '1 min',
      '59 min',
      '1 h',
      '2 h 5 min',
      '1 day',
      '2 days',
    ])
  })

  test('an access token that never expires says so, and one that has says that', () => {
    assert.equal(expiry(connection({ expiresAt: null }), NOW), 'never')
    assert.equal(expiry(connection({ expiresAt: inMs(-1) }), NOW), 'expired')
    assert.equal(expiry(connection({ expiresAt: null, state: 'signedOut', generation: 0 }), NOW), '–')
  })

  test('what is no more renewed still works for a while, and says so', () => {
    assert.equal(timeLeft(connection(), NOW), 'expires in 43 min')
    assert.equal(timeLeft(connection({ state: 'consentRequired' }), NOW), 'still works for 43 min')
    assert.equal(timeLeft(connection({ expiresAt: inMs(-1) }), NOW), 'access token expired')
    assert.equal(timeLeft(connection({ expiresAt: null }), NOW), '')
  })

  test('instants in a reason are told by the clock on the wall', () => {
    const told = withLocalTimes(`it was revoked; works until ${inMs(0)}.`)
    const noon = new Date(NOW).toTimeString().slice(0, 5)
    assert.match(told, new RegExp(`^it was revoked; works until ${noon} \\(2026-0\\d-\\d\\d\\)\\.$`))
  })

  test('scopes are missing only once something was granted', () => {
    const asked = { scopesAsked: ['openid', 'repo'] }
    assert.deepEqual(missingScopes(connection(asked)), ['repo'])
    assert.deepEqual(missingScopes(connection({ ...asked, generation: 0, scopes: [] })), [])
  })

  test('what was saved today leaves out failures and yesterday', () => {
    const yesterday = entry('refresh', -40 * 60 * MINUTE)
    const failed = entry('refresh', -1000, { outcome: 'provider_unreachable' })
    const savings = savingsIn(
      [yesterday, failed, entry('refresh', -1000), entry('lease', -1000), entry('lease', -1000)],
      NOW - 5000,
    )
    assert.deepEqual(savings, { refreshes: 1, handedOut: 2 })
    assert.equal(
      savedSentence(savings),
      'Today: 1 refresh, so 1 sign-in prompt avoided; 2 access tokens handed out.',
    )
  })

  test('what a server says against a sign-in is told with where to mend it, and is no link', () => {
    const fix = {
      kind: 'open',
      place: 'https://id.test/apps',
      todo: 'see that there is a client abc',
    } as const
    const doubt = { asked: 'the client abc', said: 'unknown client [a](command:b)', fix }
    const words = say.doubtful('work', doubt)
    assert.match(words, /^The server does not take the sign-in of work: unknown client/)
    assert.match(words, /At https:\/\/id\.test\/apps: see that there is a client abc\.$/)
    assert.doesNotMatch(words, /\]\(/)
  })

  test('the record shows the latest first and names fob where nobody asked', () => {
    const lines = recordLines([entry('lease', -1000), entry('refresh', -1000, { by: null })]).slice(2)
    assert.match(lines[0] ?? '', /refresh .* fob itself/)
    assert.match(lines[1] ?? '', /lease .* \/usr\/bin\/git \(pid 7\)/)
  })
})
