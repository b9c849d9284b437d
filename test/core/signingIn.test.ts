import assert from 'node:assert/strict'
import { CONSENT } from '../../daemon/core/consent/consentFlows.js'
import { Refusal } from '../../shared/contract/errors.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

async function added(): Promise<BrokerOnFakes> {
  const house = new BrokerOnFakes()
  await house.add()
  return house
}

/** How each sign-in told so far ended. */
const ends = (house: BrokerOnFakes): string[] =>
  house.events.flatMap((event) => (event.type === 'consentEnded' ? event.outcome : []))

suite('signing in by the browser', () => {
  test('the page says signed in only once the grant is on the disk', async () => {
    const house = await added()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    house.disk.beforeCommit = () => held
    let shown: string | undefined
    const page = house.signIn().then(({ kind }) => (shown = kind))
    await house.settle()
    assert.equal(house.server.on.redeemCode.count, 1)
    assert.equal(shown, undefined)
    await refusedWith('consent_required', house.lease())
    release()
    assert.equal(await page, 'signedIn')
    assert.equal(house.record.grant?.generation, 1)
    assert.equal(house.redirect.listening, 0)
    assert.equal((await house.lease()).account?.label, 'ada@example.test')
  })

  test('a grant that cannot be saved yet is told as such, and counts as soon as it is', async () => {
    const house = await added()
    const request = await house.beginCode()
    house.disk.full = true
    const page = await house.redirect.come(house.server.approve(request))
    assert.ok(page.kind === 'failed' && page.message.includes('cannot be saved yet'))
    await refusedWith('store_unwritable', house.lease())
    house.disk.full = false
    await house.clock.advance(6_000)
    assert.equal((await house.lease()).generation, 1)
  })

  test('stray callbacks redeem nothing and the attempt goes on', async () => {
    const house = await added()
    const request = await house.beginCode()
    const good = house.server.approve(request)
    const strays = [
      request.redirectUri,
      `${request.redirectUri}?code=stolen`,
      `${request.redirectUri}?code=stolen&state=wrong`,
      `${good}&state=${request.state}`,
      `${good}&st%61te=other`,
      `${request.redirectUri}?code=x&state=%ZZ`,
      `${request.redirectUri}?error=access_denied&state=`,
    ]
    for (const stray of strays) assert.equal((await house.redirect.come(stray)).kind, 'stray', stray)
    assert.equal(house.server.on.redeemCode.count, 0)
    assert.equal((await house.redirect.come(good)).kind, 'signedIn')
  })

  test('an answer that comes twice is redeemed once, and both tabs say the same', async () => {
    const house = await added()
    const url = house.server.approve(await house.beginCode())
    const pages = await Promise.all([house.redirect.come(url), house.redirect.come(url)])
    assert.deepEqual(
      pages.map(({ kind }) => kind),
      ['signedIn', 'signedIn'],
    )
    assert.equal(house.server.on.redeemCode.count, 1)
  })

  test('a declined consent changes nothing', async () => {
    const house = await BrokerOnFakes.signedIn()
    const request = await house.beginCode()
    assert.equal((await house.redirect.come(house.server.deny(request))).kind, 'denied')
    assert.equal((await house.lease()).generation, 1)
    assert.equal(house.redirect.listening, 0)
    assert.deepEqual(ends(house), ['granted', 'denied'])
  })

  test('another account than before is refused by name, its tokens are revoked, the old grant stays', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.account = { id: 'bob', label: 'bob@example.test' }
    const page = await house.signIn()
    assert.ok(page.kind === 'failed')
    assert.match(page.message, /bob@example\.test.*ada@example\.test/)
    assert.equal(page.fix, 'fob sign-out work')
    assert.equal(house.server.on.revoke.count, 2)
    assert.equal((await house.lease()).account?.id, 'ada')
    assert.equal(house.status().generation, 1)
  })

  test('after the deadline the port is free and a late answer is not redeemed', async () => {
    const house = await added()
    const url = house.server.approve(await house.beginCode())
    await house.clock.advance(CONSENT.deadlineMs)
    assert.deepEqual(ends(house), ['deadline'])
    assert.equal(house.redirect.listening, 0)
    assert.equal((await house.redirect.come(url)).kind, 'failed')
    assert.equal(house.server.on.redeemCode.count, 0)
    assert.equal(house.state, 'signedOut')
  })

  test('a cancelled attempt frees the port, and tokens that come all the same are revoked', async () => {
    const house = await added()
    const request = await house.beginCode()
    const held = house.server.on.redeemCode.holds()
    const page = house.redirect.come(house.server.approve(request))
    await held.called
    assert.equal((await house.broker.cancelConsent(WORK, me)).state, 'signedOut')
    assert.equal(house.redirect.listening, 0)
    held.answer(tokensOutcome({ refreshToken: 'late' }))
    assert.equal((await page).kind, 'failed')
    await house.settle()
    assert.equal(house.state, 'signedOut')
    assert.deepEqual(house.server.on.revoke.calls[0]?.[1].reveal(), 'late')
    await refusedWith('no_consent_running', house.broker.cancelConsent(WORK, me))
  })

  test('a cancel while the grant is being saved is refused: it would be a lie', async () => {
    const house = await added()
    let release: () => void = () => undefined
    const held = new Promise<void>((resolve) => (release = resolve))
    const request = await house.beginCode()
    house.disk.beforeCommit = () => held
    const page = house.redirect.come(house.server.approve(request))
    await house.settle()
    await refusedWith('consent_running', house.broker.cancelConsent(WORK, me))
    await refusedWith('consent_running', house.begin({ preempt: true }))
    await house.clock.advance(CONSENT.deadlineMs)
    release()
    assert.equal((await page).kind, 'signedIn')
    assert.deepEqual(ends(house), ['granted'])
  })

  test('a cancel while the port is being opened leaves no port behind', async () => {
    const house = await added()
    let open: () => void = () => undefined
    house.redirect.ready = new Promise((resolve) => (open = resolve))
    const begun = refusedWith('no_consent_running', house.begin())
    await house.settle()
    await house.broker.cancelConsent(WORK, me)
    open()
    await begun
    assert.equal(house.redirect.listening, 0)
  })

  test('a cancel before the browser is sent leaves no port behind', async () => {
    const house = await added()
    const held = house.server.on.beginCode.holds()
    const begun = refusedWith('no_consent_running', house.begin())
    const [client, redirectUri] = await held.called
    await house.broker.cancelConsent(WORK, me)
    held.answer(await house.server.beginCode(client, redirectUri))
    await begun
    assert.equal(house.redirect.listening, 0)
    assert.deepEqual(ends(house), ['cancelled'])
    assert.equal((await house.signIn()).kind, 'signedIn')
  })

  test('a second sign-in is refused, or takes the place of the first when asked to', async () => {
    const house = await added()
    const first = house.server.approve(await house.beginCode())
    const come = house.redirect.come
    await refusedWith('consent_running', house.begin())
    const second = await house.beginCode({ preempt: true })
    assert.equal((await come(first)).kind, 'failed')
    assert.equal(house.server.on.redeemCode.count, 0)
    assert.equal((await house.redirect.come(house.server.approve(second))).kind, 'signedIn')
    assert.deepEqual(ends(house), ['cancelled', 'granted'])
  })

  test('one browser is opened at a time, also when another connection asks', async () => {
    const house = await added()
    const home = ConnectionName.parse('home')
    await house.add({ name: home })
    await house.begin({ open: true })
    const options = { open: true, preempt: false }
    await refusedWith('consent_running', house.broker.beginConsent(home, options, me))
    const begun = await house.broker.beginConsent(home, { open: false, preempt: false }, me)
    assert.ok(begun.kind === 'browser' && !begun.opened)
    const again = await house.broker.beginConsent(home, { open: true, preempt: true }, me)
    assert.ok(again.kind === 'browser' && again.opened)
    assert.deepEqual(ends(house), ['cancelled', 'cancelled'])
    assert.equal(house.redirect.listening, 1)
  })

  test('a taken port is told, and the next attempt may begin', async () => {
    const house = await added()
    house.redirect.failing = new Refusal('misconfigured', 'port 5000 is taken')
    await refusedWith('misconfigured', house.begin())
    house.redirect.failing = undefined
    assert.equal((await house.signIn()).kind, 'signedIn')
    assert.deepEqual(ends(house), ['failed', 'granted'])
  })

  test('a defect while redeeming ends the attempt with a page, not with a hang', async () => {
    const house = await added()
    house.server.on.redeemCode.does(() => {
      throw new Error('a defect')
    })
    assert.equal((await house.signIn()).kind, 'failed')
    assert.equal(house.redirect.listening, 0)
  })

  test('untrusted and refused answers fail with words and a fix', async () => {
    const house = await added()
    const answers = [
      { kind: 'untrusted', reason: 'wrong issuer' },
      { kind: 'unreachable', reason: 'no route' },
      { kind: 'notOAuth', status: 200, contentType: 'text/html', retryAfterMs: undefined },
    ] as const
    for (const answer of answers) {
      house.server.on.redeemCode.answers(answer)
      const page = await house.signIn()
      assert.ok(page.kind === 'failed' && page.fix === 'fob sign-in work')
    }
    house.server.on.redeemCode.answers(oauthErrorOutcome('invalid_client', 401))
    const page = await house.signIn()
    assert.ok(page.kind === 'failed' && page.fix === 'fob provider set-secret work')
  })

  test('a sign-in waits for the refresh under way, so that there is one exchange at a time', async () => {
    const house = await BrokerOnFakes.signedIn()
    const held = house.server.on.refresh.holds()
    const asked = house.broker.refresh(WORK, me)
    await held.called
    const page = house.signIn()
    await house.settle()
    assert.equal(house.server.on.redeemCode.count, 1)
    held.answer(tokensOutcome({ accessToken: 'a', refreshToken: 'r', expiresAt: null }))
    assert.equal((await asked).generation, 2)
    assert.equal((await page).kind, 'signedIn')
    assert.equal((await house.lease()).generation, 3)
  })

  test('a scope that the answer leaves out after a consent was granted as asked', async () => {
    const house = await added()
    house.server.on.redeemCode.answers(tokensOutcome({ refreshToken: 'r', expiresAt: null, scopes: [] }))
    await house.signIn()
    assert.deepEqual(house.status().scopes, [])
    await house.signIn()
    assert.deepEqual(house.status().scopes, ['read'])
  })

  test('stopping ends the attempts and frees their ports', async () => {
    const house = await added()
    await house.begin()
    await house.broker.quiesce()
    assert.equal(house.redirect.listening, 0)
    assert.deepEqual(ends(house), ['cancelled'])
  })
})
