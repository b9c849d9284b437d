/** What fuzzing sends: requests that are nearly right, in a shape the server has to look into, and noise. */
import { routes } from '../../shared/contract/routes.js'
import { damaged, inPieces, type Random } from './fuzzing.js'

const METHODS = ['GET', 'POST', 'DELETE', 'PUT', 'OPTIONS', 'HEAD', 'PATCH', 'TRACE', 'get', 'G ET', '']

/** Text that has broken parsers of one kind or another. */
const ODD = [
  '',
  ' ',
  '\0',
  '%',
  '%00',
  '%ff%fe',
  '%E0%A4%A',
  '..',
  '/',
  '//',
  '../../etc/passwd',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'NaN',
  '-1',
  '1e999',
  '9007199254740993',
  'a'.repeat(5_000),
  '\u00e9\u{1f511}\u202e',
  '\ud800',
  '"\\\'`$(id)',
  '{{7*7}}',
  'a=b&a=c',
  'github',
  'sandbox',
  'true',
]

const HEADERS = [
  'Host: fob',
  'Accept: text/plain',
  'Accept: text/plain;q=0, */*;q=x, ;;;,,',
  'Content-Type: application/json',
  'Content-Type: text/plain; charset=utf-7',
  'Content-Encoding: gzip',
  'Content-Encoding: br',
  'Transfer-Encoding: chunked',
  'Transfer-Encoding: gzip, chunked',
  'Content-Length: 0',
  'Content-Length: 5',
  'Content-Length: -1',
  'Content-Length: 99999999999999999999',
  'Connection: close',
  'Connection: keep-alive, Upgrade',
  'Expect: 100-continue',
  'Expect: nothing',
  'Upgrade: websocket',
  'Origin: null',
  'Sec-Fetch-Mode: cors',
  'Fob-Protocol: 1',
  'Fob-Protocol: 2',
  'X-Http-Method-Override: DELETE',
  'Cookie: a=b; __proto__=c',
]

function path(random: Random): string {
  const { path: known } = random.of(Object.values(routes))
  const filled = known.replace(':c', () => random.of(['github', 'gitlab', 'nobody', random.of(ODD)]))
  const strange = random.chance(0.2) ? `${filled}/${random.of(ODD)}` : filled
  return random.chance(0.4) ? `${strange}?${query(random)}` : strange
}

const NAMES = [
  'min_validity',
  'scopes',
  'resource',
  'forget',
  'limit',
  'connection',
  'variables',
  'host',
  'protocol',
]

function query(random: Random): string {
  const pair = (): string => `${random.of([...NAMES, ...ODD])}=${random.of(ODD)}`
  return Array.from({ length: random.below(4) }, pair).join('&')
}

const FIELDS = [
  'name',
  'provider',
  'issuer',
  'clientId',
  'scopes',
  'endpoints',
  'clientSecret',
  'lease',
  'open',
]
const MORE_FIELDS = [
  'preempt',
  'action',
  'to',
  'successor',
  'accessToken',
  'flow',
  '__proto__',
  'constructor',
]

/** Any JSON, with our own names of fields in it. */
function value(random: Random, depth: number): unknown {
  const leaf = (): unknown =>
    random.of([null, true, 0, -1, 1e308, '', 'code', 'github', [], {}, random.of(ODD)])
  if (depth === 0 || random.chance(0.3)) return leaf()
  if (random.chance(0.3)) return Array.from({ length: random.below(4) }, () => value(random, depth - 1))
  const names = Array.from({ length: random.below(6) }, () => random.of([...FIELDS, ...MORE_FIELDS]))
  return Object.fromEntries(names.map((name) => [name, value(random, depth - 1)]))
}

function body(random: Random): string {
  if (random.chance(0.5)) return ''
  if (random.chance(0.1)) return '['.repeat(1 + random.below(3_000))
  return JSON.stringify(value(random, 4))
}

function request(random: Random): Buffer {
  const text = body(random)
  const lines = Array.from({ length: random.below(5) }, () => random.of(HEADERS))
  if (text !== '' && random.chance(0.9)) lines.push(`Content-Length: ${Buffer.byteLength(text)}`)
  const target = random.chance(0.05) ? random.of(ODD) : path(random)
  const method = random.chance(0.8) ? random.of(['GET', 'POST', 'DELETE']) : random.of(METHODS)
  return Buffer.from([`${method} ${target} HTTP/1.1`, ...lines, '', text].join('\r\n'))
}

/** One request or some, on one connection. */
export function wireInput(random: Random): Buffer[] {
  if (random.chance(0.05)) return inPieces(random.bytes(random.below(300)), random)
  const requests = Array.from({ length: random.chance(0.1) ? 3 : 1 }, () => request(random))
  const all = Buffer.concat(requests)
  return inPieces(random.chance(0.5) ? damaged(all, random) : all, random)
}

/** What comes to the redirect listener at `host`, its path and state known. */
export function redirectInput(host: string, random: Random): Buffer[] {
  const parts = ['code', 'state', 'iss', 'error', 'error_description', ...ODD]
  const pairs = Array.from({ length: random.below(5) }, () => `${random.of(parts)}=${random.of(ODD)}`)
  const target = random.chance(0.8) ? `/callback?${pairs.join('&')}` : random.of(ODD)
  const hosts = random.chance(0.9) ? [`Host: ${host}`] : []
  const more = Array.from({ length: random.below(3) }, () => (random.chance(0.5) ? random.of(HEADERS) : ''))
  const lines = [...hosts, ...more.filter((line) => line !== '')]
  const all = Buffer.from(['GET '.concat(target, ' HTTP/1.1'), ...lines, '', ''].join('\r\n'))
  return inPieces(random.chance(0.5) ? damaged(all, random) : all, random)
}

const HANDSHAKE = Buffer.from(
  [
    'GET /v1/events?audit=true HTTP/1.1',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
    '',
    '',
  ].join('\r\n'),
)

/** RFC 6455 §5.2, with whatever in each field. */
function frame(random: Random): Buffer {
  const payload = random.chance(0.02) ? Buffer.alloc(70_000, 97) : random.bytes(random.below(200))
  const flags = random.chance(0.7) ? 0x80 : random.below(16) << 4
  const opcode = random.chance(0.7) ? random.of([0, 1, 2, 8, 9, 10]) : random.below(16)
  const masked = random.chance(0.9) ? 0x80 : 0
  const said = random.chance(0.9) ? payload.length : random.below(2 ** 31)
  const length =
    said < 126
      ? Buffer.from([masked | said])
      : said < 65_536
        ? Buffer.from([masked | 126, said >> 8, said & 255])
        : Buffer.concat([Buffer.from([masked | 127, 0, 0, 0, 0]), fourBytes(said)])
  return Buffer.concat([Buffer.from([flags | opcode]), length, random.bytes(masked === 0 ? 0 : 4), payload])
}

function fourBytes(number: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(number)
  return bytes
}

/** A listener that joins, or nearly does, and says what listeners never say. */
export function eventsInput(random: Random): Buffer[] {
  const hello = random.chance(0.9) ? HANDSHAKE : damaged(HANDSHAKE, random)
  const frames = Buffer.concat(Array.from({ length: random.below(4) }, () => frame(random)))
  return [
    ...inPieces(hello, random),
    ...inPieces(random.chance(0.3) ? damaged(frames, random) : frames, random),
  ]
}
