import assert from 'node:assert/strict'
import { me } from '../fakes/brokerOnFakes.js'
import { oauthErrorOutcome } from '../fakes/scriptedAuthorizationServer.js'
import { figure } from '../figures.js'
import { seeded } from '../seed.js'
import { HANGING, longestGap, mostWithin, OFFLINE, Outage, type Attempt } from './outage.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const CONNECTIONS = 50
const OUTAGE_MS = 72 * HOUR
const ATTEMPTS_AN_HOUR = 30
const GREEN_MS = 60 * SECOND
const APART_MS = 5 * SECOND
const REQUESTS_A_SECOND = 5

const instants = (attempts: readonly Attempt[]): number[] => attempts.map(({ at }) => at)

/** The most attempts of one connection in any hour. */
const mostAnHour = (attempts: readonly Attempt[], names: readonly string[]): number =>
  Math.max(...names.map((name) => mostWithin(instants(attempts.filter((each) => each.name === name)), HOUR)))

/** When each was tried first. */
const firsts = (attempts: readonly Attempt[]): number[] =>
  instants(attempts.filter(({ name }, index) => attempts.findIndex((each) => each.name === name) === index))

suite('an outage', () => {
  test('K15 three days cost nothing, ask seldom, are told once, and end within a minute without a herd', async () => {
    const { seed, fraction } = seeded()
    console.log(`FOB_SEED=${seed}`)
    // All at the same moment: nothing but the product spreads them.
    const outage = await Outage.of(CONNECTIONS, fraction)
    const { house, names } = outage
    const before = names.map((name) => outage.refreshToken(name))
    house.events.length = 0
    house.audit.entries.length = 0
    outage.path = () => OFFLINE
    await house.clock.advance(OUTAGE_MS)

    assert.equal(outage.all('retrying').length, CONNECTIONS)
    const dropped = names.filter((name, number) => outage.refreshToken(name) !== before[number]).length
    const anHour = mostAnHour(outage.attempts, names)
    const told = house.events.filter(
      (event) => event.type === 'connection' && event.connection.state === 'retrying',
    ).length
    const lines = house.audit.lines().filter((line) => line === 'refresh transient').length

    outage.attempts.length = 0
    outage.path = () => undefined
    const greenMs = await outage.recovery(names, 2 * GREEN_MS)
    const apartMs = longestGap(firsts(outage.attempts))
    const herd = mostWithin(instants(outage.attempts), SECOND)

    figure('K15', { value: dropped, bar: '0 dropped', ok: dropped === 0, n: CONNECTIONS })
    figure('K15', {
      value: `${anHour} attempts in the busiest hour of a connection`,
      bar: ATTEMPTS_AN_HOUR,
      ok: anHour <= ATTEMPTS_AN_HOUR,
    })
    figure('K15', { value: told / CONNECTIONS, bar: '1 notice a connection', ok: told === CONNECTIONS })
    figure('K15', {
      value: `green ${(greenMs / SECOND).toFixed(1)} s after the network, first tries ${(apartMs / SECOND).toFixed(1)} s apart, ${herd} a second`,
      bar: `${GREEN_MS / SECOND} s, ${APART_MS / SECOND} s, ${REQUESTS_A_SECOND} a second`,
      ok: greenMs <= GREEN_MS && apartMs <= APART_MS && herd <= REQUESTS_A_SECOND,
    })
    assert.equal(dropped, 0)
    assert.ok(anHour <= ATTEMPTS_AN_HOUR)
    assert.equal(told, CONNECTIONS)
    assert.equal(lines, CONNECTIONS, 'the record repeats itself')
    assert.ok(greenMs <= GREEN_MS, `${greenMs} ms`)
    assert.ok(apartMs <= APART_MS, `${apartMs} ms`)
    assert.ok(herd <= REQUESTS_A_SECOND, `${herd} a second`)
    assert.equal(outage.attempts.length, CONNECTIONS, 'one try each is enough')
    assert.deepEqual(house.errors, [])
  })

  test('a server that hangs at the end of it keeps the connections of no other waiting', async () => {
    const { seed, fraction } = seeded()
    console.log(`FOB_SEED=${seed}`)
    const hangs = (name: string): boolean => Number(name.slice(1)) % 2 === 0
    const outage = await Outage.of(CONNECTIONS, fraction, {
      serverOf: (number) => (hangs(`c${number}`) ? 'https://hanging.test' : 'https://server.test'),
    })
    outage.path = () => OFFLINE
    await outage.house.clock.advance(8 * HOUR)
    outage.path = (name) => (hangs(name) ? HANGING : undefined)
    const others = outage.names.filter((name) => !hangs(name))
    assert.ok((await outage.recovery(others, GREEN_MS)) <= GREEN_MS)
    assert.equal(outage.all('active').length, others.length)
  })

  test('a connection that keeps failing at a busy server is not tried at each success of the others', async () => {
    const { seed, fraction } = seeded()
    console.log(`FOB_SEED=${seed}`)
    const outage = await Outage.of(CONNECTIONS, fraction, { apartMs: 72 * SECOND })
    const [sick = '', ...well] = outage.names
    outage.path = (name) => (name === sick ? oauthErrorOutcome('server_error', 500) : undefined)
    outage.attempts.length = 0
    await outage.house.clock.advance(8 * HOUR)
    assert.deepEqual(outage.all('retrying'), [sick])
    assert.ok(outage.attempts.length > well.length * 8, 'the others are refreshed all the time')
    const anHour = mostAnHour(outage.attempts, [sick])
    assert.ok(anHour <= ATTEMPTS_AN_HOUR, `${anHour} an hour`)
  })

  test('tokens that all end while the machine sleeps are renewed without a herd when it wakes', async () => {
    const { fraction } = seeded()
    const outage = await Outage.of(CONNECTIONS, fraction)
    outage.house.clock.jump(8 * HOUR)
    assert.ok((await outage.recovery(outage.names, GREEN_MS)) <= GREEN_MS)
    await outage.house.clock.advance(GREEN_MS)
    assert.equal(outage.attempts.length, CONNECTIONS)
    assert.ok(mostWithin(instants(outage.attempts), SECOND) <= REQUESTS_A_SECOND)
  })

  test('who needs an access token at the end of it does not wait for a turn', async () => {
    const { fraction } = seeded()
    const outage = await Outage.of(CONNECTIONS, fraction)
    const { clock, broker } = outage.house
    outage.path = () => OFFLINE
    await clock.advance(8 * HOUR)
    outage.path = () => undefined
    while (outage.all('active').length === 0) await clock.advance(100)
    const waiting = outage.all('retrying').at(-1) ?? assert.fail('nobody waits')
    const request = { connection: waiting, minValidityMs: 0, scopes: undefined, resource: undefined }
    const asked = clock.monotonic()
    const lease = await broker.lease(request, me)
    assert.equal(lease.generation, 2)
    assert.equal(clock.monotonic(), asked)
  })
})
