/** The connection to the server ends anywhere in discovery, consent, device polling and sign-out. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { ConnectionName } from '../../shared/contract/ids.js'
import { createAuthorizationServer } from '../../daemon/adapters/oauth/authorizationServer.js'
import { shouldPollAgain } from '../../daemon/core/lifecycle/consentOutcome.js'
import { planned } from '../../daemon/core/newConnection.js'
import { oidc } from '../../daemon/providers/oidc.js'
import { me } from '../fakes/brokerOnFakes.js'
import { pinnedClient } from '../fakes/oauthClients.js'
import { figure } from '../figures.js'
import { seeded } from '../seed.js'
import { PERSONALITIES, ToxicHouse } from './toxicHouse.js'
import type { Toxic } from './toxicProxy.js'

const FULL = process.env.FOB_TEST_FULL !== undefined
/** Cuts of each way of each exchange, from offsets that the seed gives. */
const CUTS = FULL ? 100 : 8

type Cut = Extract<Toxic, { kind: 'cut' }>

/** Lets a connection pass. */
const WHOLE: Cut = { kind: 'cut', way: 'request', after: Number.MAX_SAFE_INTEGER, how: 'close' }

suite('a connection to the server that ends, outside of rotations', function () {
  this.timeout(FULL ? 900_000 : 120_000)
  const { seed, fraction } = seeded()
  let house: ToxicHouse

  suiteSetup(async () => {
    house = await ToxicHouse.make(PERSONALITIES.strict)
    await house.processed(1)
  })
  suiteTeardown(() => house?.remove())
  suiteTeardown(() => console.log(`FOB_SEED=${seed}`))
  setup(() => house.proxy.heal())
  teardown(() => assert.deepEqual(house.defects, []))

  /** How long each way of the last connection was. */
  const sizes = () => house.proxy.passed.at(-1) ?? assert.fail('nothing passed')

  /** Cuts that leave no whole answer, over the sizes of an exchange that went well. */
  function* cuts({ request, answer }: { request: number; answer: number }): Generator<Cut> {
    for (const [way, size] of [
      ['request', request],
      ['answer', answer],
    ] as const) {
      for (let count = 0; count < CUTS; count++) {
        const after = count === 0 ? size - 1 : Math.floor(fraction() * size)
        yield { kind: 'cut', way, after, how: fraction() < 0.5 ? 'close' : 'reset' }
      }
    }
  }

  /** Runs `attempt` under each cut; gives how many there were. */
  const eachCut = async (
    passed: { request: number; answer: number },
    attempt: (cut: Cut) => Promise<void>,
  ): Promise<number> => {
    let count = 0
    for (const cut of cuts(passed)) {
      house.proxy.heal()
      await attempt(cut).catch((cause: unknown) => {
        throw new Error(`${cut.how} after byte ${cut.after} of the ${cut.way}`, { cause })
      })
      count += 1
    }
    house.proxy.heal()
    return count
  }

  const proven = (n: number): void => {
    figure('K6', { value: 0, bar: '0 crashes, a fix with each refusal', ok: true, n })
  }

  test('K6 discovery cut anywhere is refused and adds nothing, a first look that is cut stops nobody', async () => {
    const name = ConnectionName.parse('discovered')
    const request = house.definition({
      name,
      issuer: `http://${house.proxy.authority}`,
      endpoints: undefined,
    })
    const remove = () => house.broker.signOut(name, { forget: true, verify: false }, me)
    await house.broker.add(request, me)
    await remove()
    // The second connection only asks what a sign-in would ask.
    const [discovery, dry] = house.proxy.passed
    assert.ok(discovery !== undefined && dry !== undefined)
    const count = await eachCut(discovery, async (cut) => {
      // Both places where a server may describe itself.
      house.proxy.arm(cut, 2)
      await assert.rejects(house.broker.add(request, me), (error) => {
        assert.ok(error instanceof Refusal)
        assert.equal(error.code, 'provider_unreachable')
        assert.equal(error.field, 'issuer')
        assert.match(error.fix, /^curl /)
        return true
      })
      assert.ok(!house.broker.connections().some((connection) => connection.name === name))
    })
    const looks = await eachCut(dry, async (cut) => {
      house.proxy.arm(WHOLE)
      house.proxy.arm(cut)
      await house.broker.add(request, me)
      await remove()
    })
    await house.broker.add(request, me)
    await remove()
    proven(count + looks)
  })

  test('K6 a code exchange cut anywhere fails with a fix, keeps what was there, and works the next time', async () => {
    await house.signIn()
    await house.processed(1)
    const before = await house.lease()
    const count = await eachCut(sizes(), async (cut) => {
      house.proxy.arm(cut)
      const ended = house.untilConsentEnded()
      const page = await house.signIn(400)
      const { outcome, message, fix } = await ended
      assert.equal(outcome, 'failed')
      assert.equal(fix, `fob sign-in ${house.name}`)
      assert.match(message, /could not be asked: .*cut the connection/)
      assert.ok(page.includes(fix), page)
      assert.equal(house.status.state, 'active')
      const { generation, accessToken } = await house.lease()
      assert.deepEqual(
        { generation, accessToken },
        { generation: before.generation, accessToken: before.accessToken },
      )
    })
    await house.sandbox.heal()
    await house.signIn()
    await house.processed(1)
    assert.ok((await house.lease()).generation > before.generation)
    proven(count)
  })

  test('K6 a sign-out whose revocation is cut anywhere holds, and says what it could not revoke', async () => {
    await house.broker.signOut(house.name, { forget: false, verify: false }, me)
    // The refresh token's revocation is the first of two.
    const revocation = house.proxy.passed[0] ?? assert.fail()
    const count = await eachCut({ ...revocation }, async (cut) => {
      await house.signIn()
      await house.sandbox.heal()
      house.proxy.heal()
      house.proxy.arm(cut, 2)
      const { revoked, left } = await house.broker.signOut(house.name, { forget: false, verify: false }, me)
      assert.equal(revoked, false)
      assert.match(left, /refresh token could not be revoked.*cut the connection.*account settings at/)
      assert.equal(house.status.state, 'signedOut')
    })
    await house.signIn()
    const { revoked } = await house.broker.signOut(house.name, { forget: false, verify: false }, me)
    assert.equal(revoked, true)
    await house.signIn()
    await house.sandbox.heal()
    proven(count)
  })

  suite('by a device', () => {
    const authorizationServer = createAuthorizationServer({
      clock: { now: () => Date.now() },
      network: { noProxy: [] },
    })
    const client = () => pinnedClient(authorizationServer, planned(house.definition(), oidc))
    const begin = async () => authorizationServer.beginDevice(await client())

    test('K6 asking for a code, cut anywhere, is refused', async () => {
      await begin()
      const count = await eachCut(sizes(), async (cut) => {
        house.proxy.arm(cut)
        await assert.rejects(begin(), (error) => {
          assert.ok(error instanceof Refusal)
          assert.equal(error.code, 'provider_unreachable')
          assert.match(error.message, /cut the connection/)
          assert.notEqual(error.fix, '')
          return true
        })
      })
      proven(count)
    })

    test('K6 a poll cut anywhere is polled again, until the person has answered', async () => {
      const asked = await client()
      const request = await begin()
      const poll = () => authorizationServer.pollDevice(asked, request)
      const waiting = await poll()
      assert.ok(waiting.kind === 'oauthError' && waiting.error === 'authorization_pending', waiting.kind)
      const count = await eachCut(sizes(), async (cut) => {
        house.proxy.arm(cut)
        const outcome = await poll()
        assert.equal(outcome.kind, 'unanswered')
        assert.ok(shouldPollAgain(outcome))
      })
      await house.sandbox.control('POST', '/approve', { userCode: request.userCode })
      assert.equal((await poll()).kind, 'tokens')
      proven(count)
    })

    test('K6 an approved poll whose answer is cut fails once the server says that its code is used', async () => {
      const asked = await client()
      const request = await begin()
      await house.sandbox.control('POST', '/approve', { userCode: request.userCode })
      house.proxy.heal()
      house.proxy.arm({ kind: 'cut', way: 'answer', after: 100, how: 'reset' })
      assert.ok(shouldPollAgain(await authorizationServer.pollDevice(asked, request)))
      const again = await authorizationServer.pollDevice(asked, request)
      assert.ok(again.kind === 'oauthError' && again.error === 'invalid_grant', again.kind)
      assert.equal(shouldPollAgain(again), false)
    })
  })
})
