import assert from 'node:assert/strict'
import type { Outcome } from '../../daemon/core/outcome.js'
import { verdictOf, type Verdict } from '../../daemon/core/lifecycle/verdict.js'
import { tokenAnswers, type TokenAnswerRow } from '../adapters/oauth/tokenAnswers.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'

const kindOf = (outcome: Outcome): Verdict['kind'] => verdictOf(outcome, 'work').kind
const notOAuth = (status: number): Outcome & { kind: 'notOAuth' } => ({
  kind: 'notOAuth',
  status,
  contentType: 'text/html',
  retryAfterMs: undefined,
})

/** The outcome an adapter makes of a row. */
function outcomeOf({ expected, status }: TokenAnswerRow): Outcome {
  const retryAfterMs = expected.retryAfterMs
  switch (expected.kind) {
    case 'tokens':
      return tokensOutcome({})
    case 'oauthError':
      return oauthErrorOutcome(expected.error ?? '', status, retryAfterMs)
    case 'notOAuth':
      return { kind: 'notOAuth', status, contentType: '', retryAfterMs }
    case 'untrusted':
      return { kind: 'untrusted', reason: 'a rule was broken' }
  }
}

suite('verdict', () => {
  test('of all known answers exactly those that prove the end end a grant', () => {
    const wrong = tokenAnswers.filter((row) => (kindOf(outcomeOf(row)) === 'permanent') !== row.endsGrant)
    assert.deepEqual(
      wrong.map(({ name }) => name),
      [],
    )
  })

  const oauthRows: readonly (readonly [string, number, Verdict['kind']])[] = [
    ['invalid_grant', 400, 'permanent'],
    ['invalid_grant', 401, 'permanent'],
    ['invalid_grant', 408, 'transient'],
    ['invalid_grant', 429, 'transient'],
    ['invalid_grant', 500, 'transient'],
    ['invalid_grant', 503, 'transient'],
    ['login_required', 400, 'permanent'],
    ['interaction_required', 400, 'permanent'],
    ['consent_required', 400, 'permanent'],
    ['temporarily_unavailable', 400, 'transient'],
    ['server_error', 400, 'transient'],
    ['slow_down', 400, 'transient'],
    ['invalid_client', 401, 'misconfigured'],
    ['unauthorized_client', 400, 'misconfigured'],
    ['invalid_scope', 400, 'misconfigured'],
    ['unsupported_grant_type', 400, 'misconfigured'],
    ['invalid_request', 400, 'misconfigured'],
    ['invalid_target', 400, 'misconfigured'],
    ['something_new', 400, 'misconfigured'],
    ['constructor', 400, 'misconfigured'],
    ['toString', 400, 'misconfigured'],
    ['__proto__', 400, 'misconfigured'],
  ]
  for (const [error, status, verdict] of oauthRows) {
    test(`${error} with ${status} is ${verdict}`, () => {
      assert.equal(kindOf(oauthErrorOutcome(error, status)), verdict)
    })
  }

  const unreadable: readonly (readonly [number, Verdict['kind']])[] = [
    [200, 'unanswered'],
    [204, 'unanswered'],
    [302, 'transient'],
    [400, 'transient'],
    [401, 'transient'],
    [403, 'transient'],
    [404, 'transient'],
    [408, 'transient'],
    [429, 'transient'],
    [500, 'transient'],
    [502, 'unanswered'],
    [503, 'transient'],
    [504, 'unanswered'],
  ]
  for (const [status, verdict] of unreadable) {
    test(`a page instead of an answer, with ${status}, is ${verdict}`, () => {
      assert.equal(kindOf(notOAuth(status)), verdict)
    })
  }

  test('a redirect to another server is said with its origin, and ends nothing', () => {
    const moved = { ...notOAuth(302), movedTo: 'https://other.example' }
    const verdict = verdictOf(moved, 'work')
    assert.equal(verdict.kind, 'transient')
    assert.match(verdict.kind === 'transient' ? verdict.reason : '', /elsewhere, to https:\/\/other\.example/)
  })

  test('what did not leave is tried again, what left unanswered is in doubt, what is untrusted waits for a person', () => {
    assert.equal(kindOf({ kind: 'unreachable', reason: 'no route' }), 'transient')
    assert.equal(kindOf({ kind: 'unanswered', reason: 'cut' }), 'unanswered')
    assert.equal(kindOf({ kind: 'untrusted', reason: 'issuer' }), 'misconfigured')
    assert.equal(kindOf(tokensOutcome({})), 'rotated')
  })

  test('a client secret that is not to be had is waited for while that may pass, and else waits for a person', () => {
    const unproven = { kind: 'unproven', reason: 'it is locked', fix: 'unlock it' } as const
    const passing = verdictOf({ ...unproven, passes: true }, 'work')
    assert.ok(passing.kind === 'transient' && passing.cause === 'secret')
    const lasting = verdictOf({ ...unproven, passes: false }, 'work')
    assert.ok(lasting.kind === 'misconfigured' && lasting.fix === 'unlock it && fob refresh work')
  })

  test('a limit is told from a failing server, and the wait it asks for is kept', () => {
    const limited = verdictOf(oauthErrorOutcome('slow_down', 429, 7_000), 'work')
    assert.ok(limited.kind === 'transient' && limited.cause === 'rateLimit' && limited.retryAfterMs === 7_000)
    const page = verdictOf(notOAuth(429), 'work')
    assert.ok(page.kind === 'transient' && page.cause === 'rateLimit')
  })

  test('who has to prove something is sent to the browser, whether the grant is over or not', () => {
    const claimsChallenge = '{"access_token":{}}'
    for (const error of ['invalid_grant', 'insufficient_user_authentication']) {
      const outcome = { ...oauthErrorOutcome(error), claimsChallenge } as Outcome
      const verdict = verdictOf(outcome, 'work')
      assert.ok(verdict.kind === 'permanent' || verdict.kind === 'misconfigured')
      assert.match(verdict.reason, /sign in by the browser/)
      const plain = verdictOf(oauthErrorOutcome(error), 'work')
      assert.ok('reason' in plain && !plain.reason.includes('browser'))
    }
  })

  test('a person is told what to type', () => {
    const client = verdictOf(oauthErrorOutcome('invalid_client', 401), 'work')
    assert.ok(client.kind === 'misconfigured' && client.fix === 'fob provider set-secret work')
    const scope = verdictOf(
      { ...oauthErrorOutcome('invalid_scope'), description: 'no such scope' } as Outcome,
      'work',
    )
    assert.ok(scope.kind === 'misconfigured' && scope.fix === 'fob sign-in work')
    assert.match(scope.reason, /invalid_scope: no such scope/)
  })
})
