/**
 * A real HTTP or HTTPS server on loopback that answers by script and records what it was asked. Paths without a
 * script answer 404.
 */
import { createServer } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, Server, ServerResponse } from 'node:http'
import { createServer as createSecureServer } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { closed, listening, portOf } from '../loopback.js'

export interface Recorded {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
  readonly form: URLSearchParams
  /** Common name of the certificate the client showed; '' without one. */
  readonly clientName: string
}

export type Reply =
  | {
      readonly status?: number
      readonly headers?: Readonly<Record<string, string>>
      readonly body?: string | Buffer
    }
  /** Answers nothing and keeps the connection. */
  | 'hang'
  /** Reads the request and cuts the connection. */
  | 'reset'
  /** Promises more than it sends, then cuts. */
  | 'cutBody'

type Answering = Reply | ((request: Recorded) => Reply)

export interface TlsOptions {
  readonly key: string
  readonly cert: string
  /** Ask for a client certificate signed by this authority, and refuse without. */
  readonly clientAuthority?: string
}

/** A JSON reply, as OAuth servers give it. */
export const json = (value: unknown, status = 200, headers: Record<string, string> = {}): Reply => ({
  status,
  headers: { 'content-type': 'application/json', ...headers },
  body: JSON.stringify(value),
})

export class ScriptedServer {
  readonly requests: Recorded[] = []
  readonly #server: Server
  readonly #secure: boolean
  readonly #answers = new Map<string, Answering>()
  readonly #waiting: (() => void)[] = []

  private constructor(tls: TlsOptions | undefined) {
    const listener = (request: IncomingMessage, response: ServerResponse): void => {
      void this.#serve(request, response)
    }
    this.#secure = tls !== undefined
    this.#server =
      tls === undefined ? createServer(listener) : createSecureServer(secureOptions(tls), listener)
  }

  static async start(tls?: TlsOptions): Promise<ScriptedServer> {
    const started = new ScriptedServer(tls)
    await listening(started.#server)
    return started
  }

  get port(): number {
    return portOf(this.#server)
  }

  get origin(): string {
    return `${this.#secure ? 'https' : 'http'}://127.0.0.1:${this.port}`
  }

  url(path: string): string {
    return `${this.origin}${path}`
  }

  /** Answers requests to `path` so from now on. */
  answer(path: string, answering: Answering): void {
    this.#answers.set(path, answering)
  }

  /** How many requests came to `path`. */
  count(path: string): number {
    return this.requests.filter(({ url }) => url.split('?')[0] === path).length
  }

  /** Resolves once a next request has come. */
  nextRequest(): Promise<void> {
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  stop(): Promise<void> {
    return closed(this.#server)
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const recorded = await record(request)
    this.requests.push(recorded)
    for (const tell of this.#waiting.splice(0)) tell()
    const answering = this.#answers.get(recorded.url.split('?')[0] ?? '') ?? { status: 404 }
    reply(request, response, typeof answering === 'function' ? answering(recorded) : answering)
  }
}

function secureOptions({ key, cert, clientAuthority }: TlsOptions): object {
  if (clientAuthority === undefined) return { key, cert }
  return { key, cert, ca: clientAuthority, requestCert: true, rejectUnauthorized: true }
}

async function record(request: IncomingMessage): Promise<Recorded> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks).toString('utf8')
  return {
    method: request.method ?? '',
    url: request.url ?? '',
    headers: request.headers,
    body,
    form: new URLSearchParams(body),
    clientName: clientNameOf(request),
  }
}

function clientNameOf(request: IncomingMessage): string {
  if (!('getPeerCertificate' in request.socket)) return ''
  const certificate = (request.socket as TLSSocket).getPeerCertificate()
  return Object.keys(certificate).length === 0 ? '' : String(certificate.subject.CN)
}

function reply(request: IncomingMessage, response: ServerResponse, answer: Reply): void {
  if (answer === 'hang') return
  if (answer === 'reset') return void request.socket.destroy()
  if (answer === 'cutBody') {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
    response.write('{"access_token":"', () => request.socket.destroy())
    return
  }
  response.writeHead(answer.status ?? 200, answer.headers ?? {})
  response.end(answer.body ?? '')
}
