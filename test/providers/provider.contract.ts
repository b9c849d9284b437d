/** What fob must do with every provider, against that provider's own way of answering. */
import assert from 'node:assert/strict'
import { Flow } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import { FRESHNESS } from '../../daemon/core/freshness.js'
import type { ProviderProfile } from '../../daemon/providers/profile.js'
import type { Personality } from '../../daemon/sandbox/personalities/personality.js'
import { figure } from '../figures.js'
import { ProviderHouse } from './providerHouse.js'

export function providerContract(profile: ProviderProfile, personality: Personality): void {
  const { rules } = personality
  const flows = Flow.options.filter((flow) => profile.flows[flow] !== undefined)

  suite(`provider contract: ${profile.id}`, () => {
    let house: ProviderHouse

    setup(async () => void (house = await new ProviderHouse(profile, personality).open()))
    teardown(() => house.close())
    suiteTeardown(function () {
      const tests = this.test?.parent?.tests ?? []
      const failed = tests.filter(({ state }) => state !== 'passed').length
      figure('P1', { value: failed, bar: `0 failed of ${profile.id}`, ok: failed === 0, n: tests.length })
    })

    for (const flow of flows) {
      if (flow === 'client-credentials') {
        test(`P1 ${profile.id}, ${flow}: a client that acts for itself gets an access token, and the next one`, async () => {
          await house.add(flow)
          await house.actForItself()
          const first = await house.lease()
          assert.ok(house.desk.scopesOf(first.accessToken))
          house.clock.jump((rules.accessLifetimeS ?? 0) * 1_000)
          const second = await house.lease()
          assert.notEqual(second.accessToken, first.accessToken)
          assert.ok(house.desk.scopesOf(second.accessToken))
        })
        continue
      }

      test(`P1 ${profile.id}, ${flow}: from adding to an access token that works, with the account`, async () => {
        await house.add(flow)
        const { outcome, message } = await house.signIn(flow)
        assert.equal(outcome, 'granted', message)
        const { accessToken, account, scopes } = await house.lease()
        assert.ok(house.desk.scopesOf(accessToken), 'the provider does not know the access token')
        assert.equal(account?.label, personality.knowsAccount === false ? undefined : 'octocat')
        if (personality.grantsScopes) assert.deepEqual(scopes, [...profile.scopes.usual])
      })

      test(`P1 ${profile.id}, ${flow}: a person who says no ends it, and nothing is kept`, async () => {
        await house.add(flow)
        house.decision = 'deny'
        assert.equal((await house.signIn(flow)).outcome, 'denied')
        assert.equal(house.status().state, 'signedOut')
      })

      if (rules.refresh === 'none') {
        test(`P1 ${profile.id}, ${flow}: without a refresh token it stays as it is, and a reject asks for a person`, async () => {
          const first = await signedIn(flow)
          await house.clock.advance(30 * 86_400_000)
          assert.equal((await house.lease()).accessToken, first.accessToken)
          await house.reject(first)
          await assert.rejects(house.lease(), refusedAs('consent_required'))
        })
        continue
      }

      if (rules.refresh === 'inPlace') {
        renewedInPlace(flow)
        continue
      }

      test(`P1 ${profile.id}, ${flow}: it is refreshed ahead of its end, once, and rotates`, async () => {
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

      test(`P1 ${profile.id}, ${flow}: a rejected access token is replaced`, async () => {
        const first = await signedIn(flow)
        house.desk.endAccess(first.accessToken)
        await house.reject(first)
        const second = await house.lease()
        assert.notEqual(second.accessToken, first.accessToken)
        assert.ok(house.desk.scopesOf(second.accessToken))
      })

      test(`P1 ${profile.id}, ${flow}: a grant that was revoked there asks for a person, and says why`, () =>
        revokedThere(flow))

      test(`P1 ${profile.id}, ${flow}: a refresh token that somebody else used asks for a person`, async () => {
        await signedIn(flow)
        const stolen = house.disk.connections.get('work')?.secrets.refreshToken
        assert.ok(stolen)
        house.desk.refresh(stolen.reveal(), house.clientId)
        if (rules.refresh === 'singleUse')
          await assert.rejects(house.refresh(), refusedAs('consent_required'))
        else await house.refresh()
      })
    }

    if (profile.downScope?.kind === 'refresh') {
      test(`P1 ${profile.id}: fewer scopes give an access token beside the own, and the grant keeps all`, async () => {
        const [flow] = flows
        assert.ok(flow)
        const own = await signedIn(flow)
        const fewer = await house.lease({ scopes: ['openid'] })
        assert.deepEqual(house.desk.scopesOf(fewer.accessToken), ['openid'])
        assert.equal((await house.lease()).accessToken, own.accessToken)
        await house.refresh()
        assert.deepEqual((await house.lease()).scopes, [...profile.scopes.usual])
        await assert.rejects(house.lease({ scopes: ['another'] }), refusedAs('consent_required'))
      })
    }

    test(`P1 ${profile.id}: signing out ends the grant at the provider, or says what is left`, async () => {
      const [flow] = flows
      assert.ok(flow)
      const { accessToken } = await signedIn(flow)
      const { revoked, left, probe } = await house.signOut()
      assert.equal(revoked, personality.revokes, left)
      const outlives = personality.isStateless === true
      assert.equal(house.desk.scopesOf(accessToken) === undefined, personality.revokes && !outlives)
      // Where it is for one resource only, or says nothing of its account, nobody can say whether it works.
      const silent = profile.downScope?.kind === 'resources' || personality.knowsAccount === false
      const ended = personality.knowsAccount === false || outlives ? 'unknown' : 'refused'
      assert.equal(probe, personality.revokes ? ended : silent ? 'unknown' : 'taken')
      if (outlives) assert.match(left, /cannot be revoked: it works until it expires/)
      if (!personality.revokes) assert.match(left, /no way to revoke .*account settings/)
    })

    function renewedInPlace(flow: Flow): void {
      test(`P1 ${profile.id}, ${flow}: it is renewed ahead of its end and stays the same`, async () => {
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

      test(`P1 ${profile.id}, ${flow}: a rejected one that has ended asks for a person`, async () => {
        const first = await signedIn(flow)
        house.desk.endAccess(first.accessToken)
        await house.reject(first)
        await assert.rejects(house.lease(), refusedAs('consent_required'))
      })

      test(`P1 ${profile.id}, ${flow}: a grant that was revoked there asks for a person, and says why`, () =>
        revokedThere(flow))

      test(`P1 ${profile.id}, ${flow}: a renewal by somebody else harms nothing`, async () => {
        const { accessToken } = await signedIn(flow)
        house.desk.renew(accessToken)
        await house.refresh()
        assert.ok(house.desk.scopesOf((await house.lease()).accessToken))
      })
    }

    const revokedThere = async (flow: Flow): Promise<void> => {
      const { accessToken } = await signedIn(flow)
      house.desk.endGrantOf(accessToken)
      await assert.rejects(house.refresh(), refusedAs('consent_required'))
      const { state, reason, fix } = house.status()
      assert.equal(state, 'consentRequired')
      assert.match(reason, /expired, revoked or already used/)
      assert.equal(fix, 'fob sign-in work')
      assert.equal((await house.signIn(flow)).outcome, 'granted')
    }

    const signedIn = async (flow: Flow) => {
      await house.add(flow)
      const { outcome, message } = await house.signIn(flow)
      assert.equal(outcome, 'granted', message)
      return house.lease()
    }

    const tokenRequests = (): number =>
      house.requests.filter((line) => line === personality.tokenRequest).length
  })
}

const refusedAs = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code
