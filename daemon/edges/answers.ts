/**
 * Writes answers: every one with its length, kept by no cache, in one piece. From the moment the server stops each
 * says that its connection ends with it, those that were being worked on as well.
 */
import type { ServerResponse } from 'node:http'

export const JSON_TYPE = 'application/json'
export const TEXT_TYPE = 'text/plain; charset=utf-8'

export class Answers {
  #last = false

  sayGoodbye(): void {
    this.#last = true
  }

  json(response: ServerResponse, value: unknown): void {
    this.send(response, 200, JSON_TYPE, JSON.stringify(value))
  }

  /** Does nothing for a caller who has left. */
  send(
    response: ServerResponse,
    status: number,
    type: string,
    body: string,
    extra?: Record<string, string>,
  ): void {
    if (this.#last) response.shouldKeepAlive = false
    response.writeHead(status, {
      'Content-Type': type,
      'Content-Length': Buffer.byteLength(body),
      'Cache-Control': 'no-store',
      ...extra,
    })
    response.end(body)
  }
}
