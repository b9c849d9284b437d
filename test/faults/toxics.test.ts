/** What stands between fob and a server, and spoils a rotation in other ways than by a clean cut. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { OUTBOUND_POLICY } from '../../daemon/adapters/network/outbound.js'
import { figure } from '../figures.js'
import { faultsOf } from '../history.js'
import { PERSONALITIES, ToxicHouse } from './toxicHouse.js'
import type { Toxic } from './toxicProxy.js'

/** What hangs is waited for to the end, so not for long; servers here answer within some 10 ms. Milliseconds. */
const HURRIED_MS = 600

const page = (status: string, more = ''): string => {
  const html = '<html><body>Accept the terms to use the Wi-Fi. {"error":"invalid_grant"}</body></html>'
  return `HTTP/1.1 ${status}\r\nContent-Type: text/html\r\n${more}Content-Length: ${html.length}\r\n\r\n${html}`
}

const edited = (edit: (text: string) => string): Toxic => ({
  kind: 'altered',
  alter: (answer) => Buffer.from(edit(answer.toString('latin1')), 'latin1'),
})

const lengthened = (by: number): Toxic =>
  edited((text) =>
    text.replace(/^(content-length: )(\d+)/im, (_, name: string, length) => `${name}${Number(length) + by}`),
  )

const portal = (answer: string | Buffer, heard = false): Toxic => ({ kind: 'instead', answer, heard })
const hang = (way: 'request' | 'answer', after: number): Toxic => ({ kind: 'hang', way, after })

/** A fatal alert in the clear, as a TLS port gives to plain HTTP, and a handshake nobody asked for. */
const ALERT = Buffer.from('15030100020228', 'hex')
const HANDSHAKE = Buffer.from(`160303007a${'5a'.repeat(122)}`, 'hex')

interface Row {
  readonly what: string
  readonly toxic: Toxic
  /** Whether fob gives up waiting. */
  readonly hangs: boolean
  /** Whether the server got the whole request, and fob an answer it can read. */
  readonly heard: boolean
  readonly readable: boolean
}

const unheard = { hangs: false, heard: false, readable: false } as const
const unread = { hangs: false, heard: true, readable: false } as const
const read = { hangs: false, heard: true, readable: true } as const

const rows: readonly Row[] = [
  { what: 'a server that accepts and reads nothing', toxic: hang('request', 0), ...unheard, hangs: true },
  { what: 'silence in the middle of the request', toxic: hang('request', 100), ...unheard, hangs: true },
  { what: 'silence after the request', toxic: hang('answer', 0), ...unread, hangs: true },
  { what: 'silence within the head of the answer', toxic: hang('answer', 60), ...unread, hangs: true },
  { what: 'silence within the body of the answer', toxic: hang('answer', 400), ...unread, hangs: true },
  {
    what: 'an answer that drips for too long',
    toxic: { kind: 'drip', bytes: 1, everyMs: 20 },
    ...unread,
    hangs: true,
  },
  ...['200 OK', '404 Not Found', '403 Forbidden', '511 Network Authentication Required', '503 Busy'].map(
    (status): Row => ({ what: `a portal's page, ${status}`, toxic: portal(page(status)), ...unheard }),
  ),
  {
    what: "a portal's redirect",
    toxic: portal(page('302 Found', 'Location: http://127.0.0.1:9/login\r\n')),
    ...unheard,
  },
  { what: 'a page in place of the answer', toxic: portal(page('200 OK'), true), ...unread },
  { what: 'a gateway that gave up', toxic: portal(page('502 Bad Gateway'), true), ...unread },
  { what: 'a TLS alert', toxic: portal(ALERT), ...unheard },
  { what: 'a TLS handshake', toxic: portal(HANDSHAKE), ...unheard },
  { what: 'garbage in place of the answer', toxic: portal(HANDSHAKE, true), ...unread },
  { what: 'an empty answer', toxic: portal(Buffer.alloc(0), true), ...unread },
  { what: 'a length that promises more', toxic: lengthened(1), ...unread, hangs: true },
  { what: 'a length that promises less', toxic: lengthened(-1), ...unread },
  {
    what: 'two lengths',
    toxic: edited((text) => text.replace('\r\n\r\n', '\r\nContent-Length: 3\r\n\r\n')),
    ...unread,
  },
  {
    what: 'a body that is called compressed',
    toxic: edited((text) => text.replace(/json/, 'gzip')),
    ...unread,
  },
  { what: 'a duplicate answer', toxic: edited((text) => text + text), ...read },
  {
    what: 'a hint before the answer',
    toxic: edited(
      (text) => `HTTP/1.1 103 Early Hints\r\nContent-Type: text/html\r\nLink: </a>\r\n\r\n${text}`,
    ),
    ...read,
  },
  { what: 'an answer that takes its time', toxic: { kind: 'drip', bytes: 20, everyMs: 5 }, ...read },
]

suite('a rotation that something spoils', function () {
  this.timeout(120_000)
  const policy = { ...OUTBOUND_POLICY }
  let house: ToxicHouse
  teardown(() => house?.remove())

  const begin = async (personality: keyof typeof PERSONALITIES): Promise<void> => {
    house = await ToxicHouse.make(PERSONALITIES[personality], policy)
    await house.processed(1)
    house.proxy.heal()
  }

  /** Whether the connection was lost. */
  const spoilt = async ({ toxic, hangs, heard, readable }: Row): Promise<boolean> => {
    const before = await house.lease()
    policy.exchangeMs = hangs ? HURRIED_MS : OUTBOUND_POLICY.exchangeMs
    house.proxy.arm(toxic)
    const first = await house.refresh()
    house.observed.push({ kind: 'cut', at: Date.now() })
    assert.equal(first.kind, readable ? 'ok' : 'refused')
    house.proxy.heal()
    policy.exchangeMs = OUTBOUND_POLICY.exchangeMs
    await house.processed(heard ? 1 : 0)
    if (first.kind === 'ok') {
      await house.lease()
      return false
    }
    const { code, fix } = first.refusal
    assert.ok(['retry_later', 'provider_unreachable'].includes(code), code)
    assert.equal(fix, `fob refresh ${house.name}`)
    assert.ok(['inDoubt', 'retrying'].includes(house.status.state), house.status.state)
    assert.equal((await house.lease()).accessToken, before.accessToken, 'what still works is served')
    return house.recovered(before)
  }

  const all = async (personality: 'strict' | 'graceUntold'): Promise<void> => {
    await begin(personality)
    const wrong: string[] = []
    for (const row of rows) {
      const lost = await spoilt(row).catch((cause: unknown) => {
        throw new Error(row.what, { cause })
      })
      if (lost !== (personality === 'strict' && row.heard && !row.readable)) wrong.push(row.what)
    }
    const faults = faultsOf(house.observed, house.requests)
    const bar = personality === 'strict' ? '0 losses that differ from the ledger' : '0 lost'
    figure('K6', { value: wrong.length, bar, ok: wrong.length + faults.length === 0, n: rows.length })
    assert.deepEqual(wrong, [])
    assert.deepEqual(faults, [])
    assert.deepEqual(house.defects, [])
  }

  test('K6 spoilt in other ways, a server with a grace loses nothing', () => all('graceUntold'))
  test('K6 spoilt in other ways, a strict server loses what its ledger says and nothing else', () =>
    all('strict'))

  test('K6 a portal that stays for many tries signs nobody out, and is gone when it is gone', async () => {
    await begin('graceUntold')
    const before = await house.lease()
    const pages = ['200 OK', '302 Found', '404 Not Found'].map((status) => portal(page(status)))
    for (let count = 0; count < 30; count++) {
      house.proxy.arm(pages[count % pages.length] ?? assert.fail())
      assert.equal((await house.refresh()).kind, 'refused')
      assert.equal((await house.lease()).accessToken, before.accessToken)
    }
    await house.processed(0)
    assert.equal(await house.recovered(before), false)
  })

  test('K6 a redirect at the token endpoint is not followed, wherever it leads', async () => {
    await begin('strict')
    const before = await house.lease()
    let visits = 0
    const elsewhere = createServer((_, response) => {
      visits += 1
      response.setHeader('content-type', 'application/json').end('{"access_token":"a","token_type":"Bearer"}')
    })
    elsewhere.listen(0, '127.0.0.1')
    await once(elsewhere, 'listening')
    try {
      const { port } = elsewhere.address() as AddressInfo
      for (const status of [301, 302, 303, 307, 308]) {
        const location = `Location: http://127.0.0.1:${port}/token\r\n`
        house.proxy.arm(portal(`HTTP/1.1 ${status} Moved\r\n${location}Content-Length: 0\r\n\r\n`))
        const answered = await house.refresh()
        assert.ok(answered.kind === 'refused' && answered.refusal.code === 'retry_later', `${status}`)
        assert.equal(house.status.state, 'retrying')
      }
      assert.equal(visits, 0)
      await house.processed(0)
      assert.equal(await house.recovered(before), false)
    } finally {
      elsewhere.close()
    }
  })

  test('K6 a server that is gone is told apart from a lost answer, and a refresh works when it is back', async () => {
    await begin('strict')
    const before = await house.lease()
    await house.proxy.stop()
    const refused = await house.refresh()
    assert.ok(refused.kind === 'refused')
    assert.equal(refused.refusal.code, 'provider_unreachable')
    assert.match(refused.refusal.message, /refuses connections/)
    assert.equal(house.status.state, 'retrying')
    assert.equal((await house.lease()).accessToken, before.accessToken)
    await house.proxy.listenAgain()
    assert.equal(await house.recovered(before), false)
  })

  test('K6 a grace is used at once and then without anybody asking', async () => {
    await begin('grace')
    await house.lease()
    house.proxy.arm({ kind: 'cut', way: 'answer', after: 100, how: 'close' }, 2)
    const active = house.untilState('active')
    assert.equal((await house.refresh()).kind, 'refused')
    assert.equal(house.status.state, 'inDoubt')
    for (const { spoiltAt } of house.proxy.passed) {
      house.observed.push({ kind: 'cut', at: spoiltAt ?? assert.fail('not cut') })
    }
    await active
    assert.equal(await house.processed(3), 3)
    await house.lease()
    assert.deepEqual(faultsOf(house.observed, house.requests), [])
  })
})
