/** Serves a personality over HTTP on loopback. Knows no provider; a route that is not there is a 404. */
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { readBody } from '../formBody.js'
import { Desk, type DeskParts } from './desk.js'
import { text, type Answer, type Asked, type Person, type Personality, type Routes } from './personality.js'

export interface Played {
  readonly server: Server
  readonly desk: Desk
}

export function play(personality: Personality, parts: DeskParts, person: () => Person): Played {
  const desk = new Desk(personality.rules, parts)
  const routes = personality.routes(desk, person)
  const server = createServer((request, response) => {
    void serve(request, routes, parts).then(
      ({ status, headers, body }) => response.writeHead(status, headers).end(body),
      () => response.destroy(),
    )
  })
  return { server, desk }
}

async function serve(request: IncomingMessage, routes: Routes, parts: DeskParts): Promise<Answer> {
  const body = await readBody(request)
  if (body === undefined) return text(413, 'too large')
  const base = `http://${request.headers.host ?? ''}`
  const url = new URL(request.url ?? '/', base)
  const found = routeFor(routes, `${request.method ?? ''} ${url.pathname}`)
  if (found === undefined) return text(404, 'Not Found')
  return found.answer(askedIn(request, url, body.toString('utf8'), found.rest, parts.now()))
}

function routeFor(routes: Routes, line: string) {
  for (const [pattern, answer] of Object.entries(routes)) {
    if (pattern === line) return { answer, rest: '' }
    const start = pattern.endsWith('*') ? pattern.slice(0, -1) : undefined
    if (start !== undefined && line.startsWith(start)) return { answer, rest: line.slice(start.length) }
  }
  return undefined
}

function askedIn(request: IncomingMessage, url: URL, body: string, rest: string, now: number): Asked {
  const header = (name: string): string | undefined => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : undefined
  }
  const isForm = /^application\/x-www-form-urlencoded/.test(header('content-type') ?? '')
  return {
    query: url.searchParams,
    form: new URLSearchParams(isForm ? body : ''),
    json: parsed(body),
    header,
    rest,
    base: url.origin,
    now,
  }
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
