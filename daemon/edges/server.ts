/**
 * The socket's server: every connection passes the gatekeeper, every request the guard; then the access-token
 * route, and the route table behind it. `WS /v1/events` takes the same two gates.
 * Listening is left to whoever composes it, on a path or on a descriptor handed over.
 */
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http'
import type { Duplex } from 'node:stream'
import type { Delivery } from '../../shared/contract/config.js'
import { Refusal } from '../../shared/contract/errors.js'
import { EVENTS_PATH } from '../../shared/contract/routes.js'
import type { Acceptance } from '../core/policy/acceptance.js'
import type { Approvals } from '../core/policy/approvals.js'
import type { Recorder } from '../core/audit.js'
import type { Broker } from '../core/broker/broker.js'
import type { Owner } from '../core/policy/policy.js'
import type { Caller, Clock, Log, Metrics, PeerCredentials } from '../core/ports.js'
import { epochOf } from '../delivery/environment.js'
import type { Terminals } from '../core/policy/terminals.js'
import type { ProviderProfile } from '../providers/profile.js'
import { Answers } from './answers.js'
import { Events } from './events.js'
import { Gatekeeper } from './gatekeeper.js'
import type { Handlers } from './handlers.js'
import { servedHosts } from './gitHosts.js'
import { LeaseRoute, targetOf } from './leaseRoute.js'
import { RefusalDesk } from './refusalDesk.js'
import { guard, LIMITS } from './requestGuard.js'
import { approvalRoutes } from './routes/approvals.js'
import { auditRoutes } from './routes/audit.js'
import { Rest } from './rest.js'
import { awsRoutes } from './routes/awsCredentials.js'
import { configRoutes } from './routes/config.js'
import { connectionRoutes } from './routes/connections.js'
import { consentRoutes } from './routes/consent.js'
import { doctorRoutes } from './routes/doctor.js'
import { environmentRoutes } from './routes/env.js'
import { gitRoutes } from './routes/git.js'
import { healthRoutes } from './routes/health.js'
import { helloRoutes } from './routes/hello.js'
import { providerRoutes } from './routes/providers.js'
import { simulateRoutes } from './routes/simulate.js'
import { shutdownRoutes, type OnShutdown } from './routes/shutdown.js'
import { statusRoutes, type DaemonFacts } from './routes/status.js'
import { terminalRoutes } from './routes/terminals.js'
import { vaultRoutes } from './routes/vault.js'
import { NEVER_MS, SlowClients } from './slowClients.js'
import { tableRoutes } from './tableRoutes.js'

export interface ServerParts {
  readonly broker: Broker
  readonly peerCredentials: PeerCredentials
  readonly recorder: Recorder
  readonly metrics: Metrics
  readonly clock: Clock
  readonly log: Log
  readonly terminals: Terminals
  readonly approvals: Approvals
  readonly acceptance: Acceptance
  /** The user this daemon serves. */
  readonly ownerUid: number
  readonly daemon: DaemonFacts
  readonly catalogue: readonly ProviderProfile[]
  readonly delivery: Delivery
  /** Called before a shutdown is answered; what it gives, once the answer is on its way. */
  readonly onShutdown: OnShutdown
  /** Called when nobody has asked for a while, and when somebody does again. */
  readonly onRest: (resting: boolean) => void
}

export interface ApiServer extends Server {
  /**
   * Tells the listeners, takes no new connection, lets running requests end. Resolves when the last connection
   * is gone; listeners that stay are cut after `GOODBYE_MS`, what still runs after `STOP_MS`.
   */
  stop(reason: 'shutdown' | 'upgrade'): Promise<void>
}

/** Longer than a token exchange may take (15 s), so a waiting caller gets its answer. */
const STOP_MS = 20_000
/** A listener answers a goodbye at once. One that does not, as of a suspended editor, must not hold up the end. */
const GOODBYE_MS = 1_000

export function createServer(parts: ServerParts): ApiServer {
  const answers = new Answers()
  const desk = new RefusalDesk(parts, answers)
  const { broker, approvals, acceptance, ownerUid } = parts
  const ownerOf = (name: string): Owner | undefined => broker.connections().find((each) => each.name === name)
  const opening = (): Promise<void> | undefined => broker.opening()
  const house = { ownerUid, rules: () => acceptance.rules(), approvals, ownerOf, opening }
  const gatekeeper = new Gatekeeper(parts.peerCredentials, house, desk)
  const leases = new LeaseRoute(broker, gatekeeper, desk, answers)
  const events = new Events(parts)
  const handlers = handlersOf(parts, gatekeeper, events)
  const table = tableRoutes({ ...parts, handlers, gatekeeper, desk, answers })
  const gates = new Gates(gatekeeper, desk)
  const refuseBroken = (socket: Duplex): void => endWith(socket, desk.raw(INCOMPLETE, 'Bad Request'))
  const slow = new SlowClients(parts.clock, refuseBroken)
  const rest = new Rest(parts.clock, parts.onRest)

  const http = createHttpServer(serverLimits, (request, response) => {
    slow.requested(request, response)
    rest.asked()
    const caller = gates.pass(request, response)
    if (caller === undefined || leases.take(request, response, caller)) return
    table(request, response)
  })
  http.keepAliveTimeout = LIMITS.keepAliveMs
  http.on('connection', (socket) => {
    gatekeeper.receive(socket)
    slow.connected(socket)
  })
  http.on('upgrade', (request, socket, head) => {
    slow.forget(request.socket)
    const caller = gates.passUpgrade(request, socket)
    if (caller !== undefined) events.admit(request, socket, head, caller)
  })
  http.on('clientError', (_error, socket) => {
    if (socket.writable) refuseBroken(socket)
    else socket.destroy()
  })

  const stop = (reason: 'shutdown' | 'upgrade'): Promise<void> => {
    answers.sayGoodbye()
    events.stop(reason)
    approvals.stop()
    return closed(http, events).then(() => {
      slow.stop()
      rest.stop()
    })
  }
  return Object.assign(http, { stop })
}

/** Resolves once requests under way have ended and listeners are gone. */
function closed(http: Server, events: Events): Promise<void> {
  return new Promise((resolve) => {
    const listeners = setTimeout(() => events.cut(), GOODBYE_MS)
    const deadline = setTimeout(() => http.closeAllConnections(), STOP_MS)
    http.close(() => {
      clearTimeout(listeners)
      clearTimeout(deadline)
      resolve()
    })
    http.closeIdleConnections()
  })
}

const INCOMPLETE = new Refusal('bad_request', 'not a complete HTTP/1.1 request within limits')

const serverLimits = {
  maxHeaderSize: LIMITS.headerBytes,
  // Slow clients are looked for here, and only while there are clients.
  connectionsCheckingInterval: NEVER_MS,
  // On this socket Host is ignored, also when it is missing.
  requireHostHeader: false,
}

function handlersOf(parts: ServerParts, gatekeeper: Gatekeeper, events: Events): Handlers {
  const { broker, daemon, delivery, approvals } = parts
  const epoch = (): string => epochOf(daemon.startedAt, approvals.changes)
  return {
    ...helloRoutes(daemon),
    ...statusRoutes(parts),
    ...providerRoutes(parts.catalogue),
    ...connectionRoutes(broker),
    ...awsRoutes(broker),
    ...consentRoutes(broker),
    ...auditRoutes(parts.recorder),
    ...gitRoutes(() => servedHosts(delivery.git, broker.connections(), parts.catalogue)),
    ...environmentRoutes({ broker, gatekeeper, epoch, configured: delivery.env }),
    ...approvalRoutes(approvals, events),
    ...configRoutes(parts.acceptance, events),
    ...terminalRoutes(parts.terminals),
    ...healthRoutes(broker),
    ...simulateRoutes(broker),
    ...doctorRoutes(broker, parts.acceptance),
    ...vaultRoutes(broker),
    ...shutdownRoutes(daemon.pid, parts.onShutdown),
  }
}

/** Gatekeeper and guard in one step, for requests and for upgrades. */
class Gates {
  readonly #gatekeeper: Gatekeeper
  readonly #desk: RefusalDesk

  constructor(gatekeeper: Gatekeeper, desk: RefusalDesk) {
    this.#gatekeeper = gatekeeper
    this.#desk = desk
  }

  /** The caller, or undefined once the request has been turned away. */
  pass(request: IncomingMessage, response: ServerResponse): Caller | undefined {
    const verdict = this.#judge(request)
    if (verdict === undefined) return void request.socket.destroy()
    if (!(verdict instanceof Refusal)) return verdict
    if (verdict.code === 'refused_by_policy') response.shouldKeepAlive = false
    this.#desk.send(response, verdict)
    return undefined
  }

  /** The caller, or undefined once the upgrade has been turned away. */
  passUpgrade(request: IncomingMessage, socket: Duplex): Caller | undefined {
    const verdict = this.#judge(request)
    if (verdict === undefined) return void socket.destroy()
    const [path] = (request.url ?? '').split('?', 1)
    if (path === EVENTS_PATH && !(verdict instanceof Refusal)) return verdict
    const refusal =
      verdict instanceof Refusal
        ? verdict
        : new Refusal('unknown_route', `only ${EVENTS_PATH} takes an upgrade`)
    endWith(socket, this.#desk.raw(refusal, 'Refused'))
    return undefined
  }

  #judge(request: IncomingMessage): Caller | Refusal | undefined {
    const admission = this.#gatekeeper.admissionOf(request.socket)
    if (admission === undefined) return undefined
    if (admission.kind === 'refused') return admission.refusal
    const { caller } = admission
    const refusal = guard(request)
    if (refusal === undefined) return caller
    if (worthRecording(request, refusal)) {
      this.#desk.record(refusal, { caller, connection: leaseName(request) })
    }
    return refusal
  }
}

/** A web page that got this far is always worth a line; else what would have changed or given something. */
const worthRecording = (request: IncomingMessage, refusal: Refusal): boolean =>
  refusal.code === 'forbidden_origin' || request.method !== 'GET' || leaseName(request) !== ''

function leaseName(request: IncomingMessage): string {
  try {
    return targetOf(request.url ?? '')?.name ?? ''
  } catch {
    // An undecodable name: the refusal under way says so.
    return ''
  }
}

/** Node leaves the socket of an upgrade or of a broken request to us, its errors included. */
function endWith(socket: Duplex, text: string): void {
  socket.on('error', () => socket.destroy())
  socket.end(text, () => socket.destroy())
}
