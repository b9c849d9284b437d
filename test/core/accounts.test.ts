/** Two connections at one provider, and whose each turns out to be. */
import assert from 'node:assert/strict'
import { ConnectionName, ProviderId } from '../../shared/contract/ids.js'
import { freeName } from '../../daemon/core/roster/accounts.js'
import { BrokerOnFakes, me, WORK } from '../fakes/brokerOnFakes.js'
import { refusedWith } from './refusedWith.js'

const HOME = ConnectionName.parse('home')
const GRACE = { id: 'grace', label: 'grace@example.test' }

suite('several accounts at one provider', () => {
  let house: BrokerOnFakes

  setup(async () => {
    house = await BrokerOnFakes.signedIn()
    await house.add({ name: HOME })
  })

  const lastEnd = () => {
    const ends = house.events.flatMap((event) => (event.type === 'consentEnded' ? [event] : []))
    return ends.at(-1) ?? assert.fail('no consent ended')
  }

  test('each connection keeps the account it was signed in with', async () => {
    house.server.account = GRACE
    const page = await house.signIn(HOME)
    assert.deepEqual(page, { kind: 'signedIn', connection: HOME, account: GRACE })
    assert.equal(lastEnd().message, '')
    assert.equal(house.status(WORK).account?.id, 'ada')
    assert.equal(house.status(HOME).account?.id, 'grace')
    house.server.account = { id: 'ada', label: 'ada@example.test' }
    await house.signIn(HOME)
    assert.equal(lastEnd().outcome, 'wrongAccount')
    assert.equal(house.status(HOME).account?.id, 'grace')
  })

  test('a second consent by the first account is told so plainly, in the browser and to who waits', async () => {
    const page = await house.signIn(HOME)
    const { outcome, message, fix } = lastEnd()
    assert.equal(outcome, 'granted')
    assert.match(message, /^home is signed in as ada@example\.test, and so is work; if you meant another/)
    assert.equal(fix, 'fob sign-out home')
    assert.ok(page.kind === 'signedIn' && page.warning === message)
    await house.broker.signOut(HOME, { forget: false, verify: false }, me)
    house.server.account = GRACE
    await house.signIn(HOME)
    assert.equal(house.status(HOME).account?.id, 'grace')
  })

  for (const [what, ends, revoked] of [
    ['are ended', undefined, 2],
    ['are let go where that would end the grant of the connection that account belongs to', true, 0],
  ] as const) {
    test(`tokens of the wrong account ${what}`, async () => {
      house = await BrokerOnFakes.signedIn(ends === undefined ? {} : { revocationEndsAll: ends })
      await house.add({ name: HOME })
      house.server.account = GRACE
      await house.signIn(HOME)
      assert.equal((await house.signIn(WORK)).kind, 'failed')
      await house.settle()
      assert.equal(house.server.on.revoke.count, revoked)
      assert.deepEqual([house.status(WORK).account?.id, house.status(HOME).account?.id], ['ada', 'grace'])
    })
  }

  test('signing out of one of two with the same account ends nothing there that the other needs', async () => {
    house = await BrokerOnFakes.signedIn({ revocationEndsAll: true })
    await house.add({ name: HOME })
    await house.signIn(HOME)
    const { left, revoked } = await house.broker.signOut(HOME, { forget: false, verify: false }, me)
    assert.deepEqual([revoked, house.server.on.revoke.count], [false, 0])
    assert.match(left, /would end work with it, .* sign out of work too$/)
    assert.equal((await house.broker.signOut(WORK, { forget: false, verify: false }, me)).revoked, true)
  })

  test('signing out of both at once ends both', async () => {
    house = await BrokerOnFakes.signedIn({ revocationEndsAll: true })
    await house.add({ name: HOME })
    await house.signIn(HOME)
    const signOut = (name: ConnectionName) => house.broker.signOut(name, { forget: false, verify: false }, me)
    const first = signOut(WORK)
    house.disk.beforeCommit = async ({ record }) => {
      if (record.definition.name === HOME) await first
    }
    const both = await Promise.all([first, signOut(HOME)])
    assert.deepEqual(
      both.map(({ left }) => left),
      ['', ''],
    )
  })

  test('tokens of an account that nobody else has are ended there too', async () => {
    house = await BrokerOnFakes.signedIn({ revocationEndsAll: true })
    house.server.account = GRACE
    await house.signIn(WORK)
    await house.settle()
    assert.equal(house.server.on.revoke.count, 2)
    assert.equal(house.status(WORK).account?.id, 'ada')
  })

  test('renewing the consent of the only one is not a second', async () => {
    await house.signIn(WORK)
    assert.equal(lastEnd().message, '')
  })

  test('the name of a provider that is taken comes with one that is free', async () => {
    const provider = ProviderId.parse('oidc')
    await house.add({ name: ConnectionName.parse('oidc'), provider })
    const again = house.add({ name: ConnectionName.parse('oidc'), provider })
    const { message } = await refusedWith('connection_exists', again)
    assert.match(message, /for another account there, add --name oidc-work$/)
    assert.equal(
      (await refusedWith('connection_exists', house.add())).message,
      'there is a connection work already',
    )
  })

  test('names run out into numbers', () => {
    const taken = new Set(['github-work', 'github-home', 'github-2'])
    assert.equal(
      freeName('github', () => false),
      'github-work',
    )
    assert.equal(
      freeName('github', (name) => taken.has(name)),
      'github-3',
    )
  })
})
