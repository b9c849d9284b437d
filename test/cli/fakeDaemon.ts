/** A daemon of a few lines on a socket of its own: answers by the route table, and says what a test wants said. */
import type { IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import { WebSocketServer } from 'ws'
import type { ConnectionStatus, Status } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { DaemonEvent } from '../../shared/contract/events.js'
import { ConnectionName, ProviderId } from '../../shared/contract/ids.js'
import { BUILD, VERSION } from '../../shared/contract/version.js'
import { summaryOf } from '../../daemon/edges/routes/providers.js'
import { catalogue } from '../../daemon/providers/catalogue.js'
import { SocketHome } from '../client/socketHome.js'

export interface Asked {
  /** `POST /v1/vault`. */
  readonly line: string
  readonly body: unknown
}

type Answering = (asked: Asked) => unknown

export const connection = (name: string, changes: Partial<ConnectionStatus> = {}): ConnectionStatus => ({
  name: ConnectionName.parse(name),
  provider: ProviderId.parse('oidc'),
  state: 'active',
  reason: '',
  fix: '',
  account: { id: '1', label: 'kim@example.com' },
  scopes: ['openid', 'email'],
  scopesAsked: ['openid', 'email'],
  flow: 'code',
  issuer: 'https://id.example.com',
  variable: null,
  clientSecret: null,
  needsYouBy: null,
  expiresAt: '2030-01-01T00:00:00.000Z',
  retryAt: null,
  lastRefreshAt: null,
  generation: 1,
  signInBy: ['code', 'device'],
  offline: false,
  leases: 0,
  ...changes,
})

export const statusWith = (...connections: readonly ConnectionStatus[]): Status => ({
  daemon: { pid: 42, socket: '/run/fob.sock', version: VERSION, startedAt: '2026-01-01T00:00:00.000Z' },
  vault: { state: 'open', keySource: 'keychain', reason: '', fix: '' },
  connections: [...connections],
  quarantined: [],
})

export const TOKEN = 'the-access-token'

export class FakeDaemon extends SocketHome {
  readonly asked: Asked[] = []
  status = statusWith(connection('work'))
  readonly #answers = new Map<string, Answering>()
  #events: WebSocketServer | undefined

  /** `path` as in the table, with names filled in. An answer may throw a Refusal. */
  on(line: string, answering: Answering): this {
    this.#answers.set(line, answering)
    return this
  }

  async start(): Promise<this> {
    this.on('GET /v1/hello', () => ({
      product: 'fob',
      version: VERSION,
      build: BUILD,
      protocol: 1,
      capabilities: [],
      pid: process.pid,
    }))
    this.on('GET /v1/status', () => this.status)
    this.on('GET /v1/providers', () => ({ providers: catalogue.map(summaryOf) }))
    const server = await this.listen((request, answer) => {
      void this.#answer(request).then(({ status, value }) => {
        const plain = typeof value === 'string'
        const bytes = Buffer.from(plain ? value : JSON.stringify(value))
        const type = plain ? 'text/plain; charset=utf-8' : 'application/json'
        answer.writeHead(status, { 'Content-Type': type, 'Content-Length': bytes.length }).end(bytes)
      })
    })
    this.#events = new WebSocketServer({ server, path: '/v1/events' })
    this.#events.on('connection', (socket) => {
      socket.on('error', () => undefined)
      socket.send(JSON.stringify({ type: 'snapshot', status: this.status }))
    })
    return this
  }

  /** Tells everybody who listens. */
  say(event: DaemonEvent | object): void {
    for (const socket of this.#events?.clients ?? []) socket.send(JSON.stringify(event))
  }

  /** Lines asked for, those that every command asks left out. */
  get lines(): string[] {
    return this.asked.map(({ line }) => line).filter((line) => line !== 'GET /v1/hello')
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; value: unknown }> {
    const body = await text(request)
    const line = `${request.method} ${request.url}`
    const asked = { line, body: body === '' ? undefined : (JSON.parse(body) as unknown) }
    this.asked.push(asked)
    try {
      const answering = this.#answers.get(line)
      if (!answering) throw new Refusal('unknown_route', `this fake does not know ${line}`)
      return { status: 200, value: answering(asked) }
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('internal', String(error))
      return { status: refusal.status, value: refusal.toBody() }
    }
  }
}

export const lease = (changes: object = {}): object => ({
  connection: 'work',
  accessToken: TOKEN,
  tokenType: 'Bearer',
  expiresAt: null,
  scopes: [],
  account: null,
  lease: 'lease-12345678',
  generation: 1,
  ...changes,
})
