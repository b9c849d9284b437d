/** Requests that no honest client sends, as bytes: what a web page, a rebound name or a prober can bring about. */
import { connect, type NetConnectOpts } from 'node:net'

/** What a request is aimed at. */
export interface Aim {
  /** `127.0.0.1:PORT`; for a unix socket any. */
  readonly host: string
  readonly target: string
}

export interface Hostile {
  readonly what: string
  readonly bytes: string
}

/** The right one first: what else is wrong has to be enough. */
const HOSTS: ReadonlyArray<(host: string, port: string) => readonly string[]> = [
  (host) => [`Host: ${host}`],
  () => [],
  () => ['Host:'],
  () => ['Host: evil.test'],
  (_, port) => [`Host: evil.test:${port}`],
  (_, port) => [`Host: 127.0.0.1.nip.io:${port}`],
  (_, port) => [`Host: 127.0.0.1.:${port}`],
  (_, port) => [`Host: LOCALHOST:${port}`],
  (_, port) => [`Host: localhost.:${port}`],
  (_, port) => [`Host: 2130706433:${port}`],
  (_, port) => [`Host: 0x7f000001:${port}`],
  (_, port) => [`Host: 0177.0.0.1:${port}`],
  (_, port) => [`Host: 127.1:${port}`],
  (_, port) => [`Host: [::ffff:127.0.0.1]:${port}`],
  (_, port) => [`Host: 0.0.0.0:${port}`],
  () => ['Host: 127.0.0.1:1'],
  (host) => [`Host: user@${host}`],
  (host) => [`Host: ${host}@evil.test`],
  (host) => [`Host: ${host}`, 'Host: evil.test'],
  (host) => [`Host: ${host}, evil.test`],
]

const ORIGINS: ReadonlyArray<(host: string) => readonly string[]> = [
  () => [],
  () => ['Origin: null'],
  () => ['Origin:'],
  () => ['Origin: http://evil.test'],
  () => ['Origin: https://evil.test'],
  (host) => [`Origin: http://${host}`],
  () => ['Origin: vscode-webview://evil'],
  (host) => [`Origin: http://${host}`, 'Origin: http://evil.test'],
]

const METHODS = ['GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'HEAD']

const UPGRADES: ReadonlyArray<readonly string[]> = [
  ['Connection: close'],
  [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
  ],
]

/** What browsers add, by how a page made them ask. */
const FETCHES: ReadonlyArray<readonly string[]> = [
  [],
  ['Sec-Fetch-Site: cross-site', 'Sec-Fetch-Mode: no-cors', 'Sec-Fetch-Dest: image'],
  ['sec-fetch-mode: cors', 'SEC-FETCH-DEST: empty', 'X-Forwarded-Host: 127.0.0.1'],
  ['Sec-Fetch-Mode: navigate', 'Sec-Fetch-Dest: iframe', 'Sec-Fetch-User: ?1'],
]

interface Drawn {
  readonly host: number
  readonly origin: number
  readonly method: string
  readonly upgrade: number
  readonly fetch: number
}

/** How each of `FETCHES` is drawn on a short run: none, and a page's image. */
const FEW = [0, 1]
const ALL = [...FETCHES.keys()]

/** Every combination but those that `isHonest` leaves out; in full with each way a browser may ask. */
export function* combinations(
  aim: Aim,
  full: boolean,
  isHonest: (drawn: Drawn) => boolean,
): Generator<Hostile> {
  const { host, target } = aim
  const port = host.split(':').at(-1) ?? ''
  for (const drawn of draws(full ? ALL : FEW)) {
    if (isHonest(drawn)) continue
    const { method } = drawn
    const lines = [
      ...(HOSTS[drawn.host]?.(host, port) ?? []),
      ...(ORIGINS[drawn.origin]?.(host) ?? []),
      ...(UPGRADES[drawn.upgrade] ?? []),
      ...(FETCHES[drawn.fetch] ?? []),
    ]
    yield {
      what: `${method} with ${lines.join(', ')}`,
      bytes: [`${method} ${target} HTTP/1.1`, ...lines, '', ''].join('\r\n'),
    }
  }
}

function* draws(fetches: readonly number[]): Generator<Drawn> {
  for (const fetch of fetches)
    for (const host of HOSTS.keys())
      for (const origin of ORIGINS.keys())
        for (const method of METHODS)
          for (const upgrade of UPGRADES.keys()) yield { host, origin, method, upgrade, fetch }
}

/** Ways of writing a request that servers have read differently from one another. `target` is the right one. */
export function malformed(host: string, target: string): Hostile[] {
  const good = `Host: ${host}\r\n`
  const lines: Readonly<Record<string, string>> = {
    'a name of the header in other letters, twice': `GET ${target} HTTP/1.1\r\nhOsT: ${host}\r\nHOST: evil.test\r\n\r\n`,
    'a blank before the colon': `GET ${target} HTTP/1.1\r\nHost : ${host}\r\n\r\n`,
    'a folded header': `GET ${target} HTTP/1.1\r\nHost:\r\n ${host}\r\nX: 1\r\n y\r\n\r\n`,
    'bare line feeds': `GET ${target} HTTP/1.1\nHost: ${host}\nOrigin: null\n\n`,
    'a whole URL as target': `GET http://${host}${target} HTTP/1.1\r\n${good}\r\n`,
    'another host in the target': `GET http://evil.test${target} HTTP/1.1\r\n${good}\r\n`,
    'a user in the target': `GET http://${host}@evil.test${target} HTTP/1.1\r\n${good}\r\n`,
    'two slashes': `GET /${target} HTTP/1.1\r\n${good}\r\n`,
    'a path with dots': `GET /x/..${target} HTTP/1.1\r\n${good}\r\n`,
    'an escaped path': `GET ${target.replace('c', '%63')} HTTP/1.1\r\n${good}\r\n`,
    'a path in capitals': `GET ${target.toUpperCase()} HTTP/1.1\r\n${good}\r\n`,
    CONNECT: `CONNECT ${host} HTTP/1.1\r\n${good}\r\n`,
    TRACE: `TRACE ${target} HTTP/1.1\r\n${good}\r\n`,
    'a method in small letters': `get ${target} HTTP/1.1\r\n${good}\r\n`,
    'a method of its own': `FOB ${target} HTTP/1.1\r\n${good}\r\n`,
    'two lengths': `POST ${target} HTTP/1.1\r\n${good}Content-Length: 0\r\nContent-Length: 5\r\n\r\nGET /`,
    'a length and chunks': `POST ${target} HTTP/1.1\r\n${good}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    'a request inside of one': `POST /x HTTP/1.1\r\n${good}Content-Length: 9\r\n\r\nGET / HTT`,
    'another protocol': `GET ${target} HTTP/2.0\r\n${good}\r\n`,
    'no protocol': `GET ${target}\r\n\r\n`,
    'HTTP/2 by its preface': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
    'an upgrade to HTTP/2': `GET ${target} HTTP/1.1\r\n${good}Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    TLS: '\x16\x03\x01\x00\x05\x01\x00\x00\x01\x00',
    'a header with a zero': `GET ${target} HTTP/1.1\r\n${good}X: a\0b\r\n\r\n`,
    'a prefetch': `GET ${target} HTTP/1.1\r\n${good}Sec-Purpose: prefetch;prerender\r\n\r\n`,
  }
  return Object.entries(lines).map(([what, bytes]) => ({ what, bytes }))
}

/** A peer that has not ended or answered by then is cut: hostile bytes may well be half a request. */
const PATIENCE_MS = 1_000

/** Sends bytes as they are on a connection of their own; all that comes back. */
export function sent(to: NetConnectOpts, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(to)
    let all = ''
    const timer = setTimeout(() => socket.destroy(), PATIENCE_MS)
    socket.on('data', (piece: Buffer) => {
      all += piece.toString('latin1')
      if (all.startsWith('HTTP/1.1 101 ')) socket.destroy()
    })
    // A reset is an answer too: none.
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearTimeout(timer)
      resolve(all)
    })
    socket.write(bytes, 'latin1')
  })
}

/** 0 for a connection that was cut without one. */
export const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3}) /.exec(answer)?.[1] ?? 0)

/** Does something with each, so many at a time. */
export async function each<T>(
  items: Iterable<T>,
  atOnce: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = items[Symbol.iterator]()
  const worker = async (): Promise<void> => {
    for (let next = left.next(); next.done !== true; next = left.next()) await work(next.value)
  }
  await Promise.all(Array.from({ length: atOnce }, worker))
}
