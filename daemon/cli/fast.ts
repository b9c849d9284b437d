/**
 * The quick way of `fob token NAME [--min-validity S]`, which scripts call in a loop: no parser, no HTTP
 * library, no schemas. Whatever is not the plain case — no daemon, a refusal, another option — is left to the
 * whole command, which asks again from the beginning.
 */
import { writeSync } from 'node:fs'
import { connect } from 'node:net'
import { findSocket } from '../../shared/client/findSocket.js'

/** A connection's name and whole seconds; anything else deserves the whole command's messages. */
const NAME = /^[a-z0-9][a-z0-9._-]{0,63}$/
const SECONDS = /^\d{1,8}$/

/** The path to ask for, or undefined when the words are not the plain case. */
export function plainRequest(words: readonly string[]): string | undefined {
  const [name = '', option, value = '', ...more] = words
  if (!NAME.test(name) || more.length > 0) return undefined
  const path = `/v1/connections/${name}/access-token`
  if (option === undefined) return path
  return option === '--min-validity' && SECONDS.test(value) ? `${path}?min_validity=${value}` : undefined
}

/** The body of a complete `200 text/plain` answer of one line, or undefined for every other answer. */
export function plainAnswer(answer: string): string | undefined {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0 || !answer.startsWith('HTTP/1.1 200 ')) return undefined
  const head = answer.slice(0, end).toLowerCase()
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1]
  const body = answer.slice(end + 4)
  const plain = head.includes('\r\ncontent-type: text/plain')
  return plain && body.length === Number(length) && /^[!-~]+\n$/.test(body) ? body : undefined
}

/** Prints the access token and ends, or calls `otherwise`. */
function ask(path: string, otherwise: () => void): void {
  const socket = connect(findSocket(process.env))
  let answer = ''
  // Token and headers are ASCII, so that characters are bytes.
  socket.setEncoding('latin1')
  socket.on('data', (piece: string) => (answer += piece))
  socket.once('error', otherwise)
  socket.once('end', () => {
    const body = plainAnswer(answer)
    if (body === undefined) return otherwise()
    // Straight to the descriptor: process.stdout costs a millisecond to set up.
    writeSync(1, body)
    process.exit(0)
  })
  socket.write(`GET ${path} HTTP/1.1\r\nHost: fob\r\nAccept: text/plain\r\nConnection: close\r\n\r\n`)
}

/** Runs `otherwise` when this is not the plain case. */
export function fast(words: readonly string[], otherwise: () => void): void {
  const path = plainRequest(words)
  if (path === undefined) return otherwise()
  try {
    ask(path, otherwise)
  } catch {
    // No socket, or one that is not ours: the whole command says so.
    otherwise()
  }
}
