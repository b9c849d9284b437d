/** The control API on its socket: HTTP, JSON, one handler a route of the contract. 0600 from birth. */
import { randomBytes } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'
import { Scope, type ProviderId } from '../../shared/contract/ids.js'
import {
  sandboxRoutes,
  type SandboxAnswer,
  type SandboxBody,
  type SandboxRouteName,
  type SandboxSettings,
  type SandboxStatus,
} from '../../shared/contract/sandbox.js'
import type { SandboxEndpoint } from '../../shared/contract/sandboxFault.js'
import type { Decision } from './authorizationServer.js'
import { allClients } from './clients.js'
import { digest } from './digest.js'
import type { Faults } from './faults.js'
import { readBody } from './formBody.js'
import type { Ledger } from './ledger.js'
import type { Recording } from './recording.js'
import type { RegisteredClient, Settings } from './settings.js'

/** 256 bits, so that its plain SHA-256 gives nothing away. */
const SECRET_BYTES = 32

/** The server that is controlled, standard or playing a provider. */
export interface Stage {
  /** null for the standard server. */
  readonly personality: ProviderId | null
  /** What a person tells to add a connection to it, but for the client. */
  readonly connection: z.input<typeof SandboxStatus>['connection']
  /** Life of access tokens issued now, seconds; null: they do not end. */
  readonly lifetime: number | null
  /** Throws a Refusal when there is no such endpoint to disturb. */
  checkEndpoint(endpoint: SandboxEndpoint): void
  /** Throws a Refusal for what this server cannot be set to. */
  checkSettings(wanted: SandboxSettings): void
  /** Throws a Refusal when the client cannot be. */
  checkClient(client: RegisteredClient): void
  /** The client is in the settings now. */
  registered(client: RegisteredClient): void
  /** Ends grants durably; how many there were. */
  revoke(which: SandboxBody<'revoke'>): Promise<number>
  /** Durably. undefined: no device waits with this code. */
  decideDevice(
    userCode: string,
    decision: Decision,
  ): Promise<{ client: string; scopes: readonly string[] } | undefined>
}

export interface Controlled {
  readonly issuer: string
  readonly stage: Stage
  readonly settings: Settings
  readonly faults: Faults
  readonly ledger: Ledger
  readonly recording: Recording
  readonly shutdown: () => void
}

interface Handler {
  answer(query: unknown, body: unknown): Promise<unknown>
}

/** Joins a route's schemas to what serves it; bad input is refused with the field named. */
function serve<Q extends z.ZodType, B extends z.ZodType, A extends z.ZodType>(
  route: { readonly query: Q; readonly body: B; readonly answer: A },
  run: (query: z.output<Q>, body: z.output<B>) => Promise<z.input<A>> | z.input<A>,
): Handler {
  return {
    answer: async (query, body) => run(check(route.query, query, 'query'), check(route.body, body, 'body')),
  }
}

function check<S extends z.ZodType>(schema: S, value: unknown, part: 'query' | 'body'): z.output<S> {
  const checked = schema.safeParse(value)
  if (checked.success) return checked.data
  const [issue] = checked.error.issues
  const name = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const field = [part, ...(issue?.path ?? []), ...(name === undefined ? [] : [name])].join('.')
  throw new Refusal('bad_request', `${field}: ${issue?.message ?? 'not understood'}`, { field })
}

function status({ issuer, settings, stage }: Controlled): SandboxAnswer<'status'> {
  const { grace, account, consent } = settings
  const { personality, lifetime, connection } = stage
  const clients = allClients(settings).map(({ client: { clientId, authentication } }) => ({
    clientId,
    authentication,
  }))
  const set = { lifetime, grace, account, consent }
  return { running: true, pid: process.pid, issuer, personality, ...set, clients, connection }
}

async function addClient(
  controlled: Controlled,
  client: SandboxBody<'addClient'>,
): Promise<SandboxAnswer<'addClient'>> {
  const { clientId, authentication } = client
  const bySecret = authentication === 'client_secret_basic' || authentication === 'client_secret_post'
  const clientSecret = bySecret ? randomBytes(SECRET_BYTES).toString('base64url') : undefined
  const registered: RegisteredClient = {
    client,
    secretDigest: clientSecret === undefined ? null : digest(clientSecret),
  }
  controlled.stage.checkClient(registered)
  await controlled.settings.register(registered)
  controlled.stage.registered(registered)
  controlled.recording.keep('clientSecret', clientSecret)
  return { clientId, authentication, ...(clientSecret === undefined ? {} : { clientSecret }) }
}

async function approve(
  { stage }: Controlled,
  { userCode, decision }: SandboxBody<'approve'>,
): Promise<SandboxAnswer<'approve'>> {
  const decided = await stage.decideDevice(userCode, decision)
  if (decided !== undefined) {
    return { decision, client: decided.client, scopes: decided.scopes.map((scope) => Scope.parse(scope)) }
  }
  throw new Refusal('bad_request', 'body.userCode: no device waits with this code', {
    field: 'body.userCode',
  })
}

function handlersOf(controlled: Controlled): Record<SandboxRouteName, Handler> {
  const { faults, ledger, recording, settings, stage } = controlled
  const recorded = () => ({ recording: recording.isOn, secrets: recording.read() })
  return {
    status: serve(sandboxRoutes.status, () => status(controlled)),
    ledger: serve(sandboxRoutes.ledger, async ({ received, within }) => {
      await ledger.whenReceived(received, within)
      return ledger.read()
    }),
    reset: serve(sandboxRoutes.reset, () => {
      ledger.reset()
      return ledger.read()
    }),
    settings: serve(sandboxRoutes.settings, async (_, wanted) => {
      stage.checkSettings(wanted)
      await settings.change(wanted)
      return status(controlled)
    }),
    faults: serve(sandboxRoutes.faults, () => ({ faults: faults.list() })),
    addFault: serve(sandboxRoutes.addFault, (_, fault) => {
      stage.checkEndpoint(fault.endpoint)
      faults.add(fault)
      return { faults: faults.list() }
    }),
    clearFaults: serve(sandboxRoutes.clearFaults, () => {
      faults.clear()
      return { faults: [] }
    }),
    revoke: serve(sandboxRoutes.revoke, async (_, which) => ({ revoked: await stage.revoke(which) })),
    approve: serve(sandboxRoutes.approve, (_, body) => approve(controlled, body)),
    addClient: serve(sandboxRoutes.addClient, (_, client) => addClient(controlled, client)),
    record: serve(sandboxRoutes.record, () => {
      recording.start()
      return recorded()
    }),
    recorded: serve(sandboxRoutes.recorded, recorded),
    shutdown: serve(sandboxRoutes.shutdown, () => {
      // After the answer, which the closing server still delivers.
      setImmediate(controlled.shutdown)
      return { stopping: true as const, pid: process.pid }
    }),
  }
}

function findHandler(handlers: Record<SandboxRouteName, Handler>, method: string, path: string): Handler {
  const names = Object.keys(sandboxRoutes) as SandboxRouteName[]
  const here = names.filter((name) => sandboxRoutes[name].path === path)
  const name = here.find((one) => sandboxRoutes[one].method === method)
  if (name !== undefined) return handlers[name]
  if (here.length > 0) throw new Refusal('method_not_allowed', `${path} does not take ${method}`)
  throw new Refusal('unknown_route', `there is no ${path} here`)
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const body = await readBody(request)
  if (body === undefined) throw new Refusal('body_too_large', 'the body is too large')
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString('utf8'))
  } catch (cause) {
    throw new Refusal('bad_request', 'body: this is not JSON', { field: 'body', cause })
  }
}

/** A server that answers the control API; the caller says where it listens. */
export function controlServer(controlled: Controlled): Server {
  const handlers = handlersOf(controlled)
  const respond = async (request: IncomingMessage): Promise<unknown> => {
    const url = new URL(request.url ?? '/', 'http://sandbox')
    const handler = findHandler(handlers, request.method ?? '', url.pathname)
    return handler.answer(Object.fromEntries(url.searchParams), await readJson(request))
  }
  return createServer((request, response) => {
    respond(request).then(
      (body) => send(response, 200, body),
      (error: unknown) => {
        const refusal =
          error instanceof Refusal ? error : new Refusal('internal', 'the sandbox met a defect; see its log')
        if (refusal.code === 'internal') process.stderr.write(`sandbox: ${String(error)}\n`)
        send(response, refusal.status, refusal.toBody())
      },
    )
  })
}

function send(response: ServerResponse, status: number, body: unknown): void {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(text),
    connection: 'close',
  })
  response.end(text)
}
