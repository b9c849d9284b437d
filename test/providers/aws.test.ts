/** What AWS does otherwise: clients that fob registers, credentials of roles, errors named by exceptions. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { ROLE_CREDENTIALS } from '../../daemon/core/broker/roles.js'
import { aws } from '../../daemon/providers/aws.js'
import { AWS, aws as asAws } from '../../daemon/sandbox/personalities/aws.js'
import { ProviderHouse } from './providerHouse.js'

const DAY_MS = 86_400_000
const PORTAL = 'GET /federation/credentials'

suite('AWS IAM Identity Center', () => {
  let house: ProviderHouse

  setup(async () => void (house = await new ProviderHouse(aws, asAws).open()))
  teardown(() => house.close())

  const signedIn = async (flow: 'code' | 'device' = 'device'): Promise<void> => {
    await house.add(flow)
    const { outcome, message } = await house.signIn(flow)
    assert.equal(outcome, 'granted', message)
  }

  const count = (line: string): number => house.requests.filter((request) => request === line).length

  const registered = () => house.disk.connections.get('work')?.secrets.registered

  suite('the client', () => {
    test('P1 aws: adding asks nobody, and each sign-in registers a client that is kept with its grant', async () => {
      await house.add('device')
      assert.deepEqual(house.requests, [])
      await house.signIn('device')
      const first = registered()?.clientId
      assert.ok(first)
      const end = registered()?.expiresAt ?? 0
      assert.ok(Math.abs(end - house.clock.now() - AWS.registrationMs) < 60_000)
      house.clock.jump(80 * DAY_MS)
      await house.signIn('code')
      const second = registered()?.clientId
      assert.notEqual(second, first)
      assert.ok((registered()?.expiresAt ?? 0) > end)
      await house.refresh()
      assert.equal(registered()?.clientId, second, 'a refresh keeps the client of the grant')
    })

    test('P1 aws: a sign-in that nobody finishes leaves the grant with the client it had', async () => {
      await signedIn()
      const before = registered()?.clientId
      house.decision = 'deny'
      assert.equal((await house.signIn('device')).outcome, 'denied')
      assert.equal(registered()?.clientId, before)
      const { generation } = await house.lease()
      assert.equal((await house.refresh()).generation, generation + 1)
    })

    test('P1 aws: the end of the registration is told ahead, and gone with the next sign-in', async () => {
      await signedIn()
      house.clock.jump(AWS.registrationMs - 8 * DAY_MS)
      await house.refresh()
      assert.equal(house.status().needsYouBy, null)
      house.clock.jump(2 * DAY_MS)
      await house.refresh()
      const { needsYouBy, state } = house.status()
      assert.equal(state, 'active')
      assert.match(needsYouBy?.why ?? '', /registration of fob's client ends/)
      assert.equal(Date.parse(needsYouBy?.at ?? ''), registered()?.expiresAt)
      assert.equal(needsYouBy?.fix, 'fob sign-in work')
      assert.equal((await house.signIn('device')).outcome, 'granted')
      assert.equal(house.status().needsYouBy, null)
    })

    test('P1 aws: once the registration ended a person is asked, and that sign-in brings a new one', async () => {
      await signedIn()
      const ended = registered()?.clientId
      house.clock.jump(AWS.registrationMs)
      await assert.rejects(house.lease(), refusedAs('consent_required'))
      assert.match(house.status().reason, /InvalidClientException/)
      assert.equal(house.status().fix, 'fob sign-in work')
      assert.equal((await house.signIn('device')).outcome, 'granted')
      assert.notEqual(registered()?.clientId, ended)
    })

    test('P1 aws: its secret is sealed with the tokens and gone when signed out', async () => {
      await signedIn()
      const secret = registered()?.secret?.reveal()
      assert.ok(secret)
      assert.ok(!JSON.stringify(house.disk.connections.get('work')?.record).includes(secret))
      await house.signOut()
      assert.equal(registered(), undefined)
    })
  })

  suite('the words of errors', () => {
    for (const [status, exception, state] of [
      [400, 'InvalidGrantException', 'consentRequired'],
      [400, 'UnauthorizedClientException', 'blocked'],
      [400, 'InvalidRequestRegionException', 'blocked'],
      [400, 'SlowDownException', 'retrying'],
      [500, 'InternalServerException', 'retrying'],
    ] as const) {
      test(`P1 aws: ${exception} at a refresh leads to ${state}`, async () => {
        await signedIn()
        house.next('POST /token', {
          status,
          headers: { 'content-type': 'application/json', 'x-amzn-errortype': exception },
          body: '{"error":"some_word","error_description":null}',
        })
        await assert.rejects(house.refresh())
        assert.equal(house.status().state, state)
        assert.match(house.status().reason, new RegExp(exception))
      })
    }
  })

  suite('credentials of a role', () => {
    test('P1 aws: the role it was added with, until the end of its own session', async () => {
      await signedIn()
      const { account, role, accessKeyId, sessionToken, expiresAt } = await house.role()
      assert.deepEqual([account, role], [AWS.account, 'ReadOnlyAccess'])
      assert.match(accessKeyId, /^ASIA/)
      assert.equal(Date.parse(expiresAt), house.clock.now() + 3_600_000)
      assert.equal((await house.role()).sessionToken, sessionToken)
      assert.equal(count(PORTAL), 1)
    })

    test('P1 aws: callers of one role share one question, and each role has its own', async () => {
      await signedIn()
      await Promise.all(Array.from({ length: 20 }, () => house.role()))
      assert.equal(count(PORTAL), 1)
      const deploy = await house.role({ role: 'Deploy' })
      assert.equal(Date.parse(deploy.expiresAt), house.clock.now() + 900_000)
      assert.equal(count(PORTAL), 2)
    })

    test('P1 aws: before SDKs ask again there are new ones', async () => {
      await signedIn()
      const first = await house.role()
      house.clock.jump(3_600_000 - ROLE_CREDENTIALS.leadMs)
      const second = await house.role()
      assert.notEqual(second.sessionToken, first.sessionToken)
      assert.ok(Date.parse(second.expiresAt) > Date.parse(first.expiresAt))
    })

    test('P1 aws: a policy beside the role is refused, as the portal knows none', async () => {
      await signedIn()
      const policy = 'arn:aws:iam::aws:policy/ReadOnlyAccess'
      const more = { account: '111122223333', role: 'ReadOnlyAccess', policy }
      await assert.rejects(house.role(more), { code: 'bad_request', field: 'query.policy' })
    })

    test('P1 aws: a role that is not assigned is refused with the words of AWS, and costs nothing else', async () => {
      await signedIn()
      await assert.rejects(house.role({ role: 'Admin' }), (error: unknown) => {
        assert.ok(error instanceof Refusal)
        assert.equal(error.code, 'provider_refused')
        assert.match(error.message, /no role Admin in account 111122223333 \(ForbiddenException: No access\)/)
        return true
      })
      assert.equal(house.status().state, 'active')
      await house.role()
    })

    test('P1 aws: an access token that the portal does not take is replaced, once', async () => {
      await signedIn()
      const { accessToken } = await house.lease()
      house.desk.endAccess(accessToken)
      await house.role()
      assert.equal(count(PORTAL), 2)
      assert.notEqual((await house.lease()).accessToken, accessToken)
    })

    test('P1 aws: with the session ended there, what is held serves to its end, and then a person is asked', async () => {
      await signedIn()
      const { accessToken } = await house.lease()
      const first = await house.role()
      house.desk.endGrantOf(accessToken)
      house.clock.jump(3_600_000 - ROLE_CREDENTIALS.leadMs)
      assert.equal((await house.role()).sessionToken, first.sessionToken)
      house.clock.jump(ROLE_CREDENTIALS.leadMs)
      await assert.rejects(house.role(), refusedAs('consent_required'))
    })

    test('P1 aws: what the portal cannot do now is tried again later', async () => {
      await signedIn()
      for (const answer of [
        { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' }, body: '{}' },
        { status: 503, headers: {}, body: 'busy' },
      ]) {
        const headers = { 'content-type': 'application/json', ...answer.headers }
        house.next(PORTAL, { ...answer, headers })
        await assert.rejects(house.role(), refusedAs('provider_unreachable'))
        assert.equal(house.status().state, 'active')
      }
      await house.role()
    })

    test('P1 aws: signed out, nothing that is held is handed out', async () => {
      await signedIn()
      await house.role()
      await house.signOut()
      await assert.rejects(house.role(), refusedAs('consent_required'))
    })

    test('P1 aws: each is in the record before it is handed out', async () => {
      await signedIn()
      await house.role()
      const [last] = house.audit.entries.slice(-1)
      assert.equal(last?.event, 'lease')
      assert.equal(last?.connection, 'work')
    })
  })

  suite('adding', () => {
    for (const [what, details, field] of [
      ['no region', {}, 'details.region'],
      ['a region that is none', { region: 'evil.example#' }, 'details.region'],
      ['an account that is none', { region: 'eu-central-1', account: '12' }, 'details.account'],
      ['what AWS does not know', { region: 'eu-central-1', color: 'red' }, 'details.color'],
    ] as const) {
      test(`P1 aws: ${what} is refused, naming it`, async () => {
        await assert.rejects(house.add('device', { details }), (error: unknown) => {
          assert.ok(error instanceof Refusal)
          assert.deepEqual([error.code, error.field], ['bad_request', field])
          return true
        })
        assert.equal(house.disk.connections.size, 0)
      })
    }
  })
})

const refusedAs = (code: string) => (error: unknown) => error instanceof Refusal && error.code === code
