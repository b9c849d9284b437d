/**
 * Mounts the route table on express: for each route its schemas read the request, policy decides, the handler
 * answers. One way for all of them, so a new route is a line in the table and a handler.
 */
import express, {
  type Express,
  type NextFunction,
  type Request,
  type RequestHandler,
  type Response,
} from 'express'
import { Refusal } from '../../shared/contract/errors.js'
import { METRICS_PATH, routes } from '../../shared/contract/routes.js'
import type { Broker } from '../core/broker/broker.js'
import { nearestName } from '../core/roster/nearestName.js'
import type { Caller, Metrics } from '../core/ports.js'
import type { Answers } from './answers.js'
import type { Gatekeeper } from './gatekeeper.js'
import { readers, type Asked, type Handlers, type TableRoute } from './handlers.js'
import type { RefusalDesk } from './refusalDesk.js'
import { bodyTooLarge, LIMITS } from './requestGuard.js'
import { parsePart, queryOf } from './requestParts.js'
import { sendMetrics } from './routes/metrics.js'

export interface TableParts {
  readonly handlers: Handlers
  readonly broker: Broker
  readonly gatekeeper: Gatekeeper
  readonly desk: RefusalDesk
  readonly answers: Answers
  readonly metrics: Metrics
}

export function tableRoutes(parts: TableParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.enable('case sensitive routing')
  app.enable('strict routing')
  // Queries are read by the route's schema, each name once.
  app.set('query parser', false)
  for (const name of tableRouteNames()) mount(app, name, parts)
  app.get(METRICS_PATH, (_request, response) => sendMetrics(parts.metrics, parts.answers, response))
  for (const [path, methods] of methodsByPath()) app.all(path, notAllowed(methods, parts.desk))
  app.use((_request: Request, response: Response) =>
    parts.desk.send(response, new Refusal('unknown_route', 'no such route; the README lists them')),
  )
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) next(error)
    else parts.desk.send(response, parts.desk.refusalOf(error))
  })
  return app
}

const isTableRoute = (name: string): name is TableRoute => name in routes && name !== 'accessToken'

const tableRouteNames = (): TableRoute[] => Object.keys(routes).filter(isTableRoute)

function methodsByPath(): Map<string, string[]> {
  const methods = new Map<string, string[]>([[METRICS_PATH, ['GET']]])
  for (const { path, method } of Object.values(routes)) {
    methods.set(path, [...(methods.get(path) ?? []), method])
  }
  return methods
}

function notAllowed(methods: readonly string[], desk: RefusalDesk): RequestHandler {
  const allow = methods.join(', ')
  return (_request, response) => {
    response.setHeader('Allow', allow)
    desk.send(response, new Refusal('method_not_allowed', `use ${allow} here`, { field: 'method' }))
  }
}

function mount<N extends TableRoute>(app: Express, name: N, parts: TableParts): void {
  const route = routes[name]
  const serve: RequestHandler = (request, response) => answer(name, request, response, parts)
  if (route.method === 'GET') app.get(route.path, serve)
  else if (route.method === 'POST') app.post(route.path, serve)
  else app.delete(route.path, serve)
}

async function answer<N extends TableRoute>(
  name: N,
  request: Request,
  response: Response,
  parts: TableParts,
): Promise<void> {
  const admission = parts.gatekeeper.admissionOf(request.socket)
  if (admission?.kind !== 'admitted') return void request.socket.destroy()
  const { caller } = admission
  try {
    const asked = await understand(name, request, response, caller, parts)
    parts.answers.json(response, await parts.handlers[name](asked))
  } catch (error) {
    // Reads are left out, to keep the record worth reading.
    if (routes[name].action === 'read') parts.desk.send(response, parts.desk.refusalOf(error))
    else parts.desk.refuse(response, error, { caller, connection: nameIn(request) })
  }
}

/** The one parameter there is names a connection. */
const nameIn = (request: Request): string => request.params['c']?.toString() ?? ''

async function understand<N extends TableRoute>(
  name: N,
  request: Request,
  response: Response,
  caller: Caller,
  { gatekeeper, broker }: TableParts,
): Promise<Asked<N>> {
  const { params, query, body } = readers[name]
  if (nameIn(request) !== '') await gatekeeper.ready(routes[name].action)
  const denied = gatekeeper.mayNot(caller, routes[name].action, nameIn(request))
  if (denied !== undefined) throw denied
  const named = params.safeParse(request.params)
  // A name no connection could have is unknown, not malformed.
  if (!named.success) throw unknownConnection(nameIn(request), broker)
  const mark = request.url.indexOf('?')
  const asked = {
    params: named.data,
    query: parsePart(query, 'query', queryOf(mark < 0 ? '' : request.url.slice(mark + 1))),
    body: parsePart(body, 'body', (await bodyOf(request, response)) ?? {}),
    caller,
  }
  const question = gatekeeper.ask(caller, routes[name].action, nameIn(request))
  if (question !== undefined) {
    response.once('close', () => question.leave())
    await question.answered
  }
  return asked
}

function unknownConnection(name: string, broker: Broker): Refusal {
  const nearest = nearestName(
    name,
    broker.connections().map((each) => each.name),
  )
  const hint = nearest === undefined ? '' : `; did you mean ${nearest}?`
  return new Refusal('unknown_connection', `no connection can be called that${hint}`, {
    field: 'path.c',
    fix: 'fob status',
  })
}

const readJson = express.json({
  limit: LIMITS.bodyBytes,
  // Compressed, a small body could become a huge one.
  inflate: false,
  // Whatever the content type says: `curl -d` calls everything a form.
  type: () => true,
  strict: false,
})

function bodyOf(request: Request, response: Response): Promise<unknown> {
  return new Promise((resolve, reject) => {
    readJson(request, response, (error?: unknown) => {
      if (error === undefined) resolve(request.body)
      else reject(bodyFault(error))
    })
  })
}

/** The parser's own words may quote the body, and the body may hold a secret: so fixed words. */
function bodyFault(error: unknown): Refusal {
  const type = error instanceof Error && 'type' in error ? error.type : undefined
  if (type === 'entity.too.large') return bodyTooLarge()
  if (type === 'encoding.unsupported') {
    return new Refusal('bad_request', 'body: send it uncompressed and in UTF-8', { field: 'body' })
  }
  return new Refusal('bad_request', 'body: send one JSON object in UTF-8', { field: 'body' })
}
