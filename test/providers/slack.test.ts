/** What Slack does otherwise: two kinds of tokens, the way back by https, and refusals with status 200. */
import assert from 'node:assert/strict'
import { Scope } from '../../shared/contract/ids.js'
import { Refusal } from '../../shared/contract/errors.js'
import { inStandardShape } from '../../daemon/adapters/oauth/nestedAnswer.js'
import { verdictOf } from '../../daemon/core/lifecycle/verdict.js'
import { slack } from '../../daemon/providers/slack.js'
import { json, numberOf } from '../../daemon/sandbox/personalities/personality.js'
import * as asSlack from '../../daemon/sandbox/personalities/slack.js'
import { CLIENT, ProviderHouse } from './providerHouse.js'

const PAGE = 'https://tools.example.test/fob'
const bot = { preset: 'bot', redirectUri: PAGE, clientSecret: CLIENT.secret }

suite('slack', () => {
  let house: ProviderHouse

  setup(async () => void (house = await new ProviderHouse(slack, asSlack.slack).open()))
  teardown(() => house.close())

  test('P1 slack: bot scopes come back by a page on https, and the bot token is the one that is served', async () => {
    house.sendOn = (url) => url.replace(PAGE, 'http://localhost:34110/callback')
    await house.add('code', bot)
    const { outcome, message } = await house.signIn('code')
    assert.equal(outcome, 'granted', message)
    const first = await house.lease()
    assert.deepEqual(first.scopes, slack.scopes.presets['bot'])
    assert.ok(house.desk.scopesOf(first.accessToken))
    house.clock.jump(43_200_000)
    const second = await house.lease()
    assert.notEqual(second.accessToken, first.accessToken)
    assert.deepEqual(second.scopes, first.scopes)
  })

  test('P1 slack: bot scopes without such a page are refused before Slack would, with where it has to lead', async () => {
    await assert.rejects(
      house.add('code', { preset: 'bot' }),
      (error) =>
        error instanceof Refusal &&
        error.field === 'redirectUri' &&
        /sends it on to http:\/\/localhost:34110\/callback/.test(error.message),
    )
  })

  test('P1 slack: scopes of people and of bots in one connection are refused', async () => {
    const scopes = ['users:read', 'bot:chat:write'].map((scope) => Scope.parse(scope))
    await assert.rejects(
      house.add('code', { scopes, redirectUri: PAGE }),
      (error) => error instanceof Refusal && error.field === 'scopes',
    )
  })

  test('P1 slack: a page that could leak the code is refused', async () => {
    for (const redirectUri of [
      'http://tools.example.test/fob',
      `${PAGE}?to=fob`,
      'https://a@tools.example.test',
    ]) {
      await assert.rejects(
        house.add('code', { ...bot, redirectUri }),
        (error) => error instanceof Refusal && error.field === 'redirectUri',
        redirectUri,
      )
    }
  })

  test('P1 slack: the same person in another workspace is another account', async () => {
    await house.add('code')
    await house.signIn('code')
    const { account } = await house.lease()
    assert.deepEqual(account, { id: `T024BE7LD/U${numberOf('octocat')}`, label: 'octocat' })
  })

  test('P1 slack: a revocation that is refused with status 200 is no revocation', async () => {
    await house.add('code')
    await house.signIn('code')
    house.next('POST /api/auth.revoke', json(200, { ok: false, error: 'not_allowed_token_type' }))
    const { revoked, left } = await house.signOut()
    assert.equal(revoked, false)
    assert.match(left, /could not be revoked: the provider answered not_allowed_token_type/)
  })

  test('P1 slack: a token that is gone already needs no revocation', async () => {
    await house.add('code')
    await house.signIn('code')
    house.next('POST /api/auth.revoke', json(200, { ok: false, error: 'token_revoked' }))
    assert.equal((await house.signOut()).revoked, true)
  })

  test('P1 slack: of its words for errors only those end a grant that say it is over', () => {
    const over = Object.entries(slack.errors)
      .filter(([, error]) => {
        const outcome = {
          kind: 'oauthError',
          status: 200,
          error,
          description: '',
          retryAfterMs: undefined,
        } as const
        return verdictOf(outcome, 'work').kind === 'permanent'
      })
      .map(([word]) => word)
    assert.deepEqual(over, [
      'invalid_code',
      'code_already_used',
      'invalid_refresh_token',
      'token_expired',
      'token_revoked',
      'account_inactive',
    ])
  })
})

suite('token answers with a token inside', () => {
  const rule = slack.tokenAnswer ?? assert.fail()
  const user = { access_token: 'xoxp', token_type: 'user', scope: 'a,b' }

  test("a person's token is taken out of the bot's answer, and comes alone after a refresh", () => {
    const standard = { access_token: 'xoxp', token_type: 'Bearer', scope: ['a', 'b'] }
    assert.deepEqual(inStandardShape({ ok: true, authed_user: user }, rule), standard)
    assert.deepEqual(inStandardShape(user, rule), standard)
  })

  test('a person without a token leaves the bot its own', () => {
    const told = { access_token: 'xoxb', token_type: 'bot', scope: 'c', authed_user: { id: 'U1' } }
    assert.deepEqual(inStandardShape(told, rule), { ...told, token_type: 'Bearer', scope: ['bot:c'] })
  })

  test('what is no such grant stays as it is', () => {
    for (const told of [
      { ok: false, error: 'invalid_code' },
      { access_token: 'x', token_type: 'mac' },
      { access_token: 'x', token_type: 'constructor' },
      ['a'],
      null,
      'text',
    ]) {
      assert.deepEqual(inStandardShape(told, rule), told)
    }
  })

  test('an error beside a token inside is not lost', () => {
    const told = inStandardShape({ error: 'ratelimited', authed_user: user }, rule)
    assert.ok(typeof told === 'object' && told !== null && 'error' in told)
  })
})
