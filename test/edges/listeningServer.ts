/** A server on a socket of its own in a temporary directory, with fakes behind it and a plain client before it. */
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import {
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
} from 'node:http'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ConnectionName } from '../../shared/contract/ids.js'
import type { AuditEntry } from '../../shared/contract/audit.js'
import type { Policy } from '../../shared/contract/config.js'
import { ErrorBody } from '../../shared/contract/errors.js'
import { Acceptance } from '../../daemon/core/policy/acceptance.js'
import { Approvals } from '../../daemon/core/policy/approvals.js'
import { Recorder } from '../../daemon/core/audit.js'
import type { Audit, Caller, Log, Metrics, PeerCredentials } from '../../daemon/core/ports.js'
import { Terminals } from '../../daemon/core/policy/terminals.js'
import { createServer, type ApiServer, type ServerParts } from '../../daemon/edges/server.js'
import { catalogue } from '../../daemon/providers/catalogue.js'
import { CountingRandom, MemoryApprovals } from '../fakes/memoryApprovals.js'
import { FakeProcesses } from '../fakes/fakeProcesses.js'
import { FakeBroker } from '../fakes/fakeBroker.js'
import { FakeClock } from '../fakes/fakeClock.js'

export const OWNER = 1000
export const caller: Caller = { uid: OWNER, pid: 4242, startTime: 1, executable: '/usr/bin/script' }

/** What most callers ask for. */
export const TOKEN = '/v1/connections/github/access-token'
/** A connection that can be added. */
export const addition = { name: 'work', provider: 'oidc', issuer: 'https://issuer.test', clientId: 'client' }

export interface Answered {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Call {
  readonly method?: string
  readonly headers?: OutgoingHttpHeaders
  readonly body?: string | Buffer
  readonly agent?: Agent
}

export class ListeningServer {
  readonly home = mkdtempSync(join(tmpdir(), 'fob-edges-'))
  readonly socket = join(this.home, 's')
  readonly broker = new FakeBroker('github', 'gitlab')
  readonly clock = new FakeClock()
  readonly processes = new FakeProcesses()
  readonly terminals = new Terminals(this.processes, OWNER)
  /** The person's rules. */
  rules: Policy = []
  readonly #recorder = new Recorder(this.#record(), this.clock)
  readonly approvals = new Approvals({
    clock: this.clock,
    random: new CountingRandom(),
    processes: this.processes,
    terminals: this.terminals,
    recorder: this.#recorder,
    log: this.#log(),
    store: new MemoryApprovals(),
  })
  readonly acceptance = new Acceptance({
    store: { load: async () => this.rules, save: async () => undefined },
    processes: this.processes,
    recorder: this.#recorder,
    log: this.#log(),
    offered: () => this.rules,
    digestOf: (policy) => JSON.stringify(policy),
  })
  readonly audit: AuditEntry[] = []
  readonly logged: string[] = []
  readonly shutdowns: unknown[] = []
  /** What was said of rests, in order. */
  readonly rests: boolean[] = []
  /** Who the kernel says is there; a throw when it does not say. */
  peer: () => Caller = () => caller
  asked = 0
  /** While set, the record cannot be written. */
  auditFault: Error | undefined
  readonly api: ApiServer
  readonly #connected = new Set<Socket>()

  constructor() {
    this.api = createServer(this.#parts())
  }

  get connected(): number {
    return this.#connected.size
  }

  /** Of everybody connected now. */
  get bytesRead(): number {
    return [...this.#connected].reduce((sum, socket) => sum + socket.bytesRead, 0)
  }

  async listen(): Promise<void> {
    this.api.on('connection', (socket) => {
      this.#connected.add(socket)
      socket.once('close', () => this.#connected.delete(socket))
    })
    this.api.listen(this.socket)
    await once(this.api, 'listening')
  }

  /** A question waits, of a program that has nothing to do with any other. Its id is the first there is. */
  async somebodyAsks(): Promise<void> {
    this.processes.run(9000)
    const asker = this.processes.caller(9000)
    const connection = ConnectionName.parse('github')
    const told = new Promise<void>((resolve) => {
      const stop = this.approvals.subscribe(() => {
        stop()
        resolve()
      })
    })
    this.approvals.ask({ caller: asker, connection, action: 'lease', scopes: [] })
    await told
  }

  async close(): Promise<void> {
    this.api.closeAllConnections()
    if (this.api.listening) await this.api.stop('shutdown')
    rmSync(this.home, { recursive: true })
  }

  get refusals(): AuditEntry[] {
    return this.audit.filter((entry) => entry.event === 'refusal')
  }

  async call(path: string, { method = 'GET', headers = {}, body, agent }: Call = {}): Promise<Answered> {
    const request = httpRequest({
      socketPath: this.socket,
      path,
      method,
      headers: {
        ...(body === undefined || 'Transfer-Encoding' in headers
          ? {}
          : { 'Content-Length': Buffer.byteLength(body) }),
        ...headers,
      },
      agent: agent ?? false,
    })
    request.end(body)
    return new Promise((resolve, reject) => {
      request.on('error', reject)
      request.on('response', (response) => {
        text(response).then(
          (all) => resolve({ status: response.statusCode ?? 0, headers: response.headers, text: all }),
          reject,
        )
      })
    })
  }

  /** Sends bytes as they are and gives all that comes back until the server closes. */
  async raw(bytes: string): Promise<string> {
    const socket = connect(this.socket)
    socket.write(bytes)
    return text(socket)
  }

  #parts(): ServerParts {
    const peerCredentials: PeerCredentials = {
      of: () => {
        this.asked += 1
        return this.peer()
      },
    }
    return {
      broker: this.broker,
      peerCredentials,
      recorder: this.#recorder,
      metrics: silentMetrics,
      clock: this.clock,
      log: this.#log(),
      ownerUid: OWNER,
      terminals: this.terminals,
      approvals: this.approvals,
      acceptance: this.acceptance,
      daemon: { pid: 77, socket: this.socket, version: '9.9.9', startedAt: '2030-01-01T00:00:00.000Z' },
      catalogue,
      delivery: { git: [], env: {} },
      onShutdown: async (successor, by) => () => {
        this.shutdowns.push({ successor, pid: by.pid })
      },
      onRest: (resting) => void this.rests.push(resting),
    }
  }

  #record(): Audit {
    return {
      record: (entry) => {
        if (this.auditFault !== undefined) throw this.auditFault
        this.audit.push(entry)
      },
      fingerprint: () => '',
      read: (limit, connection) =>
        this.audit
          .filter((entry) => connection === undefined || entry.connection === connection)
          .slice(-limit),
    }
  }

  #log(): Log {
    const keep = (_facts: object, message: string): void => void this.logged.push(message)
    return { debug: keep, info: keep, warn: keep, error: keep }
  }
}

const silentMetrics: Metrics = {
  leased: () => undefined,
  refreshed: () => undefined,
  refused: () => undefined,
  text: () => Promise.resolve('# HELP fob_leases Access tokens handed out\nfob_leases 3\n'),
}

/** The error of a refusal's body, checked against the contract. */
export const errorIn = (answered: Answered): ErrorBody['error'] =>
  ErrorBody.parse(JSON.parse(answered.text)).error
