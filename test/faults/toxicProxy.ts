/**
 * A TCP proxy on loopback that spoils connections on demand: it stands in front of one server, and each toxic
 * meets one connection. Bytes are counted as they pass, so a connection can end after any of them. The server is
 * called by its own name, which is as long as the proxy's, so that no count changes. With a certificate it ends
 * TLS; one that spoils TLS itself stands in front of one that ends it.
 */
import assert from 'node:assert/strict'
import { connect, createServer, type Server, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'
import { createServer as createSecureServer } from 'node:tls'

export type Way = 'request' | 'answer'

export type Toxic =
  /** Leaves a connection alone. */
  | { readonly kind: 'none' }
  /** Lets so many bytes of one way pass, then ends both sides, politely or by a reset. */
  | { readonly kind: 'cut'; readonly way: Way; readonly after: number; readonly how: 'close' | 'reset' }
  /** Lets so many bytes of one way pass and then nothing, without a word. */
  | { readonly kind: 'hang'; readonly way: Way; readonly after: number }
  /** Lets the answer pass a few bytes at a time. */
  | { readonly kind: 'drip'; readonly bytes: number; readonly everyMs: number }
  /** Answers in the server's place. `heard` is whether the server gets the request all the same. */
  | { readonly kind: 'instead'; readonly answer: string | Buffer; readonly heard: boolean }
  /** Makes another answer of the whole one. */
  | { readonly kind: 'altered'; readonly alter: (answer: Buffer) => Buffer }

/** What passed of one connection, in bytes. */
export interface Passed {
  request: number
  answer: number
  /** Epoch ms at which the toxic acted; undefined while it has not. */
  spoiltAt: number | undefined
}

const HOST = '127.0.0.1'

export class ToxicProxy {
  readonly #server: Server
  readonly #upstream: number
  readonly #port: number
  readonly #sockets = new Set<Socket>()
  readonly #waiting: (() => void)[] = []
  #toxics: Toxic[] = []
  /** Of each connection since `forget`, oldest first. */
  #passed: Passed[] = []

  private constructor(server: Server, upstream: number) {
    this.#server = server
    this.#upstream = upstream
    this.#port = (server.address() as AddressInfo).port
  }

  static async before(
    port: number,
    tls?: { readonly key: string; readonly cert: string },
    host = HOST,
  ): Promise<ToxicProxy> {
    // No client comes before it listens.
    const accept = (client: Socket): void => proxy.#accept(client)
    const server =
      tls === undefined
        ? createServer({ noDelay: true }, accept)
        : createSecureServer({ ...tls, noDelay: true }, accept).on('tlsClientError', () => undefined)
    await new Promise<void>((resolve) => server.listen(0, host, resolve))
    const proxy = new ToxicProxy(server, port)
    assert.equal(proxy.authority.length, authorityOf(port).length, 'names of one length')
    return proxy
  }

  get port(): number {
    return this.#port
  }

  get authority(): string {
    return authorityOf(this.#port)
  }

  get passed(): readonly Passed[] {
    return this.#passed
  }

  /** What the next `times` connections meet, after those that wait already. */
  arm(toxic: Toxic, times = 1): void {
    for (let count = 0; count < times; count++) this.#toxics.push(toxic)
  }

  /** No more toxics, no counts, and what hangs is let go. */
  heal(): void {
    this.#toxics = []
    this.#passed = []
    for (const socket of this.#sockets) socket.destroy()
  }

  /** Resolves once no connection is left. */
  async idle(): Promise<void> {
    if (this.#sockets.size > 0) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Refuses connections from now on. */
  async stop(): Promise<void> {
    this.heal()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  async listenAgain(): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(this.#port, HOST, resolve))
  }

  #accept(client: Socket): void {
    const toxic = this.#toxics.shift()
    const passed: Passed = { request: 0, answer: 0, spoiltAt: undefined }
    this.#passed.push(passed)
    const server = connect({ port: this.#upstream, host: HOST, noDelay: true })
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      // Whatever happens to one side happens to the other, and is no error here.
      socket.on('error', () => undefined)
      socket.on('close', () => {
        this.#sockets.delete(socket)
        client.destroy()
        server.destroy()
        if (this.#sockets.size === 0) for (const tell of this.#waiting.splice(0)) tell()
      })
    }
    const pair: Pair = { client, server, passed, names: [this.authority, authorityOf(this.#upstream)] }
    spoil(pair, toxic)
  }
}

const authorityOf = (port: number): string => `${HOST}:${port}`

interface Pair {
  readonly client: Socket
  readonly server: Socket
  readonly passed: Passed
  /** The proxy's and the server's. */
  readonly names: readonly [proxy: string, server: string]
}

function spoil(pair: Pair, toxic: Toxic | undefined): void {
  const limits = toxic?.kind === 'cut' || toxic?.kind === 'hang' ? toxic : undefined
  if (limits?.after === 0 && limits.way === 'request') return end(pair, limits)
  if (toxic?.kind === 'instead') return instead(pair, toxic)
  forward(pair, 'request', limits)
  if (toxic?.kind === 'drip') return drip(pair, toxic)
  if (toxic?.kind === 'altered') return altered(pair, toxic.alter)
  forward(pair, 'answer', limits)
}

type Limits = Extract<Toxic, { way: Way }>

/** Passes what comes one way, up to where the toxic ends it. */
function forward(pair: Pair, way: Way, limits: Limits | undefined): void {
  const { client, server, passed } = pair
  const [from, to] = way === 'request' ? [client, server] : [server, client]
  const most = limits?.way === way ? limits.after : Infinity
  from.on('data', (chunk) => {
    if (passed.spoiltAt !== undefined) return
    const part = renamed(pair, way, chunk).subarray(0, most - passed[way])
    passed[way] += part.length
    const spoils = passed[way] >= most
    if (spoils) passed.spoiltAt = Date.now()
    // Handed to the kernel first: what was let pass arrives, also before a reset.
    to.write(part, () => {
      if (spoils && limits !== undefined) end(pair, limits)
    })
  })
  from.on('end', () => {
    if (passed.spoiltAt === undefined) to.end()
  })
}

function end({ client, server, passed }: Pair, limits: Limits): void {
  passed.spoiltAt ??= Date.now()
  if (limits.kind === 'hang') return
  if (limits.how === 'close') {
    client.destroySoon()
    server.destroySoon()
    return
  }
  client.resetAndDestroy()
  // The server is to act on what it got; a reset could take that from it.
  server.destroySoon()
}

function instead(pair: Pair, { answer, heard }: Extract<Toxic, { kind: 'instead' }>): void {
  const { client, server, passed } = pair
  const say = (): void => {
    passed.spoiltAt ??= Date.now()
    client.end(answer)
  }
  client.on('data', (chunk) => {
    const part = renamed(pair, 'request', chunk)
    passed.request += part.length
    if (heard) server.write(part)
    else say()
  })
  server.on('data', say)
}

function drip({ client, server, passed }: Pair, { bytes, everyMs }: Extract<Toxic, { kind: 'drip' }>): void {
  let waiting = Buffer.alloc(0)
  const timer = setInterval(() => {
    if (waiting.length === 0) return
    const part = waiting.subarray(0, bytes)
    waiting = waiting.subarray(bytes)
    passed.spoiltAt ??= Date.now()
    passed.answer += part.length
    client.write(part)
  }, everyMs)
  client.on('close', () => clearInterval(timer))
  server.on('data', (chunk) => (waiting = Buffer.concat([waiting, chunk])))
}

/** Answers come in one piece here: they are a few hundred bytes long. */
function altered({ client, server, passed }: Pair, alter: (answer: Buffer) => Buffer): void {
  server.on('data', (chunk) => {
    passed.spoiltAt ??= Date.now()
    passed.answer += chunk.length
    client.write(alter(chunk))
  })
  server.on('end', () => client.end())
}

/** A name is never torn in two: whoever writes it writes the head of a message at once. */
function renamed({ names: [proxy, server] }: Pair, way: Way, chunk: Buffer): Buffer {
  const text = chunk.toString('latin1')
  const changed = way === 'request' ? text.replace(HOST_LINE, `$1${server}`) : text.replaceAll(server, proxy)
  return changed === text ? chunk : Buffer.from(changed, 'latin1')
}

const HOST_LINE = /^(host: )[^\r\n]+/im
