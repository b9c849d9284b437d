/** One HTTP exchange over a Unix socket, bytes in and text out. What it means is the caller's. */
import { request, type Agent, type IncomingMessage } from 'node:http'
import { PROTOCOL_VERSION } from '../contract/ids.js'
import { DaemonUnreachable } from './unreachable.js'

export interface Answered {
  readonly status: number
  readonly text: string
}

export interface Wire {
  readonly method: string
  readonly path: string
  readonly body: string | undefined
  readonly timeoutMs: number
}

/** Rejects with the system's error, or with DaemonUnreachable when no answer came in time. */
export function exchange(socketPath: string, agent: Agent | false, wire: Wire): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const headers = {
      Host: 'fob',
      Accept: 'application/json',
      'Fob-Protocol': String(PROTOCOL_VERSION),
      ...(wire.body === undefined
        ? {}
        : { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(wire.body) }),
    }
    const { method, path } = wire
    const outgoing = request({ socketPath, agent, method, path, headers }, (answer) => {
      readText(answer).then((text) => resolve({ status: answer.statusCode ?? 0, text }), reject)
    })
    outgoing.setTimeout(wire.timeoutMs, () => {
      const seconds = wire.timeoutMs / 1000
      outgoing.destroy(
        new DaemonUnreachable('lost', `the daemon did not answer within ${seconds} s`, 'fob logs'),
      )
    })
    outgoing.on('error', reject)
    outgoing.end(wire.body)
  })
}

async function readText(answer: IncomingMessage): Promise<string> {
  const chunks: Uint8Array[] = []
  for await (const chunk of answer) if (chunk instanceof Uint8Array) chunks.push(chunk)
  return Buffer.concat(chunks).toString('utf8')
}
