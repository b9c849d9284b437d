/**
 * Receives the browser after consent: a listener of its own on loopback, for one attempt. It answers one path,
 * to a navigating GET that names exactly the address bound; whatever else comes gets fixed words that repeat
 * nothing of the request. The first answer that is no stray ends it, once that answer has been written.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Refusal } from '../../shared/contract/errors.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import type { FinishedPage, OpenRedirect, RedirectListener } from '../core/ports.js'
import type { RedirectRule } from '../providers/profile.js'
import { finishedPage, PAGE_POLICY } from './finishedPage.js'

type Receive = (callback: string) => Promise<FinishedPage>

/** A callback is one long line: code, state, iss. */
const HEADER_BYTES = 16_384
/** A browser sends its request at once. */
const HEADERS_MS = 10_000
/** How long a page being written may outlive the listener. Under the second in which a cancel must be done. */
const FAREWELL_MS = 500
/** How often another free port is tried when one is free on IPv4 only. */
const PAIR_ATTEMPTS = 10

export class LoopbackRedirect implements RedirectListener {
  async open(rule: RedirectRule, receive: Receive): Promise<OpenRedirect> {
    const open = new OneRedirect(rule.path, receive)
    try {
      await open.listen(rule)
    } catch (error) {
      await open.close()
      throw portRefusal(error, rule)
    }
    return open
  }
}

function portRefusal(error: unknown, rule: RedirectRule): unknown {
  if (systemCode(error) === 'EADDRINUSE' && rule.port !== 0) {
    const listing =
      process.platform === 'darwin'
        ? `lsof -nP -iTCP:${rule.port} -sTCP:LISTEN`
        : `ss -ltnp 'sport = :${rule.port}'`
    return new Refusal(
      'misconfigured',
      `port ${rule.port}, where the provider sends the browser back to, is taken by another program; end that program and sign in again`,
      { fix: listing, cause: error },
    )
  }
  return new Refusal('misconfigured', `fob cannot listen on ${rule.host} for the browser's answer`, {
    cause: error,
  })
}

type Fault = 'path' | 'method' | 'host' | 'page' | 'busy' | 'defect'

/** Words for what is no answer to a consent. Fixed, so a request can put nothing into them. */
const FIXED: Readonly<Record<Fault, readonly [status: number, text: string]>> = {
  path: [404, 'Nothing is here.'],
  method: [405, 'Only GET is answered here.'],
  host: [421, 'This listener answers to its own address only.'],
  page: [
    403,
    'Only a browser on its way back from signing in is answered, and no script, image or frame of it.',
  ],
  busy: [409, 'An answer is being checked already; look at the tab that brought it.'],
  defect: [500, 'fob could not read this answer. See: fob status'],
}

class OneRedirect implements OpenRedirect {
  readonly #path: string
  readonly #receive: Receive
  readonly #servers: Server[] = []
  #origin = ''
  #answering: ServerResponse | undefined
  #closed: Promise<void> | undefined

  constructor(path: string, receive: Receive) {
    this.#path = path
    this.#receive = receive
  }

  get uri(): string {
    return this.#origin + this.#path
  }

  /** A browser may take either address for `localhost`, so both are held, on the same port. */
  async listen(rule: RedirectRule, attempt = 1): Promise<void> {
    const port = await this.#bind('127.0.0.1', rule.port)
    this.#origin = `http://${rule.host}:${port}`
    if (rule.host === '127.0.0.1') return
    try {
      await this.#bind('::1', port)
    } catch (error) {
      if (hasNoAddress(error)) return
      if (rule.port !== 0 || attempt === PAIR_ATTEMPTS) throw error
      this.#servers.pop()?.close()
      await this.listen(rule, attempt + 1)
    }
  }

  close(): Promise<void> {
    this.#closed ??= this.#end()
    return this.#closed
  }

  async #bind(host: string, port: number): Promise<number> {
    const server = createServer(
      { maxHeaderSize: HEADER_BYTES, headersTimeout: HEADERS_MS, requireHostHeader: false },
      (request, response) => void this.#serve(request, response),
    )
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject)
      server.listen({ host, port, exclusive: true }, () => {
        server.off('error', reject)
        resolve()
      })
    })
    this.#servers.push(server)
    return portOf(server.address())
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { url = '' } = request
    const fault = this.#fault(request, url)
    if (fault !== undefined) return write(response, ...FIXED[fault])
    this.#answering = response
    let page: FinishedPage
    try {
      page = await this.#receive(this.#origin + url)
    } catch {
      // The core answers every outcome with a page, so this is its defect; the attempt has its own deadline.
      this.#answering = undefined
      return write(response, ...FIXED.defect)
    }
    if (page.kind === 'stray') this.#answering = undefined
    else response.once('close', () => void this.close())
    write(response, page.kind === 'signedIn' ? 200 : 400, finishedPage(page))
    // A browser that left before the page was ready has closed already.
    if (page.kind !== 'stray' && response.destroyed) void this.close()
  }

  #fault(request: IncomingMessage, url: string): Fault | undefined {
    const { headers, method } = request
    const hosts = request.rawHeaders.filter((name, i) => i % 2 === 0 && name.toLowerCase() === 'host')
    if (hosts.length !== 1 || `http://${headers.host}` !== this.#origin) return 'host'
    if (url !== this.#path && !url.startsWith(`${this.#path}?`)) return 'path'
    if (method !== 'GET') return 'method'
    if (!isNavigation(request)) return 'page'
    return this.#answering === undefined && this.#closed === undefined ? undefined : 'busy'
  }

  /**
   * The port is free at once; whoever is connected is cut, but for a page being written, which gets a moment.
   * It is not waited for, so that `receive` itself may close.
   */
  async #end(): Promise<void> {
    const answering = this.#answering
    for (const server of this.#servers) server.close()
    if (answering === undefined || answering.destroyed || answering.writableFinished) {
      return this.#cut()
    }
    const farewell = setTimeout(() => this.#cut(), FAREWELL_MS)
    answering.once('close', () => {
      clearTimeout(farewell)
      this.#cut()
    })
  }

  #cut(): void {
    for (const server of this.#servers) server.closeAllConnections()
  }
}

/** IPv6 is switched off here: then no browser can go there either. */
const hasNoAddress = (error: unknown): boolean =>
  systemCode(error) === 'EADDRNOTAVAIL' || systemCode(error) === 'EAFNOSUPPORT'

function portOf(address: AddressInfo | string | null): number {
  if (address === null || typeof address === 'string')
    throw new Error('a TCP listener has an address and a port')
  return address.port
}

/** Browsers that say how they came must have come by navigating a tab; a page's script, image or frame did not. */
function isNavigation({ headers, httpVersion }: IncomingMessage): boolean {
  // What browsers speak where there is no TLS.
  if (httpVersion !== '1.1') return false
  if (headers.origin !== undefined || headers['sec-purpose'] !== undefined) return false
  // A web socket begins as a GET too.
  if (headers.upgrade !== undefined) return false
  const { 'sec-fetch-mode': mode = 'navigate', 'sec-fetch-dest': destination = 'document' } = headers
  return mode === 'navigate' && destination === 'document'
}

function write(response: ServerResponse, status: number, text: string): void {
  const html = text.startsWith('<!doctype html>')
  response.writeHead(status, {
    'Content-Type': html ? 'text/html; charset=utf-8' : 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    'Content-Security-Policy': PAGE_POLICY,
    'Cache-Control': 'no-store',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    Connection: 'close',
  })
  response.end(text)
}
