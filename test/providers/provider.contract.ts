/** What fob must do with every provider, against that provider's own way of answering. */
import assert from 'node:assert/strict'
import { Flow } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { Lease } from '../../shared/contract/lease.js'
import { FRESHNESS } from '../../daemon/core/lifecycle/freshness.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import { json, type Personality } from '../../daemon/sandbox/personalities/personality.js'
import { figure } from '../figures.js'
import { CLIENT, ProviderHouse } from './providerHouse.js'

export function providerContract(profile: ProviderProfile, personality: Personality): void {
  const { rules } = personality
  const name = personality.as === undefined ? profile.id : `${profile.id} ${personality.as}`
  const usual = [...(personality.scopes ?? profile.scopes.usual)]
  const flows = Flow.options.filter((flow) => profile.flows[flow] !== undefined)

  suite(`provider contract: ${name}`, () => {
    let house: ProviderHouse

    setup(async () => void (house = await new ProviderHouse(profile, personality).open()))
    teardown(() => house.close())
    suiteTeardown(function () {
      const tests = this.test?.parent?.tests ?? []
      const failed = tests.filter(({ state }) => state !== 'passed').length
      figure('P1', { value: failed, bar: `0 failed of ${name}`, ok: failed === 0, n: tests.length })
    })

    for (const flow of flows) {
      signingOut(flow)

      if (flow === 'client-credentials') {
        actingForItself()
        continue
      }

      test(`P1 ${name}, ${flow}: from adding to an access token that works, with the account`, async () => {
        await house.add(flow)
        const { outcome, message } = await house.signIn(flow)
        assert.equal(outcome, 'granted', message)
        const { accessToken, account, scopes } = await house.lease()
        assert.ok(house.desk.scopesOf(accessToken), 'the provider does not know the access token')
        assert.equal(account?.label, personality.knowsAccount === false ? undefined : 'octocat')
        if (personality.grantsScopes) assert.deepEqual(scopes, usual)
      })

      test(`P1 ${name}, ${flow}: a person who says no ends it, and nothing is kept`, async () => {
        await house.add(flow)
        house.decision = 'deny'
        assert.equal((await house.signIn(flow)).outcome, 'denied')
        assert.equal(house.status().state, 'signedOut')
      })

      if (rules.refresh === 'none' || personality.bringsNoRefreshToken === flow) {
        withoutRefreshToken(flow)
        continue
      }

      if (rules.refresh === 'inPlace') {
        renewedInPlace(flow)
        continue
      }

      test(`P1 ${name}, ${flow}: it is refreshed ahead of its end, once, and rotates`, async () => {
        const first = await signedIn(flow)
        const before = tokenRequests()
        const life = (rules.accessLifetimeS ?? 0) * 1_000
        await house.clock.advance(life * (1 - FRESHNESS.leadFraction) * 0.5)
        assert.equal(tokenRequests(), before, 'it was refreshed far too early')
        house.clock.jump(life)
        const second = await house.lease()
        assert.notEqual(second.accessToken, first.accessToken)
        assert.ok(house.desk.scopesOf(second.accessToken), 'what was served does not work')
        assert.equal(tokenRequests(), before + 1)
        assert.equal(second.generation, first.generation + 1)
      })

      const fate = rules.refreshEndsAccessToken ? 'ends' : 'leaves'
      test(`P1 ${name}, ${flow}: a refresh ${fate} the access token of before, and fob counts on no more`, async () => {
        const first = await signedIn(flow)
        await house.refresh()
        assert.equal(house.desk.scopesOf(first.accessToken) === undefined, rules.refreshEndsAccessToken)
        if (rules.refreshEndsAccessToken)
          assert.ok(profile.refreshEndsAccessToken, 'it is refreshed too early')
        const second = await house.lease()
        assert.notEqual(second.accessToken, first.accessToken)
        assert.ok(house.desk.scopesOf(second.accessToken))
      })

      rejected(flow)

      revokedThere(flow)

      if (rules.graceS !== undefined) lostAnswer(flow)

      test(`P1 ${name}, ${flow}: a refresh token that somebody else used asks for a person`, async () => {
        await signedIn(flow)
        const stolen = house.disk.connections.get('work')?.secrets.refreshToken
        assert.ok(stolen)
        house.desk.refresh(stolen.reveal(), house.clientId)
        house.clock.jump((rules.graceS ?? 0) * 1_000)
        if (rules.refresh === 'singleUse')
          await assert.rejects(house.refresh(), refusedAs('consent_required'))
        else await house.refresh()
      })
    }

    for (const flow of profile.downScope.kind === 'refresh' ? flows : []) {
      test(`P1 ${name}, ${flow}: fewer scopes give an access token beside the own, and the grant keeps all`, async () => {
        const own = await signedIn(flow)
        const fewer = await house.lease({ scopes: ['openid'] })
        assert.deepEqual(house.desk.scopesOf(fewer.accessToken), ['openid'])
        assert.equal((await house.lease()).accessToken, own.accessToken)
        await house.refresh()
        assert.deepEqual((await house.lease()).scopes, usual)
        await assert.rejects(house.lease({ scopes: ['another'] }), refusedAs('consent_required'))
      })
    }

    if (profile.downScope.kind === 'api') {
      const wished = profile.downScope.call.example.split(' ').sort()

      test(`P1 ${name}: scopes give an access token for less, which spends no refresh token`, async () => {
        const own = await signedIn('code')
        const before = tokenRequests()
        const less = await house.lease({ scopes: wished })
        assert.deepEqual(house.desk.scopesOf(less.accessToken), wished)
        assert.deepEqual([less.scopes, less.expiresAt], [wished, own.expiresAt])
        assert.equal((await house.lease({ scopes: wished })).accessToken, less.accessToken)
        assert.equal((await house.lease()).accessToken, own.accessToken)
        assert.ok(house.desk.scopesOf(own.accessToken), 'the own access token is dead')
        assert.equal(tokenRequests(), before)
        await assert.rejects(house.lease({ scopes: ['everything'] }), refusedAs('bad_request'))
        await house.signOut()
        assert.equal(house.desk.scopesOf(less.accessToken), undefined)
      })

      test(`P1 ${name}: without a secret nobody asks for less, and what is missing is said`, async () => {
        await signedIn('device')
        await assert.rejects(house.lease({ scopes: wished }), /only a client with a secret/)
        assert.ok(house.desk.scopesOf((await house.lease()).accessToken))
      })

      if (rules.refresh !== 'none') {
        test(`P1 ${name}: a refresh brings another for less too`, async () => {
          await signedIn('code')
          const first = await house.lease({ scopes: wished })
          await house.refresh()
          const second = await house.lease({ scopes: wished })
          assert.notEqual(second.accessToken, first.accessToken)
          assert.deepEqual(house.desk.scopesOf(second.accessToken), wished)
        })
      }
    }

    const { downScope } = profile
    if (downScope.kind === 'exchange') {
      const orders = `${downScope.audience}orders`

      const signedInWithSecret = async (): Promise<Lease> => {
        await house.add('code', { clientSecret: CLIENT.secret })
        assert.equal((await house.signIn('code')).outcome, 'granted')
        return house.lease()
      }

      test(`P1 ${name}: an exchange gives an access token for less, and the grant stays what it was`, async () => {
        const own = await signedInWithSecret()
        const refreshToken = house.disk.connections.get('work')?.secrets.refreshToken?.reveal()
        const less = await house.lease({ scopes: ['email', 'openid'] })
        assert.deepEqual(house.desk.scopesOf(less.accessToken), ['email', 'openid'])
        assert.deepEqual([less.scopes, less.expiresAt], [['email', 'openid'], own.expiresAt])
        assert.equal((await house.lease()).accessToken, own.accessToken)
        assert.equal(house.disk.connections.get('work')?.secrets.refreshToken?.reveal(), refreshToken)
        await house.refresh()
        assert.deepEqual((await house.lease()).scopes, usual)
        const again = await house.lease({ scopes: ['email', 'openid'] })
        assert.notEqual(again.accessToken, less.accessToken)
        await assert.rejects(house.lease({ scopes: ['another'] }), refusedAs('consent_required'))
        await house.signOut()
        assert.equal(house.desk.scopesOf(again.accessToken), undefined)
      })

      test(`P1 ${name}: an exchange gives one for an audience, and says where the client may not`, async () => {
        const own = await signedInWithSecret()
        const lease = await house.lease({ scopes: ['email', orders] })
        assert.notEqual(lease.accessToken, own.accessToken)
        assert.deepEqual(lease.scopes, ['email'])
        const unknown = house.lease({ scopes: ['email', `${downScope.audience}nobody`] })
        await assert.rejects(unknown, /nothing that lets an access token be for this audience .*nobody/)
      })

      test(`P1 ${name}: more than was named is not handed out, and why it came is said`, async () => {
        const own = await signedInWithSecret()
        await assert.rejects(
          house.lease({ scopes: ['openid'] }),
          /more than was asked for: email; .*optional/,
        )
        assert.equal((await house.lease()).accessToken, own.accessToken)
      })

      test(`P1 ${name}: a client without a secret gets the grant's own, as it may not exchange`, async () => {
        const own = await signedIn('code')
        const before = tokenRequests()
        assert.equal((await house.lease({ scopes: ['email'] })).accessToken, own.accessToken)
        assert.equal(tokenRequests(), before)
      })
    }

    if (downScope.kind === 'child') {
      test(`P1 ${name}: fewer policies give a child of the token, which ends with it`, async () => {
        const own = await signedIn('code')
        const [policy = ''] = own.scopes.slice(-1)
        assert.ok(own.scopes.length > 1 && policy !== 'default')
        const less = await house.lease({ scopes: [policy] })
        assert.deepEqual([less.scopes, house.desk.scopesOf(less.accessToken)], [[policy], [policy]])
        assert.equal((await house.lease({ scopes: [policy] })).accessToken, less.accessToken)
        assert.equal((await house.lease()).accessToken, own.accessToken)
        await assert.rejects(house.lease({ scopes: ['another'] }), refusedAs('consent_required'))
        const { revoked, left } = await house.signOut()
        assert.deepEqual([revoked, left], [true, ''])
        assert.equal(house.desk.scopesOf(less.accessToken), undefined)
        assert.equal(house.requests.filter((line) => line.endsWith('/revoke-self')).length, 1)
      })

      test(`P1 ${name}: where the token may make no other, that is said with the policy to add`, async () => {
        const own = await signedIn('code')
        house.next(personality.narrowRequest ?? '', json(403, { errors: ['permission denied'] }))
        const less = house.lease({ scopes: own.scopes.slice(0, 1) })
        await assert.rejects(less, /lets its token make one with fewer policies.*permission denied/)
        assert.equal((await house.lease()).accessToken, own.accessToken)
        assert.equal(house.status().state, 'active')
      })

      test(`P1 ${name}: policies that come by themselves are not handed out for fewer`, async () => {
        const own = await signedIn('code')
        const policies = own.scopes.slice(0, 1)
        const auth = {
          client_token: 'a-child',
          lease_duration: 3_600,
          renewable: true,
          policies: own.scopes,
        }
        house.next(personality.narrowRequest ?? '', json(200, { auth }))
        await assert.rejects(house.lease({ scopes: policies }), /more than was asked for: .*entity/)
        assert.equal(house.disk.connections.get('work')?.secrets.refreshToken?.reveal(), own.accessToken)
      })
    }

    function signingOut(flow: Flow): void {
      test(`P1 ${name}, ${flow}: signing out ends the grant at the provider, or says what is left`, async () => {
        const { accessToken } = await signedIn(flow)
        const { revoked, left, probe } = await house.signOut()
        // A device proves nothing, so fob has no secret to prove itself by.
        const wantsSecret = personality.revokesBySecret === true && profile.flows[flow] === 'none'
        const revokes = personality.revokes && !wantsSecret
        assert.equal(revoked, revokes, left)
        const outlives = personality.isStateless === true && flow !== 'client-credentials'
        assert.equal(house.desk.scopesOf(accessToken) === undefined, revokes && !outlives)
        // Where it is for one resource only, or says nothing of its account, nobody can say whether it works.
        const silent = profile.downScope.kind === 'resources' || personality.knowsAccount === false
        const ended = personality.knowsAccount === false || outlives ? 'unknown' : 'refused'
        assert.equal(probe, revokes ? ended : silent ? 'unknown' : 'taken')
        if (outlives) assert.match(left, /cannot be revoked: it works until it expires/)
        if (!personality.revokes) assert.match(left, /no way to revoke .*end it by hand: \S/)
        if (wantsSecret) assert.match(left, /only a client with a secret may end it.*end it by hand: \S/)
      })
    }

    function rejected(flow: Flow): void {
      test(`P1 ${name}, ${flow}: a rejected access token is replaced`, async () => {
        const first = await signedIn(flow)
        house.desk.endAccess(first.accessToken)
        await house.reject(first)
        const second = await house.lease()
        assert.notEqual(second.accessToken, first.accessToken)
        assert.ok(house.desk.scopesOf(second.accessToken))
      })
    }

    function revokedThere(flow: Flow): void {
      test(`P1 ${name}, ${flow}: a grant that was revoked there asks for a person, and says why`, async () => {
        const { accessToken } = await signedIn(flow)
        house.desk.endGrantOf(accessToken)
        await assert.rejects(house.refresh(), refusedAs('consent_required'))
        const { state, reason, fix } = house.status()
        assert.equal(state, 'consentRequired')
        assert.match(reason, /expired, revoked or already used/)
        assert.equal(fix, 'fob sign-in work')
        assert.equal((await house.signIn(flow)).outcome, 'granted')
      })
    }

    function lostAnswer(flow: Flow): void {
      const forgives = rules.graceS !== 0
      const end = forgives ? 'brings another pair' : 'finds the grant over, every access token too'
      test(`P1 ${name}, ${flow}: an answer that was lost is asked for again at once, which ${end}`, async () => {
        const first = await signedIn(flow)
        const before = tokenRequests()
        house.loseAnswer(personality.tokenRequest)
        const refreshed = house.refresh()
        if (!forgives) {
          await assert.rejects(refreshed, refusedAs('consent_required'))
          assert.match(house.status().reason, /was lost/)
          assert.equal(house.desk.scopesOf(first.accessToken), undefined)
          return
        }
        await refreshed
        assert.equal(tokenRequests(), before + 2)
        assert.ok(house.desk.scopesOf((await house.lease()).accessToken))
        await house.refresh()
        assert.ok(house.desk.scopesOf((await house.lease()).accessToken), 'the newest refresh token is dead')
      })
    }

    function withoutRefreshToken(flow: Flow): void {
      const life = (rules.accessLifetimeS ?? Infinity) * 1_000

      test(`P1 ${name}, ${flow}: without a refresh token it stays as it is, and a reject asks for a person`, async () => {
        const first = await signedIn(flow)
        await house.clock.advance(Math.min(life / 2, 30 * 86_400_000))
        assert.equal((await house.lease()).accessToken, first.accessToken)
        await house.reject(first)
        await assert.rejects(house.lease(), refusedAs('consent_required'))
      })

      if (life === Infinity) return
      test(`P1 ${name}, ${flow}: without a refresh token its end asks for a person, and says so`, async () => {
        const first = await signedIn(flow)
        house.clock.jump(life)
        await assert.rejects(house.lease(), refusedAs('consent_required'))
        const { state, fix } = house.status()
        assert.deepEqual([state, fix], ['consentRequired', 'fob sign-in work'])
        assert.equal((await house.signIn(flow)).outcome, 'granted')
        assert.notEqual((await house.lease()).accessToken, first.accessToken)
      })
    }

    function actingForItself(): void {
      const flow = 'client-credentials'

      test(`P1 ${name}, ${flow}: a client that acts for itself gets an access token, and the next one`, async () => {
        const first = await signedIn(flow)
        assert.ok(house.desk.scopesOf(first.accessToken))
        house.clock.jump((rules.accessLifetimeS ?? 0) * 1_000)
        const second = await house.lease()
        assert.notEqual(second.accessToken, first.accessToken)
        assert.ok(house.desk.scopesOf(second.accessToken))
      })

      rejected(flow)

      test(`P1 ${name}, ${flow}: a secret that ended there blocks it, says so, and a new one mends it`, async () => {
        await signedIn(flow)
        house.desk.register({ id: CLIENT.id, secret: 'another-secret' })
        await blockedForItsClient()
        await house.setSecret('another-secret')
        assert.ok(house.desk.scopesOf((await house.lease()).accessToken))
      })

      test(`P1 ${name}, ${flow}: a client that was deleted there blocks it, and back again it works`, async () => {
        await signedIn(flow)
        house.desk.dismiss(CLIENT.id)
        await blockedForItsClient()
        house.desk.register(CLIENT)
        await house.refresh()
        assert.ok(house.desk.scopesOf((await house.lease()).accessToken))
      })
    }

    const blockedForItsClient = async (): Promise<void> => {
      house.clock.jump((rules.accessLifetimeS ?? 0) * 1_000)
      await assert.rejects(house.lease(), refusedAs('misconfigured'))
      const { state, reason, fix } = house.status()
      assert.equal(state, 'blocked')
      assert.match(reason, /does not accept this client id or client secret/)
      assert.equal(fix, 'fob provider set-secret work')
    }

    function renewedInPlace(flow: Flow): void {
      test(`P1 ${name}, ${flow}: it is renewed ahead of its end and stays the same`, async () => {
        const first = await signedIn(flow)
        const life = (rules.accessLifetimeS ?? 0) * 1_000
        await house.clock.advance(life * (1 - FRESHNESS.leadFraction) * 0.5)
        assert.equal(tokenRequests(), 0, 'it was renewed far too early')
        for (let passed = 0; passed < life; passed += life / 8) {
          await house.clock.advance(life / 8)
          await house.settled()
        }
        const second = await house.lease()
        assert.equal(second.accessToken, first.accessToken)
        assert.ok(house.desk.scopesOf(second.accessToken), 'what was served does not work')
        assert.equal(second.generation, first.generation + tokenRequests())
        assert.ok(tokenRequests() >= 1)
      })

      test(`P1 ${name}, ${flow}: a rejected one that has ended asks for a person`, async () => {
        const first = await signedIn(flow)
        house.desk.endAccess(first.accessToken)
        await house.reject(first)
        await assert.rejects(house.lease(), refusedAs('consent_required'))
      })

      revokedThere(flow)

      test(`P1 ${name}, ${flow}: a renewal by somebody else harms nothing`, async () => {
        const { accessToken } = await signedIn(flow)
        house.desk.renew(accessToken)
        await house.refresh()
        assert.ok(house.desk.scopesOf((await house.lease()).accessToken))
      })
    }

    const signedIn = async (flow: Flow) => {
      await house.add(flow)
      if (flow === 'client-credentials') {
        await house.actForItself()
        return house.lease()
      }
      const { outcome, message } = await house.signIn(flow)
      assert.equal(outcome, 'granted', message)
      return house.lease()
    }

    const tokenRequests = (): number =>
      house.requests.filter((line) => line === personality.tokenRequest).length
  })
}

const refusedAs = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code
