/** Serves a personality over HTTP on loopback. Knows no provider; a route that is not there is a 404. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import { readBody } from '../formBody.js'
import { Desk, type DeskParts } from './desk.js'
import { text, type Answer, type Asked, type Person, type Personality, type Routes } from './personality.js'

/** Answers in the place of a route; undefined: this time the route itself does. */
export type Disturbance = (asked: Asked) => Answer | undefined

export interface Performance {
  readonly desk: Desk
  /** By line (`POST /token`): what answers in the place of that route for now. */
  readonly disturbed: Map<string, Disturbance>
  /** `GET /path`, of a request, answered as the provider would. */
  answer(request: IncomingMessage, body: Buffer): Answer
  /** The route that takes it, as the personality names it; undefined: none does. */
  routeOf(request: IncomingMessage): string | undefined
}

export function perform(personality: Personality, parts: DeskParts, person: () => Person): Performance {
  const desk = new Desk(personality.rules, { account: () => person().name, ...parts })
  const routes = personality.routes(desk, person)
  const disturbed = new Map<string, Disturbance>()
  const found = (request: IncomingMessage) => routeFor(routes, lineOf(request))
  return {
    desk,
    disturbed,
    routeOf: (request) => found(request)?.pattern,
    answer: (request, body) => {
      const route = found(request)
      const asked = askedIn(request, body.toString('utf8'), route?.rest ?? '', parts.now())
      const disturbance = disturbed.get(lineOf(request))?.(asked)
      return disturbance ?? route?.answer(asked) ?? text(404, 'Not Found')
    },
  }
}

export interface Played {
  readonly server: Server
  readonly desk: Desk
  /** By line (`POST /token`): what answers in the place of that route for now. */
  readonly disturbed: Map<string, Disturbance>
}

/** On a port of its own, and nothing beside it. */
export function play(personality: Personality, parts: DeskParts, person: () => Person): Played {
  const performance = perform(personality, parts, person)
  const server = createServer((request, response) => {
    void serve(request, performance).then(
      ({ status, headers, body }) => {
        // Of the clock that everything here goes by.
        const date = new Date(parts.now()).toUTCString()
        response.writeHead(status, { date, ...headers }).end(body)
      },
      () => response.destroy(),
    )
  })
  const { desk, disturbed } = performance
  return { server, desk, disturbed }
}

async function serve(request: IncomingMessage, performance: Performance): Promise<Answer> {
  const body = await readBody(request)
  return body === undefined ? text(413, 'too large') : performance.answer(request, body)
}

const urlOf = ({ url, headers }: IncomingMessage): URL => new URL(url ?? '/', `http://${headers.host ?? ''}`)

const lineOf = (request: IncomingMessage): string => `${request.method ?? ''} ${urlOf(request).pathname}`

function routeFor(routes: Routes, line: string) {
  for (const [pattern, answer] of Object.entries(routes)) {
    if (pattern === line) return { pattern, answer, rest: '' }
    const start = pattern.endsWith('*') ? pattern.slice(0, -1) : undefined
    if (start !== undefined && line.startsWith(start))
      return { pattern, answer, rest: line.slice(start.length) }
  }
  return undefined
}

function askedIn(request: IncomingMessage, body: string, rest: string, now: number): Asked {
  const url = urlOf(request)
  const header = (name: string): string | undefined => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const isForm = /^application\/x-www-form-urlencoded/.test(header('content-type') ?? '')
  return {
    query: url.searchParams,
    form: new URLSearchParams(isForm ? body : ''),
    json: parsedJson(body),
    header,
    rest,
    base: url.origin,
    now,
  }
}
