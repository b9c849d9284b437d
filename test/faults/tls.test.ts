/** The same over TLS: what breaks a handshake, a name or a certificate costs no refresh token. */
import assert from 'node:assert/strict'
import dns from 'node:dns'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { OUTBOUND_POLICY } from '../../daemon/adapters/network/outbound.js'
import { authorityCertificate, serverCertificate, serverKey } from '../adapters/oauth/certificates.js'
import { figure } from '../figures.js'
import { faultsOf } from '../history.js'
import { seeded } from '../seed.js'
import { PERSONALITIES, ToxicHouse } from './toxicHouse.js'
import { ToxicProxy, type Toxic } from './toxicProxy.js'

const FULL = process.env.FOB_TEST_FULL !== undefined
/** Cuts of each way; a connection has some two thousand bytes. */
const CUTS = FULL ? 1_000 : 30
/** Two tests wait for the whole time to connect. */
const HURRIED = { ...OUTBOUND_POLICY, connectMs: 1_500 }
/** The certificate is for this name, which no resolver knows. */
const NAME = 'server.test'

type Cut = Extract<Toxic, { kind: 'cut' }>
type Lookup = typeof dns.lookup

suite('a token endpoint over TLS that something spoils', function () {
  this.timeout(FULL ? 900_000 : 120_000)
  const { seed, fraction } = seeded()
  const lookup = dns.lookup
  let folder: string
  let house: ToxicHouse
  let tls: ToxicProxy
  let raw: ToxicProxy

  suiteSetup(async () => {
    folder = await mkdtemp(join(tmpdir(), 'fob-tls-'))
    await writeFile(join(folder, 'ca.pem'), authorityCertificate)
  })
  suiteTeardown(async () => {
    await rm(folder, { recursive: true, force: true })
    console.log(`FOB_SEED=${seed}`)
  })

  setup(async () => {
    resolving(found)
    house = await ToxicHouse.make(
      PERSONALITIES.strict,
      HURRIED,
      { noProxy: [], ca: join(folder, 'ca.pem') },
      async (port) => {
        tls = await ToxicProxy.before(port, { key: serverKey, cert: serverCertificate })
        raw = await ToxicProxy.before(tls.port)
        return `https://${NAME}:${raw.port}`
      },
    )
    await house.processed(1)
    raw.heal()
  })
  teardown(async () => {
    dns.lookup = lookup
    await house?.remove()
    await raw?.stop()
    await tls?.stop()
  })

  /** What the system's resolver does with the server's name from now on. */
  const resolving = (answer: (done: (error: NodeJS.ErrnoException | null) => void) => void): void => {
    const instead = (host: string, options: object, callback: (...words: unknown[]) => void): void => {
      if (host !== NAME) return void Reflect.apply(lookup, dns, [host, options, callback])
      const all = 'all' in options && options.all === true
      answer((error) => {
        if (error !== null) callback(error)
        else if (all) callback(null, [{ address: '127.0.0.1', family: 4 }])
        else callback(null, '127.0.0.1', 4)
      })
    }
    dns.lookup = Object.assign(instead, { __promisify__: lookup.__promisify__ }) as Lookup
  }
  const found = (done: (error: null) => void): void => void setImmediate(done, null)
  const failing = (code: string) => (done: (error: NodeJS.ErrnoException) => void) =>
    void setImmediate(done, Object.assign(new Error(code), { code }))

  /** Refreshes in vain, without the request having left: then nothing is in doubt. */
  const unsent = async (words: RegExp): Promise<void> => {
    const before = await house.lease()
    const refused = await house.refresh()
    assert.ok(refused.kind === 'refused')
    assert.equal(refused.refusal.code, 'provider_unreachable')
    assert.match(refused.refusal.message, words)
    assert.equal(house.status.state, 'retrying')
    assert.equal((await house.lease()).accessToken, before.accessToken)
    await house.processed(0)
  }

  test('K6 TLS cut after any byte: a strict server loses what its ledger says and nothing else', async () => {
    assert.equal((await house.refresh()).kind, 'ok')
    await house.processed(1)
    await house.lease()
    const { request, answer } = raw.passed[0] ?? assert.fail()
    const whole = house.proxy.passed.at(-1)?.request ?? assert.fail()
    const wrong: string[] = []
    const came = { unsent: 0, doubted: 0, lost: 0 }
    for (const [way, size] of [
      ['request', request],
      ['answer', answer],
    ] as const) {
      for (let count = 0; count < CUTS; count++) {
        const after = Math.floor(fraction() * size)
        const cut: Cut = { kind: 'cut', way, after, how: fraction() < 0.5 ? 'close' : 'reset' }
        const before = await house.lease()
        raw.heal()
        house.proxy.heal()
        raw.arm(cut)
        const first = await house.refresh()
        house.observed.push({ kind: 'cut', at: Date.now() })
        for (const proxy of [raw, tls, house.proxy]) await proxy.idle()
        const committed = await house.processed(house.proxy.passed.at(-1)?.request === whole ? 1 : 0)
        const where = `${cut.how} after byte ${after} of ${size} of the ${way}`
        // Its last bytes may be no more than the farewell of TLS.
        if (first.kind === 'ok') {
          await house.lease()
          if (committed === 0) wrong.push(where)
          continue
        }
        assert.equal((await house.lease()).accessToken, before.accessToken)
        const doubted = house.status.state === 'inDoubt'
        assert.ok(doubted || house.status.state === 'retrying', house.status.state)
        came[doubted ? 'doubted' : 'unsent'] += 1
        const lost = await house.recovered(before)
        if (lost) came.lost += 1
        if (lost !== committed > 0 || (lost && !doubted)) wrong.push(where)
      }
    }
    const faults = faultsOf(house.observed, house.requests)
    console.log(`over TLS: ${request} bytes asked, ${answer} answered: ${JSON.stringify(came)}`)
    const bar = '0 losses that differ from the ledger'
    figure('K6', { value: wrong.length, bar, ok: wrong.length + faults.length === 0, n: CUTS * 2 })
    assert.deepEqual(wrong, [])
    assert.deepEqual(faults, [])
    assert.deepEqual(house.defects, [])
    assert.ok(came.unsent > 0 && came.doubted > 0 && came.lost > 0, JSON.stringify(came))
  })

  test('K6 garbage where a handshake should be is unreachable, and costs nothing', async () => {
    const garbage = [
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      Buffer.from('15030100020228', 'hex'),
      Buffer.alloc(600, 0x5a),
    ]
    for (const answer of garbage) {
      raw.arm({ kind: 'instead', answer, heard: false })
      await unsent(/server\.test/)
    }
    assert.equal((await house.refresh()).kind, 'ok')
  })

  test('K6 a handshake that hangs ends with the time to connect, and costs nothing', async () => {
    raw.arm({ kind: 'hang', way: 'answer', after: 50 })
    await unsent(/did not accept a connection in time/)
    raw.heal()
    assert.equal((await house.refresh()).kind, 'ok')
  })

  test('K6 a name that is not found, not now or never answered for costs nothing, and works once it is', async () => {
    resolving(failing('ENOTFOUND'))
    await unsent(/its name cannot be resolved/)
    resolving(failing('EAI_AGAIN'))
    await unsent(/its name cannot be resolved right now/)
    resolving(() => undefined)
    await unsent(/did not accept a connection in time/)
    resolving(found)
    assert.equal((await house.refresh()).kind, 'ok')
  })
})
