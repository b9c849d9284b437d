/**
 * Typed calls over the socket, from the route table. Each call finds and checks the socket anew, so a
 * restarted or upgraded daemon is met without the caller noticing.
 * Invariants: a request is sent again only when it cannot have taken effect (never connected, refused because
 * the daemon is stopping) or when it is a GET whose connection broke before an answer, and that for a
 * moment: a kept connection may be an old one, and a daemon that is dying takes connections that nobody will
 * answer, while who asks has to hear that it is gone.
 */
import { Agent } from 'node:http'
import type { z } from 'zod'
import { ErrorBody, Refusal } from '../contract/errors.js'
import { parsedJson } from '../contract/parsedJson.js'
import type { Environment } from '../contract/places.js'
import { routes, type Answer, type RouteName, type Routes } from '../contract/routes.js'
import { quoted } from '../contract/shellWord.js'
import { systemCode } from '../contract/systemCode.js'
import { exchange, type Answered, type Wire } from './exchange.js'
import { findSocket } from './findSocket.js'
import { DaemonUnreachable } from './unreachable.js'

type Part<N extends RouteName, K extends 'params' | 'query' | 'body'> = z.input<Routes[N][K]>
type Given<K extends string, T> = Record<string, never> extends T ? { [key in K]?: T } : { [key in K]: T }

/** What one route takes; parts without a required member may be left out. */
export type CallInput<N extends RouteName> = Given<'params', Part<N, 'params'>> &
  Given<'query', Part<N, 'query'>> &
  Given<'body', Part<N, 'body'>>

export const CALL_LIMITS = Object.freeze({
  /** An exchange may take 15 s, a sign-out two of them, and the keychain its own deadline before that. */
  answerMs: 60_000,
  /** Looking does no work beyond memory and a file: whoever takes longer is stuck. */
  lookMs: 10_000,
  /** Between tries while the listen backlog is full or the daemon is being replaced. */
  againMs: 20,
  /** By then the kernel has closed all that a killed daemon held, also where it has much else to do. */
  dyingMs: 250,
  /** How long to try so. A storm of 1,000 callers is over in less. */
  patienceMs: 10_000,
})

/** `:c` in the table's path stands for a parameter. */
function pathOf(pattern: string, params: object, query: object): string {
  const values = new Map(Object.entries(params))
  const path = pattern.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(String(values.get(name))))
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) search.set(name, String(value))
  return search.size === 0 ? path : `${path}?${search.toString()}`
}

/** Refuses here what the daemon would refuse there, with the same field names. */
function checkPart(part: 'params' | 'query' | 'body', schema: z.ZodType, value: unknown): void {
  const parsed = schema.safeParse(value)
  if (parsed.success) return
  const issue = parsed.error.issues[0]
  const field = [part, ...(issue?.path ?? [])].map(String).join('.')
  throw new Refusal('bad_request', `${field}: ${issue?.message ?? 'not valid'}`, { field })
}

/** Whether what broke a connection first at that time has a trouble of its own. */
const isOver = (brokeAt = Infinity): boolean => Date.now() - brokeAt > CALL_LIMITS.dyingMs

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** A server name is for TLS; stating none spares Node the 5 ms in which it learns to tell names from addresses. */
const AGENT_OPTIONS = { keepAlive: true, servername: '' }

export type Hello = Answer<'hello'>

export class Caller {
  readonly #env: Environment
  /** Kept connections save the daemon a look at the kernel's facts for each call. */
  readonly #agent = new Agent(AGENT_OPTIONS)

  constructor(env: Environment) {
    this.#env = env
  }

  /**
   * Rejects with the daemon's `Refusal`, with `bad_request` for input the table does not allow, with
   * DaemonUnreachable, or with PlaceRefused for an unusable environment.
   */
  async call<N extends RouteName>(name: N, input: CallInput<N>): Promise<Answer<N>> {
    const route: Routes[RouteName] = routes[name]
    const { params = {}, query = {}, body = {} }: { params?: object; query?: object; body?: object } = input
    checkPart('params', route.params, params)
    checkPart('query', route.query, query)
    checkPart('body', route.body, body)
    const answered = await this.#send({
      method: route.method,
      path: pathOf(route.path, params, query),
      body: Object.keys(body).length === 0 ? undefined : JSON.stringify(body),
      timeoutMs: route.action === 'read' ? CALL_LIMITS.lookMs : CALL_LIMITS.answerMs,
    })
    return answerOf(name, answered)
  }

  /** undefined when nobody listens. Rejects when somebody does and does not answer as fob. */
  async hello(): Promise<Hello | undefined> {
    try {
      return await this.call('hello', {})
    } catch (cause) {
      if (!(cause instanceof DaemonUnreachable)) throw cause
      if (cause.kind === 'absent') return undefined
      throw cause.kind === 'foreign' ? foreign(findSocket(this.#env), cause) : cause
    }
  }

  /** Lets go of kept connections. */
  close(): void {
    this.#agent.destroy()
  }

  async #send(wire: Wire): Promise<Answered> {
    const until = Date.now() + CALL_LIMITS.patienceMs
    let brokeAt: number | undefined
    for (;;) {
      const next = await this.#try(wire, wire.method === 'GET' && brokeAt === undefined ? this.#agent : false)
      if (next.kind === 'answered') {
        if (!isStopping(next.answered) || Date.now() > until) return next.answered
      } else if (next.kind === 'broken') {
        if (wire.method !== 'GET' || isOver(brokeAt)) throw next.error
        brokeAt ??= Date.now()
      } else if (Date.now() > until) throw next.error
      await wait(CALL_LIMITS.againMs)
    }
  }

  /** Only first tries of a GET use kept connections: the daemon may close one just as it is used. */
  async #try(wire: Wire, agent: Agent | false): Promise<Attempt> {
    const socketPath = findSocket(this.#env)
    try {
      return { kind: 'answered', answered: await exchange(socketPath, agent, wire) }
    } catch (cause) {
      const code = systemCode(cause)
      if (code === 'ENOENT' || code === 'ECONNREFUSED') {
        throw new DaemonUnreachable('absent', `no daemon listens at ${socketPath}`, 'fob up', cause)
      }
      if (code === 'EAGAIN') return { kind: 'full', error: busy(socketPath, cause) }
      // What answers does not speak HTTP.
      if (code.startsWith('HPE_')) throw foreign(socketPath, cause)
      if (code === 'ECONNRESET' || code === 'EPIPE') return { kind: 'broken', error: lost(socketPath, cause) }
      throw cause instanceof DaemonUnreachable ? cause : lost(socketPath, cause)
    }
  }
}

type Attempt =
  | { readonly kind: 'answered'; readonly answered: Answered }
  | { readonly kind: 'full' | 'broken'; readonly error: DaemonUnreachable }

const busy = (socketPath: string, cause: unknown): DaemonUnreachable =>
  new DaemonUnreachable('lost', `the daemon at ${socketPath} is too busy to answer`, 'fob logs', cause)

const lost = (socketPath: string, cause: unknown): DaemonUnreachable =>
  new DaemonUnreachable('lost', `the daemon at ${socketPath} broke off: ${String(cause)}`, 'fob logs', cause)

/** The daemon takes no path on which somebody listens: whoever that is keeps the socket under another name. */
function foreign(socketPath: string, cause: unknown): DaemonUnreachable {
  const fix = `mv ${quoted(socketPath)} ${quoted(`${socketPath}.old`)} && fob up`
  return new DaemonUnreachable('foreign', `what answers at ${socketPath} is not fob`, fix, cause)
}

function isStopping({ status, text }: Answered): boolean {
  return status === 503 && text.includes('"stopping"')
}

/** The table again, in a form in which TypeScript sees that a route's schema gives that route's answer. */
const answers: { readonly [N in RouteName]: { readonly answer: z.ZodType<Answer<N>> } } = routes

function answerOf<N extends RouteName>(name: N, { status, text }: Answered): Answer<N> {
  const value = parsedJson(text)
  if (status >= 200 && status < 300) {
    const parsed = answers[name].answer.safeParse(value)
    if (parsed.success) return parsed.data
  } else {
    const refused = ErrorBody.safeParse(value)
    if (refused.success) throw Refusal.fromBody(refused.data)
  }
  // Frozen for ever, so that whoever says something else is somebody else.
  const kind = name === 'hello' ? 'foreign' : 'lost'
  throw new DaemonUnreachable(kind, `the daemon's answer ${status} to ${name} is not understood`, 'fob up')
}
