/** The connection to the server ends after each byte of a token request and of its answer. */
import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { faultsOf } from '../history.js'
import { seeded } from '../seed.js'
import { PERSONALITIES, ToxicHouse } from './toxicHouse.js'
import type { Toxic } from './toxicProxy.js'

const FULL = process.env.FOB_TEST_FULL !== undefined
/** Every so many bytes, from a phase that the seed gives; closest at a strict server, which forgives none. */
const STRIDES = FULL ? { strict: 1, graceUntold: 1, grace: 1 } : { strict: 2, graceUntold: 4, grace: 4 }
/** Politely, by a reset, or either as the seed says. */
const ENDS = FULL ? (['close', 'reset'] as const) : (['either'] as const)

type Cut = Extract<Toxic, { kind: 'cut' }>

/** What one spoilt rotation came to. */
interface Round {
  readonly committed: boolean
  readonly lost: boolean
}

suite('a connection to the server that ends anywhere', function () {
  this.timeout(FULL ? 1_800_000 : 120_000)
  const { seed, fraction } = seeded()
  let house: ToxicHouse
  let size: { request: number; answer: number }

  suiteTeardown(() => console.log(`FOB_SEED=${seed}`))
  teardown(() => house?.remove())

  const begin = async (personality: keyof typeof PERSONALITIES): Promise<void> => {
    house = await ToxicHouse.make(PERSONALITIES[personality])
    await house.lease()
    await house.processed(1)
    house.proxy.heal()
    assert.deepEqual(await house.refresh(), { kind: 'ok' })
    await house.lease()
    await house.processed(1)
    const [passed] = house.proxy.passed
    assert.ok(passed)
    size = { request: passed.request, answer: passed.answer }
  }

  const isHeard = ({ way, after }: Cut): boolean => way === 'answer' || after === size.request
  const isReadable = ({ way, after }: Cut): boolean => way === 'answer' && after === size.answer

  const spoilt = async (cut: Cut, personality: keyof typeof PERSONALITIES): Promise<Round> => {
    const before = await house.lease()
    house.proxy.heal()
    house.proxy.arm(cut)
    const first = await house.refresh()
    house.observed.push({
      kind: 'cut',
      at: house.proxy.passed[0]?.spoiltAt ?? assert.fail('nothing was cut'),
    })
    // A connection that ends at once may be seen to have ended before anything was sent.
    const unsent = first.kind === 'refused' && first.refusal.code === 'provider_unreachable'
    assert.ok(!unsent || (cut.way === 'request' && cut.after === 0), 'the request had left')
    // Where fob knows of the grace it has asked again already; else nothing is sent twice unless it is needed.
    const repeated = personality === 'grace' && !unsent && !isReadable(cut) ? 1 : 0
    const committed = await house.processed((isHeard(cut) ? 1 : 0) + repeated)
    if (first.kind === 'ok') {
      await house.lease()
      return { committed: committed > 0, lost: false }
    }
    const { code, fix } = first.refusal
    assert.equal(code, unsent ? 'provider_unreachable' : 'retry_later')
    assert.equal(house.status.state, unsent ? 'retrying' : 'inDoubt')
    assert.equal(fix, `fob refresh ${house.name}`)
    assert.equal((await house.lease()).accessToken, before.accessToken, 'what still works is served')
    const lost = await house.recovered(before)
    return { committed: committed > 0, lost }
  }

  const sweep = async (personality: keyof typeof PERSONALITIES): Promise<void> => {
    const strict = personality === 'strict'
    await begin(personality)
    const wrong: string[] = []
    let rounds = 0
    let lost = 0
    for (const cut of cuts(STRIDES[personality])) {
      const where = `${cut.how} after byte ${cut.after} of ${size[cut.way]} of the ${cut.way}`
      const round = await spoilt(cut, personality).catch((cause: unknown) => {
        throw new Error(where, { cause })
      })
      if (round.lost !== (strict && round.committed && !isReadable(cut))) wrong.push(where)
      if (round.lost) lost += 1
      rounds += 1
    }
    const faults = faultsOf(house.observed, house.requests)
    console.log(
      `${personality}: ${size.request} bytes asked, ${size.answer} answered, every ${STRIDES[personality]}; ${lost} of ${rounds} lost`,
    )
    const bar = strict ? '0 losses that differ from the ledger' : '0 lost'
    figure('K6', { value: wrong.length, bar, ok: wrong.length + faults.length === 0, n: rounds })
    assert.deepEqual(wrong, [])
    assert.deepEqual(faults, [])
    assert.deepEqual(house.defects, [])
    if (strict) assert.ok(lost > 0, 'nothing was lost, so nothing was proven')
    else assert.equal(lost, 0)
  }

  function* cuts(stride: number): Generator<Cut> {
    const phase = Math.floor(fraction() * stride)
    for (const way of ['request', 'answer'] as const) {
      for (let after = 0; after <= size[way]; after++) {
        // The first and the last always.
        if (after > 0 && after < size[way] - 1 && after % stride !== phase) continue
        for (const end of ENDS) {
          const how = end === 'either' ? (fraction() < 0.5 ? 'close' : 'reset') : end
          yield { kind: 'cut', way, after, how }
        }
      }
    }
  }

  test('K6 cut after any byte, a server with a grace loses nothing', () => sweep('grace'))
  test('K6 cut after any byte, a grace that fob was not told of loses nothing', () => sweep('graceUntold'))
  test('K6 cut after any byte, a strict server loses what its ledger says and nothing else', () =>
    sweep('strict'))
})
