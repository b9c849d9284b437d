/**
 * What requests and answers look like where a provider departs from forms and RFC names. Everything above speaks
 * RFC 6749; this turns it, on the way out and on the way in, into what the provider's profile says.
 * Invariants: an answer that is not understood is passed on as it came; nothing is sent that was not asked for.
 */
import { z } from 'zod'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import type { ProviderProfile } from '../../providers/profile.js'
import type { Answer, Exchange, OutboundRequest } from '../network/outbound.js'
import { jsonIn } from './jsonBody.js'

/** The exchange as this provider wants it. */
export function wired(exchange: Exchange, wire: ProviderProfile['wire']): Exchange {
  if (wire === undefined) return exchange
  return { send: async (request) => fromRestJson(await exchange.send(toRestJson(request))) }
}

const JSON_TYPE = 'application/json'

const Members = z.record(z.string(), z.unknown())

const membersIn = (json: unknown): z.output<typeof Members> | undefined => Members.safeParse(json).data

/** The same members in a JSON object; what brings no form or JSON stays as it is. */
function toRestJson(request: OutboundRequest): OutboundRequest {
  const { body } = request
  const type = new Headers(request.headers).get('content-type') ?? ''
  if (body === null) return request
  const isJson = type.startsWith(JSON_TYPE)
  const members = membersIn(isJson ? parsedJson(body) : Object.fromEntries(new URLSearchParams(body)))
  if (members === undefined) return request
  const headers = new Headers(request.headers)
  headers.set('content-type', JSON_TYPE)
  return {
    ...request,
    headers: Object.fromEntries(headers),
    body: JSON.stringify(renamed(members, camelCase)),
  }
}

/** The names of the RFCs; an error by its exception, which says more than the RFC's word beside it. */
function fromRestJson(answer: Answer): Answer {
  const isJson = /^application\/([a-z-]+-)?json\b/.test(answer.headers.get('content-type') ?? '')
  const members = membersIn(isJson ? jsonIn(answer) : undefined)
  if (members === undefined) return answer
  const named = renamed(members, snakeCase)
  const exception = answer.status >= 400 ? exceptionIn(answer.headers, members) : undefined
  const error = exception === undefined ? {} : { error: exception }
  const said = named['error_description'] ?? named['message'] ?? undefined
  const description = typeof said === 'string' ? { error_description: said } : {}
  const headers = new Headers(answer.headers)
  headers.set('content-type', JSON_TYPE)
  const body = new TextEncoder().encode(JSON.stringify({ ...named, ...error, ...description }))
  return { ...answer, headers, body }
}

/** `Name`, `namespace#Name` or `Name:address`, in the header or in the body. */
function exceptionIn(headers: Headers, members: z.output<typeof Members>): string | undefined {
  const said = headers.get('x-amzn-errortype') ?? members['__type']
  return typeof said === 'string' ? /([A-Za-z0-9]+)(?::|$)/.exec(said)?.[1] : undefined
}

const renamed = (members: z.output<typeof Members>, rename: (name: string) => string) =>
  Object.fromEntries(Object.entries(members).map(([name, value]) => [rename(name), value]))

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)
