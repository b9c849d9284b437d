import assert from 'node:assert/strict'
import {
  carriesState,
  consentFailure,
  nextPollMs,
  shouldPollAgain,
} from '../../daemon/core/lifecycle/consentOutcome.js'
import type { Outcome } from '../../daemon/core/outcome.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'

const CALLBACK = 'http://127.0.0.1:5000/callback'

suite('what an answer to a consent means', () => {
  const callbacks: readonly (readonly [string, boolean])[] = [
    ['?code=c&state=s1', true],
    ['?state=s1', true],
    ['?code=c&state=s%31', true],
    ['?code=c&st%61te=s1', true],
    ['?code=c&state=s1#state=s2', true],
    ['?code=c', false],
    ['', false],
    ['#state=s1', false],
    ['?state', false],
    ['?state=', false],
    ['?state=s2', false],
    ['?state=s1&state=s1', false],
    ['?state=s1&st%61te=s2', false],
    ['?state=%ZZ', false],
    ['?%ZZ=1&state=s1', true],
    ['?State=s1', false],
    ['?x=state=s1', false],
  ]
  for (const [query, carries] of callbacks) {
    test(`${query || 'no query'} ${carries ? 'answers' : 'is no answer to'} state s1`, () => {
      assert.equal(carriesState(CALLBACK + query, 's1'), carries)
    })
  }

  const again: readonly (readonly [Outcome, boolean])[] = [
    [oauthErrorOutcome('authorization_pending'), true],
    [oauthErrorOutcome('slow_down'), true],
    [{ kind: 'unreachable', reason: '' }, true],
    [{ kind: 'unanswered', reason: '' }, true],
    [{ kind: 'notOAuth', status: 502, contentType: '', retryAfterMs: undefined }, true],
    [{ kind: 'unproven', reason: '', fix: '', passes: true }, true],
    [oauthErrorOutcome('access_denied'), false],
    [oauthErrorOutcome('expired_token'), false],
    [{ kind: 'untrusted', reason: '' }, false],
    [tokensOutcome({}), false],
  ]
  for (const [outcome, expected] of again) {
    const name = outcome.kind === 'oauthError' ? outcome.error : outcome.kind
    test(`after ${name} a device poll ${expected ? 'goes on' : 'is over'}`, () => {
      assert.equal(shouldPollAgain(outcome), expected)
    })
  }

  test('polls keep the pace, slow down when told and when nobody answers, and never beyond a minute', () => {
    assert.equal(nextPollMs(oauthErrorOutcome('authorization_pending'), 5_000), 5_000)
    assert.equal(nextPollMs(oauthErrorOutcome('slow_down'), 5_000), 10_000)
    assert.equal(nextPollMs({ kind: 'unreachable', reason: '' }, 5_000), 10_000)
    assert.equal(nextPollMs({ kind: 'unreachable', reason: '' }, 50_000), 60_000)
    assert.equal(nextPollMs(oauthErrorOutcome('slow_down'), 59_000), 60_000)
  })

  test('a client secret that a person has to mend ends the poll, with what mends it', () => {
    const outcome = { kind: 'unproven', reason: 'it is gone', fix: 'ls -l', passes: false } as const
    assert.equal(shouldPollAgain(outcome), false)
    const { message, fix } = consentFailure(outcome, 'work')
    assert.deepEqual([message, fix], ['it is gone', 'ls -l && fob sign-in work'])
  })

  test('a server that says why is quoted', () => {
    const said = { ...oauthErrorOutcome('access_denied'), description: 'not today' }
    assert.ok(said.kind === 'oauthError')
    const failure = consentFailure(said, 'work')
    assert.equal(failure.outcome, 'denied')
    assert.match(failure.message, /access_denied: not today/)
  })
})
