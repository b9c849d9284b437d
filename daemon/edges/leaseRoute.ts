/**
 * `GET /v1/connections/{c}/access-token`, the call that matters, answered before express and without a regular
 * expression, a promise or a schema when a cached access token will do. Everything unusual takes the slow way
 * through the route's schemas, so that errors name the field as on any other route.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Lease } from '../../shared/contract/lease.js'
import { routes, type Query } from '../../shared/contract/routes.js'
import type { Broker } from '../core/broker/broker.js'
import type { LeaseRequest } from '../core/broker/leasing.js'
import type { Caller } from '../core/ports.js'
import { TEXT_TYPE, type Answers } from './answers.js'
import type { Gatekeeper } from './gatekeeper.js'
import type { RefusalDesk } from './refusalDesk.js'
import { parsePart, queryOf } from './requestParts.js'

const [BEFORE = '', AFTER = ''] = routes.accessToken.path.split(':c')

interface Target {
  readonly name: string
  /** Without the question mark. */
  readonly query: string
}

export class LeaseRoute {
  readonly #broker: Broker
  readonly #gatekeeper: Gatekeeper
  readonly #desk: RefusalDesk
  readonly #answers: Answers

  constructor(broker: Broker, gatekeeper: Gatekeeper, desk: RefusalDesk, answers: Answers) {
    this.#broker = broker
    this.#gatekeeper = gatekeeper
    this.#desk = desk
    this.#answers = answers
  }

  /** Takes the request and answers it, or says false and leaves it alone. */
  take(request: IncomingMessage, response: ServerResponse, caller: Caller): boolean {
    const target = request.method === 'GET' ? targetOf(request.url ?? '') : undefined
    if (target === undefined) return false
    const refuse = (error: unknown): void =>
      this.#desk.refuse(response, error, { caller, connection: target.name })
    const serve = (): void => {
      try {
        this.#serve(target, request, response, caller, refuse)
      } catch (error) {
        refuse(error)
      }
    }
    const ready = this.#gatekeeper.ready(routes.accessToken.action)
    if (ready === undefined) serve()
    else ready.then(serve, refuse)
    return true
  }

  #serve(
    target: Target,
    request: IncomingMessage,
    response: ServerResponse,
    caller: Caller,
    refuse: (error: unknown) => void,
  ): void {
    const wanted = this.#understand(target, caller)
    const asked = this.#gatekeeper.ask(caller, routes.accessToken.action, target.name, wanted.scopes)
    if (asked !== undefined) response.once('close', () => asked.leave())
    const lease =
      asked === undefined
        ? this.#broker.lease(wanted, caller)
        : asked.answered.then(() => this.#broker.lease(wanted, caller))
    const { accept } = request.headers
    if (lease instanceof Promise) lease.then((late) => this.#send(response, late, accept)).catch(refuse)
    else this.#send(response, lease, accept)
  }

  #send(response: ServerResponse, lease: Lease, accept: string | undefined): void {
    if (prefersText(accept)) this.#answers.send(response, 200, TEXT_TYPE, `${lease.accessToken}\n`)
    else this.#answers.json(response, lease)
  }

  #understand(target: Target, caller: Caller): LeaseRequest {
    const denied = this.#gatekeeper.mayNot(caller, routes.accessToken.action, target.name)
    if (denied !== undefined) throw denied
    return leaseRequest(target)
  }
}

/** Whether the path is the access-token route's, and for which name. */
export function targetOf(url: string): Target | undefined {
  if (!url.startsWith(BEFORE)) return undefined
  const mark = url.indexOf('?')
  const end = mark < 0 ? url.length : mark
  if (!url.endsWith(AFTER, end)) return undefined
  const name = url.slice(BEFORE.length, end - AFTER.length)
  if (name === '' || name.includes('/')) return undefined
  return {
    name: name.includes('%') ? decodeURIComponent(name) : name,
    query: mark < 0 ? '' : url.slice(mark + 1),
  }
}

/** Throws `bad_request` naming the field when the query is not the route's. */
export function leaseRequest({ name, query }: Target): LeaseRequest {
  const asked = usualQuery(query) ?? parsePart(routes.accessToken.query, 'query', queryOf(query))
  return {
    connection: name,
    minValidityMs: asked.min_validity * 1000,
    scopes: asked.scopes,
    resource: asked.resource,
  }
}

const MIN_VALIDITY = 'min_validity='
/** Up to six digits are always within the year the schema allows; longer numbers are the schema's. */
const USUAL_DIGITS = 6

/** The two queries nearly everybody sends: none, and `min_validity` alone. */
function usualQuery(query: string): Query<'accessToken'> | undefined {
  if (query === '') return { min_validity: 0 }
  const digits = query.length - MIN_VALIDITY.length
  if (digits < 1 || digits > USUAL_DIGITS || !query.startsWith(MIN_VALIDITY)) return undefined
  let seconds = 0
  for (let i = MIN_VALIDITY.length; i < query.length; i++) {
    const digit = query.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return undefined
    seconds = seconds * 10 + digit
  }
  return { min_validity: seconds }
}

/**
 * Whether plain text is wanted more than JSON (RFC 9110 §12.5.1). The first of the named types with the highest
 * weight wins; a wildcard stands for JSON. So `text/plain, …` is text, `application/json, text/plain` is JSON.
 */
export function prefersText(accept: string | undefined): boolean {
  if (accept === undefined || !accept.includes('text/')) return false
  if (accept === 'text/plain') return true
  let best = { weight: 0, text: false }
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((each) => each.trim().toLowerCase())
    const weight = Number(parameters.find((each) => each.startsWith('q='))?.slice(2) ?? 1)
    if (weight > best.weight && READABLE.has(type)) best = { weight, text: type.startsWith('text/') }
  }
  return best.text
}

const READABLE = new Set(['text/plain', 'text/*', 'application/json', 'application/*', '*/*'])
