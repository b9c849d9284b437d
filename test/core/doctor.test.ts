import assert from 'node:assert/strict'
import { CONSENT } from '../../daemon/core/consent/consentFlows.js'
import { DOCTOR } from '../../daemon/core/doctor/doctor.js'
import type { Outcome } from '../../daemon/core/outcome.js'
import type { Trial } from '../../daemon/core/providerPorts.js'
import type { Finding, Matter } from '../../shared/contract/doctor.js'
import { Scope } from '../../shared/contract/ids.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome, tokensOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { refusedWith } from './refusedWith.js'

const findings = async (house: BrokerOnFakes, named = false): Promise<Finding[]> =>
  (await house.broker.diagnose(named ? WORK : undefined)).findings

/** The one finding there is. */
async function only(house: BrokerOnFakes, matter: Matter): Promise<Finding> {
  const all = await findings(house)
  assert.deepEqual(
    all.map((finding) => finding.matter),
    [matter],
    JSON.stringify(all),
  )
  return all[0] ?? assert.fail()
}

async function refreshing(house: BrokerOnFakes, outcome: Outcome): Promise<void> {
  house.server.on.refresh.answers(outcome)
  await house.broker.refresh(WORK, me).catch(() => undefined)
}

suite('the doctor', () => {
  test('finds nothing wrong with a connection that works', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { findings: found, checked } = await house.broker.diagnose(undefined)
    assert.deepEqual(found, [])
    assert.deepEqual(checked, ['the vault', 'the connection work'])
  })

  test('of a name it knows nothing of it says so, with the nearest', async () => {
    const house = await BrokerOnFakes.signedIn()
    const { message } = await refusedWith('unknown_connection', house.broker.diagnose('wrok' as typeof WORK))
    assert.match(message, /did you mean work/)
  })

  test('who signed out meant it, unless the question is about this one', async () => {
    const house = await BrokerOnFakes.signedIn()
    await house.broker.signOut(WORK, { forget: false, verify: false }, me)
    assert.equal((await only(house, 'consent')).urgency, 'note')
    const [asked] = await findings(house, true)
    assert.equal(asked?.urgency, 'person')
    assert.deepEqual(asked?.fix, { kind: 'run', command: 'fob sign-in work' })
  })

  test('what a refresh met is told until it goes well, also after a restart', async () => {
    const house = await BrokerOnFakes.signedIn()
    await refreshing(house, oauthErrorOutcome('invalid_client', 401))
    house.restart()
    await house.settle()
    const finding = await only(house, 'client')
    assert.equal(finding.urgency, 'person')
    assert.match(finding.evidence.join('\n'), /answered 401 invalid_client\n.*client id is client/)
    assert.deepEqual(finding.fix, { kind: 'run', command: 'fob provider set-secret work' })
    await house.broker.refresh(WORK, me)
    assert.deepEqual(await findings(house), [])
    house.restart()
    await house.settle()
    assert.deepEqual(await findings(house), [])
  })

  test('an error nobody knows is quoted, and the way that its state asks for is named', async () => {
    const house = await BrokerOnFakes.signedIn()
    await refreshing(house, oauthErrorOutcome('flux_capacitor_empty'))
    const { evidence, fix } = await only(house, 'provider')
    assert.match(evidence[0] ?? '', /answered 400 flux_capacitor_empty$/)
    assert.deepEqual(fix, { kind: 'run', command: 'fob sign-in work' })
  })

  test('a browser that does not come back means a redirect URI to look at: what was sent, and where to register it', async () => {
    const house = new BrokerOnFakes({ registration: 'https://server.test/apps' })
    await house.add()
    await house.beginCode()
    await house.clock.advance(CONSENT.deadlineMs + 30_000)
    const { evidence, fix, urgency } = await only(house, 'redirect')
    assert.equal(urgency, 'person')
    assert.match(evidence.join('\n'), /fob sent http:\/\/127\.0\.0\.1:5000\/callback/)
    assert.ok(fix.kind === 'open' && fix.place === 'https://server.test/apps')
    assert.match(fix.todo, /register http:\/\/127\.0\.0\.1\/callback for the client client/)
  })

  test('another account than the one of before is named', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.server.account = { id: 'eve', label: 'eve@example.test' }
    await house.signIn()
    const { evidence, urgency } = await only(house, 'account')
    assert.match(evidence.join('\n'), /eve@example\.test.*ada@example\.test/)
    assert.equal(urgency, 'note', 'the grant of before still works')
  })

  const onTheWay: readonly (readonly [Outcome, Matter, Finding['urgency'], RegExp])[] = [
    [{ kind: 'unreachable', reason: 'no route', matter: 'network' }, 'network', 'wait', /wait/],
    [
      { kind: 'unreachable', reason: 'the proxy says no', matter: 'proxy' },
      'proxy',
      'person',
      /network\.proxy/,
    ],
    [{ kind: 'unreachable', reason: 'signed by "Corp"', matter: 'trust' }, 'trust', 'person', /network\.ca/],
    [{ kind: 'unreachable', reason: 'not valid yet', matter: 'clock' }, 'clock', 'person', /timedatectl/],
    [{ kind: 'unanswered', reason: 'did not answer in time' }, 'network', 'wait', /wait/],
    [
      { kind: 'notOAuth', status: 200, contentType: 'text/html', retryAfterMs: undefined },
      'network',
      'note',
      /sign in to the network/,
    ],
    [
      { kind: 'notOAuth', status: 502, contentType: 'text/html', retryAfterMs: undefined },
      'provider',
      'wait',
      /wait/,
    ],
    [{ kind: 'untrusted', reason: 'wrong issuer' }, 'provider', 'person', /fob sign-in work/],
  ]
  for (const [outcome, matter, urgency, fix] of onTheWay) {
    const about = 'reason' in outcome ? outcome.reason : outcome.kind === 'notOAuth' ? outcome.status : ''
    test(`${outcome.kind} (${about}) is about ${matter}`, async () => {
      const house = await BrokerOnFakes.signedIn()
      await refreshing(house, outcome)
      const finding = await only(house, matter)
      assert.equal(finding.urgency, urgency)
      assert.match(JSON.stringify(finding.fix), fix)
    })
  }

  test('a clock that is off is told by how much, and needs a person once it does harm', async () => {
    const house = await BrokerOnFakes.signedIn()
    const asked: string[] = []
    let aheadMs = 0
    house.look = { ...house.look, aheadMs: (origin) => (asked.push(origin), aheadMs) }
    assert.deepEqual(await findings(house), [])
    aheadMs = DOCTOR.skewMs
    assert.equal((await only(house, 'clock')).urgency, 'note')
    aheadMs = -DOCTOR.harmfulSkewMs
    const { urgency, what } = await only(house, 'clock')
    assert.equal(urgency, 'person')
    assert.equal(what, 'the clock of this machine is 300 s ahead of that of server.test')
    assert.deepEqual([...new Set(asked)], ['https://server.test'])
  })

  test('a locked vault comes first, and hides no connection as unknown', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.disk.locked = true
    house.restart()
    await house.settle()
    const finding = await only(house, 'vault')
    assert.deepEqual(finding.fix, { kind: 'run', command: 'fob vault unlock' })
    assert.equal((await findings(house, true))[0]?.matter, 'vault')
  })

  test('a disk that takes nothing is named, not the provider', async () => {
    const house = await BrokerOnFakes.signedIn()
    house.disk.full = true
    await house.broker.refresh(WORK, me).catch(() => undefined)
    assert.equal((await only(house, 'disk')).urgency, 'person')
  })

  test('scopes that were asked for and not granted are listed; those that servers never name are not', async () => {
    const house = new BrokerOnFakes()
    await house.add({
      scopes: ['openid', 'offline_access', 'read', 'write'].map((text) => Scope.parse(text)),
    })
    house.server.on.redeemCode.answers(tokensOutcome({ refreshToken: 'r', scopes: [Scope.parse('read')] }))
    await house.signIn()
    const { evidence, urgency } = await only(house, 'scopes')
    assert.deepEqual(evidence.at(-1), 'missing: write')
    assert.equal(urgency, 'note')
  })

  test('a pretended trouble is told with what it shows, and as what it is', async () => {
    const house = await BrokerOnFakes.signedIn()
    const simulation = { connection: WORK, kind: 'revoke', seconds: 60, really: false } as const
    await house.broker.simulate({ action: 'start', ...simulation }, me)
    const all = await findings(house)
    assert.deepEqual(
      all.map(({ matter, urgency }) => [matter, urgency]),
      [
        ['grant', 'person'],
        ['simulation', 'note'],
      ],
    )
    assert.deepEqual(all[1]?.fix, { kind: 'run', command: 'fob simulate work stop' })
    await house.broker.simulate({ action: 'stop', connection: WORK }, me)
    assert.deepEqual(await findings(house), [])
  })

  test('an access token that ends for good is told ahead', async () => {
    const house = new BrokerOnFakes()
    await house.add()
    house.server.givesRefreshTokens = false
    await house.signIn()
    assert.match((await only(house, 'grant')).what, /then needs a person: the provider gave no refresh token/)
  })
})

suite('the doctor tries access tokens', () => {
  async function tried(trial: Trial): Promise<{ house: BrokerOnFakes; count: () => number }> {
    const house = new BrokerOnFakes({ trial: { path: '/orgs', approval: 'x-sso' } })
    house.server.on.pin.answers({
      server: {
        issuer: 'https://server.test',
        endpoints: {
          authorization_endpoint: 'https://server.test/authorize',
          token_endpoint: 'https://server.test/token',
          userinfo_endpoint: 'https://server.test/me',
        },
        jwksUri: undefined,
        promisesIss: false,
        idTokenAlgorithms: [],
      },
      authentication: 'none',
    })
    await house.add({ scopes: ['openid', 'read'].map((text) => Scope.parse(text)) })
    await house.signIn()
    let count = 0
    house.look = { ...house.look, tryAccessToken: async () => ((count += 1), trial) }
    return { house, count: () => count }
  }

  const url = 'https://server.test/me/orgs'

  test('one that works is no finding, and is asked about at most twice a minute', async () => {
    const { house, count } = await tried({ kind: 'works', url, approval: '' })
    const { findings: found, checked } = await house.broker.diagnose(undefined)
    assert.deepEqual(found, [])
    assert.ok(checked.includes('the access token of work, at its provider'))
    await findings(house)
    assert.equal(count(), 1)
    await house.clock.advance(DOCTOR.trialForMs)
    await findings(house)
    assert.equal(count(), 2)
  })

  test('a 401 for one that is fresh needs a person', async () => {
    const { house } = await tried({
      kind: 'refused',
      url,
      status: 401,
      word: 'nope',
      said: 'nope',
      approval: '',
    })
    const { urgency, evidence } = await only(house, 'accessToken')
    assert.equal(urgency, 'person')
    assert.match(evidence[0] ?? '', /\/me\/orgs answered 401 nope/)
  })

  test('an organisation that has not approved is told by its header', async () => {
    const { house } = await tried({ kind: 'works', url, approval: 'partial' })
    const { urgency, evidence } = await only(house, 'policy')
    assert.equal(urgency, 'note')
    assert.match(evidence[0] ?? '', /header x-sso: partial/)
  })

  test('no answer is no finding', async () => {
    const { house } = await tried({ kind: 'unknown' })
    assert.deepEqual(await findings(house), [])
  })
})
