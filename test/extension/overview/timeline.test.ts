import assert from 'node:assert/strict'
import { KnownRecord } from '../../../extension/overview/record.js'
import { timelineOf, type Item, type Row, type Seen } from '../../../extension/overview/timeline.js'
import { clockTime } from '../../../extension/wording/times.js'
import { entry } from '../entries.js'
import { connection, inMs, NOW } from '../statuses.js'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Where now is. */
const NOW_X = 80

const timeline = (seen: Partial<Seen>) =>
  timelineOf({ connections: [connection()], entries: [], readSince: undefined, reach: 12, now: NOW, ...seen })

function rowOf(seen: Partial<Seen>): Row {
  const [row] = timeline(seen).rows
  assert.ok(row)
  return row
}

const kinds = (items: readonly Item[]): string[] => items.map(({ kind }) => kind)
const itemOf = (row: Row, kind: Item['kind']): Item => {
  const found = row.items.find((item) => item.kind === kind)
  assert.ok(found, `there is no ${kind}`)
  return found
}

suite('the overview’s timeline', () => {
  test('what happened half the reach ago stands half-way between the left end and now', () => {
    const row = rowOf({ entries: [entry('refresh', -6 * HOUR, { by: null })] })
    assert.equal(itemOf(row, 'refresh').x, NOW_X / 2)
    const far = rowOf({ entries: [entry('refresh', -6 * HOUR, { by: null })], reach: 24 })
    assert.equal(itemOf(far, 'refresh').x, (NOW_X * 3) / 4)
  })

  test('what is older than the reach has no mark, and still says how things stood', () => {
    const row = rowOf({ entries: [entry('refresh', -13 * HOUR, { by: null })] })
    assert.deepEqual(kinds(row.items), ['expiry'])
    assert.deepEqual(row.bands, [{ kind: 'signedIn', x: 0, width: NOW_X }])
  })

  test('the coming expiry stands ahead of now, and says that fob renews before', () => {
    const expiry = itemOf(rowOf({}), 'expiry')
    assert.ok(expiry.x > NOW_X && expiry.x < 100)
    assert.equal(
      expiry.label,
      `${clockTime(NOW + 43 * MINUTE)} the access token expires in 43 min; fob renews it before`,
    )
  })

  test('an expiry beyond the track is at its end, and says how far it is', () => {
    const expiry = itemOf(rowOf({ connections: [connection({ expiresAt: inMs(80 * HOUR) })] }), 'expiry')
    assert.deepEqual(expiry, {
      key: 'expiry',
      kind: 'expiry',
      x: 100,
      beyond: true,
      time: 'in 3 days',
      label: 'the access token expires in 3 days; fob renews it before',
    })
  })

  test('an access token that has expired, or never does, has no expiry ahead', () => {
    assert.deepEqual(rowOf({ connections: [connection({ expiresAt: inMs(-1) })] }).items, [])
    assert.deepEqual(rowOf({ connections: [connection({ expiresAt: null })] }).items, [])
  })

  test('a failed refresh opens a gap that ends with the next one that succeeds', () => {
    const row = rowOf({
      entries: [
        entry('signIn', -9 * HOUR),
        entry('refresh', -6 * HOUR, { by: null, outcome: 'transient' }),
        entry('lease', -5 * HOUR),
        entry('refresh', -3 * HOUR, { by: null }),
      ],
    })
    assert.deepEqual(row.bands, [
      { kind: 'signedIn', x: 20, width: 20 },
      { kind: 'gap', x: 40, width: 20 },
      { kind: 'signedIn', x: 60, width: 20 },
    ])
    assert.deepEqual(kinds(row.items), ['signIn', 'failure', 'uses', 'refresh', 'expiry'])
    assert.match(itemOf(row, 'failure').label, /refresh failed: the provider could not be reached/)
    assert.equal(row.counts, '1 refresh, 1 failure, 1 access token handed out')
  })

  test('nothing is drawn while nobody was signed in', () => {
    const signedOut = connection({ state: 'signedOut', generation: 0, expiresAt: null })
    assert.deepEqual(rowOf({ connections: [signedOut] }).bands, [])
    const row = rowOf({
      connections: [signedOut],
      entries: [
        entry('signIn', -9 * HOUR),
        entry('signOut', -6 * HOUR),
        entry('signIn', -3 * HOUR, { outcome: 'denied' }),
      ],
    })
    assert.deepEqual(row.bands, [{ kind: 'signedIn', x: 20, width: 20 }])
    assert.match(itemOf(row, 'failure').label, /sign-in failed: consent was denied/)
  })

  test('without any record a connection that needs a person shows a gap, not calm', () => {
    const row = rowOf({ connections: [connection({ state: 'consentRequired', expiresAt: null })] })
    assert.deepEqual(row.bands, [{ kind: 'gap', x: 0, width: NOW_X }])
    assert.deepEqual([row.mood, row.needsSignIn], ['trouble', true])
  })

  test('access tokens handed out within a quarter of an hour are one bar that names the programs', () => {
    const at = -2 * HOUR
    const row = rowOf({
      entries: [
        ...[0, 1, 2].map((minute) => entry('lease', at + minute * MINUTE)),
        entry('lease', at + 5 * MINUTE, { by: '/usr/bin/curl' }),
        entry('lease', -30 * MINUTE, { by: null }),
        entry('lease', -30 * MINUTE, { outcome: 'store_unwritable' }),
      ],
    })
    const bars = row.items.filter(({ kind }) => kind === 'uses')
    assert.deepEqual(
      bars.map(({ label }) => label.replace(/^\S+ /, '')),
      ['4 access tokens handed out: git 3, curl 1', '1 access token handed out: unknown program 1'],
    )
    assert.equal(row.counts, '5 access tokens handed out')
  })

  test('the busiest bar of all connections is the highest, and a single use can still be seen beside a thousand', () => {
    const play = connection({ name: 'play' })
    const many = Array.from({ length: 1_000 }, (_, at) => entry('lease', -2 * HOUR + at * 500))
    const { rows } = timeline({
      connections: [connection(), play],
      entries: [...many, entry('lease', -2 * HOUR, { connection: 'play' })],
    })
    const [low, high] = rows.map((row) => itemOf(row, 'uses')).map((item) => 'height' in item && item.height)
    assert.equal(high, 1)
    assert.equal(low, 0.1)
  })

  test('marks of one kind that would lie on each other are one, and those of two kinds are two', () => {
    const row = rowOf({
      entries: [
        entry('refresh', -60 * MINUTE, { by: '/usr/bin/node' }),
        entry('reject', -59 * MINUTE),
        entry('refresh', -58 * MINUTE, { by: '/usr/bin/node' }),
        entry('refusal', -20 * MINUTE, { outcome: 'refused_by_policy', by: '/usr/bin/node' }),
      ],
    })
    assert.deepEqual(kinds(row.items), ['reject', 'refresh', 'refusal', 'expiry'])
    assert.match(itemOf(row, 'refresh').label, /^\d\d:\d\d–\d\d:\d\d refreshed \(asked by node\), 2 times$/)
    assert.match(itemOf(row, 'reject').label, /git said that its access token does not work$/)
    assert.match(itemOf(row, 'refusal').label, /node was refused: a rule says no$/)
  })

  test('items stand in the order of their places, which is the order the arrow keys go', () => {
    const row = rowOf({
      entries: [entry('lease', -1 * HOUR), entry('refresh', -5 * HOUR), entry('signIn', -11 * HOUR)],
    })
    const places = row.items.map(({ x }) => x)
    assert.deepEqual(
      places,
      [...places].sort((a, b) => a - b),
    )
  })

  test('a failure lies on top of the refusal it caused at the same moment', () => {
    const row = rowOf({
      entries: [
        entry('refresh', -HOUR, { outcome: 'permanent' }),
        entry('refusal', -HOUR + 1, { outcome: 'consent_required' }),
      ],
    })
    assert.deepEqual(kinds(row.items), ['refusal', 'failure', 'expiry'])
    assert.match(itemOf(row, 'refusal').label, /git was refused: you have to sign in first$/)
  })

  test('rows come worst first, and other connections’ lines are not theirs', () => {
    const { rows } = timeline({
      connections: [connection(), connection({ name: 'play', state: 'blocked', reason: 'no client' })],
      entries: [entry('refresh', -HOUR)],
    })
    assert.deepEqual(
      rows.map(({ name, counts }) => [name, counts]),
      [
        ['play', 'no refresh, no access token handed out'],
        ['work', '1 refresh'],
      ],
    )
  })

  test('the axis has full hours, and none where the word now stands or the window ends', () => {
    const { ticks } = timeline({})
    assert.ok(ticks.length >= 6 && ticks.length <= 8, `${ticks.length} ticks`)
    for (const { x, label } of ticks) {
      assert.equal(label === '', Math.abs(x - NOW_X) < 5 || x > 97)
      if (label !== '') assert.match(label, /^\d\d:00$/)
    }
  })
})

suite('what the overview knows of the record', () => {
  const timesIn = ({ entries }: KnownRecord): string[] => entries.map(({ time }) => time)

  test('is everything when no answer was full, and says since when it knows otherwise', () => {
    const answers = [[entry('lease', -3), entry('lease', -1)], [entry('lease', -2, { connection: 'play' })]]
    const known = new KnownRecord()
    known.wasRead(answers, 3)
    assert.deepEqual([timesIn(known), known.since], [[inMs(-3), inMs(-2), inMs(-1)], undefined])
    known.wasRead(answers, 2)
    assert.equal(known.since, NOW - 3)
    assert.equal(timeline({ readSince: NOW - HOUR }).readSince, NOW - HOUR)
    assert.equal(timeline({ readSince: NOW - 13 * HOUR }).readSince, undefined)
  })

  test('grows with each event, and of too many lets go of the older half', () => {
    const known = new KnownRecord()
    known.wasRead([[entry('lease', -3), entry('lease', -2)]])
    known.add(entry('lease', -1), 1)
    assert.deepEqual([timesIn(known), known.since], [[inMs(-1)], NOW - 1])
  })
})
