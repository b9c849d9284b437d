/**
 * The one place that sends to providers. Invariants: every request has its own fresh connection; redirects are
 * answers, never followed; an exchange has one deadline for all its requests together; a body is read up to
 * a limit; each failure says whether the request left.
 */
import { Client } from 'undici'
import type { Dispatcher } from 'undici'
import type { CustomFetch } from 'openid-client'
import type { Network } from '../../../shared/contract/config.js'
import type { Secret } from '../../core/secret.js'
import { connectorTo } from './connecting.js'
import { ExchangeFailure, failureOf } from './exchangeFailure.js'
import { isSecureUrl } from './serverUrl.js'
import type { ServerDates } from './serverDates.js'
import { Trust } from './trust.js'

export interface OutboundPolicy {
  /** Name, route, TLS and proxy tunnel together, in milliseconds. */
  readonly connectMs: number
  /** All requests of one exchange together, in milliseconds. */
  readonly exchangeMs: number
  readonly maxBodyBytes: number
}

export const OUTBOUND_POLICY: OutboundPolicy = Object.freeze({
  // A reachable server completes a handshake well within it, and a person still waits for the rest.
  connectMs: 5_000,
  // Longer than slow servers take, shorter than a caller's patience.
  exchangeMs: 15_000,
  // Token answers and key sets are a few KB; more is no such answer.
  maxBodyBytes: 1_048_576,
})

const METHODS = ['GET', 'POST', 'DELETE'] as const
type Method = (typeof METHODS)[number]

export interface OutboundRequest {
  readonly url: string
  readonly method: Method
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | null
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: Uint8Array<ArrayBuffer>
}

/** What belongs to one call of the port, under one deadline. */
export interface Exchange {
  /** Rejects with an ExchangeFailure only. */
  send(request: OutboundRequest): Promise<Answer>
}

export class Outbound {
  readonly #network: Network
  readonly #policy: OutboundPolicy
  readonly #trust: Trust
  readonly #dates: ServerDates | undefined

  /** `dates` hears of every answer. */
  constructor(network: Network, policy: OutboundPolicy = OUTBOUND_POLICY, dates?: ServerDates) {
    this.#network = network
    this.#policy = policy
    this.#trust = new Trust(network.ca)
    this.#dates = dates
  }

  /** `identity` is a PEM certificate and key for mutual TLS (RFC 8705). */
  begin(identity?: Secret): Exchange {
    const end = performance.now() + this.#policy.exchangeMs
    return {
      send: async (request) => {
        const { protocol, host } = new URL(request.url)
        if (!isSecureUrl(request.url)) {
          throw new ExchangeFailure('unreachable', `${host} is not asked over plain ${protocol}//`)
        }
        const target = { network: this.#network, trust: this.#trust, identity }
        const sending = new Sending(request, this.#policy, end - performance.now())
        const answer = await sending.run((url, signal) => connectorTo(url, { ...target, signal }))
        this.#dates?.note(request.url, answer.headers)
        return answer
      },
    }
  }
}

type ConnectorFor = (url: URL, signal: AbortSignal) => ReturnType<typeof connectorTo>

/** One request on its own connection. */
class Sending {
  readonly #request: OutboundRequest
  readonly #policy: OutboundPolicy
  readonly #remainingMs: number
  readonly #server: string
  #sent = false

  constructor(request: OutboundRequest, policy: OutboundPolicy, remainingMs: number) {
    this.#request = request
    this.#policy = policy
    this.#remainingMs = Math.max(0, remainingMs)
    this.#server = new URL(request.url).host
  }

  async run(connectorFor: ConnectorFor): Promise<Answer> {
    if (this.#remainingMs === 0) {
      throw new ExchangeFailure('unreachable', `${this.#server} could not be asked in time`)
    }
    const url = new URL(this.#request.url)
    const abort = new AbortController()
    const client = new Client(url.origin, { connect: connectorFor(url, abort.signal) })
    const end = (reason: string): void => {
      const failure = new ExchangeFailure(
        this.#sent ? 'unanswered' : 'unreachable',
        `${this.#server} ${reason}`,
      )
      client.destroy(failure, () => undefined)
      abort.abort()
    }
    const whole = setTimeout(() => end('did not answer in time'), this.#remainingMs)
    const connect = setTimeout(
      () => this.#sent || end('did not accept a connection in time'),
      Math.min(this.#policy.connectMs, this.#remainingMs),
    )
    try {
      return await this.#dispatch(client)
    } catch (error) {
      throw failureOf(error, this.#server, this.#sent, '')
    } finally {
      clearTimeout(whole)
      clearTimeout(connect)
      client.destroy(null, () => undefined)
      abort.abort()
    }
  }

  #dispatch(client: Client): Promise<Answer> {
    const { url, method, headers, body } = this.#request
    const { pathname, search } = new URL(url)
    return new Promise((resolve, reject) => {
      client.dispatch({ path: `${pathname}${search}`, method, headers, body }, this.#reader(resolve, reject))
    })
  }

  #reader(resolve: (answer: Answer) => void, reject: (error: Error) => void): Dispatcher.DispatchHandler {
    const chunks: Buffer[] = []
    const headers = new Headers()
    let status = 0
    let size = 0
    return {
      onRequestStart: () => {
        this.#sent = true
      },
      onResponseStart: (_controller, statusCode, received) => {
        // What is said before the answer, such as early hints, is no part of it (RFC 9110 §15.2).
        if (statusCode < 200) return
        status = statusCode
        for (const [name, value] of Object.entries(received)) {
          for (const one of [value ?? []].flat()) headers.append(name, one)
        }
      },
      onResponseData: (controller, chunk) => {
        size += chunk.length
        if (size <= this.#policy.maxBodyBytes) return void chunks.push(chunk)
        controller.abort(
          new ExchangeFailure('unanswered', `${this.#server} sent an answer too large to read`),
        )
      },
      onResponseEnd: () => resolve({ status, headers, body: new Uint8Array(Buffer.concat(chunks)) }),
      onResponseError: (_controller, error) => reject(error),
    }
  }
}

/** The shape the OAuth library expects, over one exchange. */
export const fetchOver =
  (exchange: Exchange): CustomFetch =>
  async (url, { method, headers, body }) => {
    const form = body instanceof URLSearchParams ? body.toString() : null
    return responseOf(await exchange.send({ url, method: methodIn(method), headers, body: form }))
  }

/** The library's own requests are of these alone. */
function methodIn(text: string): Method {
  const method = METHODS.find((known) => known === text)
  if (method === undefined) throw new Error(`no request is made by ${text}`)
  return method
}

/** Statuses a Response may not carry a body with (Fetch §2.2.3). */
const BODILESS: readonly number[] = [204, 205, 304]

function responseOf(answer: Answer): Response {
  const body = BODILESS.includes(answer.status) ? null : answer.body
  return new Response(body, { status: answer.status, headers: answer.headers })
}
