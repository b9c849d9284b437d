/** One request to a personality and the answer it will get, in the shape that faults act on. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { z } from 'zod'
import { parsedJson } from '../../../shared/contract/parsedJson.js'
import type { Answering } from '../disturbances.js'
import type { Answer } from './personality.js'

const Members = z.record(z.string(), z.unknown())

export class Exchange implements Answering {
  readonly req: IncomingMessage
  readonly res: ServerResponse
  status = 404
  body: unknown = ''
  respond = true

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.req = request
    this.res = response
  }

  get type(): string {
    return String(this.res.getHeader('content-type') ?? '')
  }

  set type(type: string) {
    this.set('content-type', type)
  }

  set(header: string, value: string): void {
    this.res.setHeader(header, value)
  }

  take({ status, headers, body }: Answer): void {
    this.status = status
    this.body = body
    for (const [name, value] of Object.entries(headers)) this.set(name, value)
  }

  /** The members of the answer, as JSON or as a form has them. */
  get members(): Readonly<Record<string, unknown>> {
    const text = typeof this.body === 'string' ? this.body : ''
    const told = Members.safeParse(parsedJson(text))
    if (told.success) return told.data
    return /urlencoded/.test(this.type) ? Object.fromEntries(new URLSearchParams(text)) : {}
  }

  end(): void {
    if (!this.respond) return
    this.res.statusCode = this.status
    this.res.end(typeof this.body === 'string' ? this.body : '')
  }
}
