/**
 * Writes answers: every one with its length, kept by no cache, in one piece. From the moment the server stops each
 * says that its connection ends with it, those that were being worked on as well.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'

export const JSON_TYPE = 'application/json'
export const TEXT_TYPE = 'text/plain; charset=utf-8'

/** What a caller may go on sending once it was refused, so that it comes to read why. */
const FAREWELL = Object.freeze({ bytes: 67_108_864, ms: 2_000 })

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
    if (response.shouldKeepAlive || !isSending(response.req)) return void response.end(body)
    // A connection closed under a caller who still sends gives it a broken pipe in the place of the answer.
    response.write(body)
    whenSent(response.req, () => response.end())
  }
}

function isSending({ complete, headers }: IncomingMessage): boolean {
  const { 'content-length': length = '0', 'transfer-encoding': encoding } = headers
  return !complete && (encoding !== undefined || Number(length) > 0)
}

/** Once the rest of the body has come and was thrown away, or when there is too much of it. */
function whenSent(request: IncomingMessage, then: () => void): void {
  let left: number = FAREWELL.bytes
  const over = (): void => {
    clearTimeout(timer)
    request.off('data', discard).off('close', over).off('end', over)
    then()
  }
  const discard = (piece: Buffer): void => {
    left -= piece.length
    if (left < 0) over()
  }
  const timer = setTimeout(over, FAREWELL.ms)
  request.on('data', discard).on('close', over).on('end', over)
  request.resume()
}
