/**
 * The quick way of `fob token NAME [--min-validity S]`, which scripts call in a loop: no parser, no HTTP
 * library, no schemas. Whatever is not the plain case (no daemon, another option, an answer that needs words) is
 * left to the whole command, which asks again from the beginning.
 */
import { writeSync } from 'node:fs'
import { connect } from 'node:net'
import { findSocket } from '../../shared/client/findSocket.js'
import { parsedJson } from '../../shared/contract/parsedJson.js'
import { EXIT } from './exitCodes.js'
import { isErrorCode, refusalWords, type Failure } from './refusalWords.js'

/** As long as the whole command waits: a refresh may take its time. */
const ANSWER_MS = 60_000

/** The whole command asks again until the next daemon is there. */
const STOPPING = 'stopping'

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

/** What the daemon answered, as far as the plain case goes. */
export type PlainAnswer =
  { readonly kind: 'token'; readonly line: string } | ({ readonly kind: 'refused' } & Failure)

const lengthIn = (head: string): number => Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1])

/** undefined for every answer that is cut short, or of a kind only the whole command understands. */
export function plainAnswer(answer: Buffer): PlainAnswer | undefined {
  const end = answer.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const head = answer.toString('latin1', 0, end)
  const body = answer.subarray(end + 4)
  if (body.length !== lengthIn(head)) return undefined
  const text = body.toString('utf8')
  if (!head.startsWith('HTTP/1.1 200 ')) return refusalIn(text)
  const plain = /\r\ncontent-type: *text\/plain/i.test(head) && /^[!-~]+\n$/.test(text)
  return plain ? { kind: 'token', line: text } : undefined
}

const NO_ANSWER: PlainAnswer = {
  kind: 'refused',
  exit: EXIT.daemonUnreachable,
  message: `the daemon did not answer within ${ANSWER_MS / 1000} s`,
  fix: 'fob logs',
}

const textOf = (value: object, name: string): string => {
  const text: unknown = Object.entries(value).find(([key]) => key === name)?.[1]
  return typeof text === 'string' ? text : ''
}

function refusalIn(text: string): PlainAnswer | undefined {
  const body = parsedJson(text)
  if (typeof body !== 'object' || body === null || !('error' in body)) return undefined
  const { error } = body
  if (typeof error !== 'object' || error === null) return undefined
  const code = textOf(error, 'code')
  if (!isErrorCode(code) || code === STOPPING) return undefined
  const retryAt = Date.parse(textOf(error, 'retryAt'))
  const facts = {
    code,
    message: textOf(error, 'message'),
    fix: textOf(error, 'fix'),
    field: textOf(error, 'field') || undefined,
    retryAt: Number.isNaN(retryAt) ? undefined : retryAt,
  }
  return { kind: 'refused', ...refusalWords(facts, Date.now()) }
}

function conclude(answer: PlainAnswer): void {
  if (answer.kind === 'token') {
    // Straight to the descriptor: process.stdout costs a millisecond to set up.
    writeSync(1, answer.line)
    process.exit(EXIT.done)
  }
  void import('./output.js').then(({ Output }) => {
    const streams = { out: process.stdout, err: process.stderr, in: () => process.stdin }
    new Output(streams, process.env).failure(answer.message, answer.fix)
    process.exit(answer.exit)
  })
}

/** Prints what the daemon says and ends, or calls `otherwise`. */
function ask(path: string, otherwise: () => void): void {
  const socket = connect(findSocket(process.env))
  const pieces: Buffer[] = []
  // Not waiting for the daemon to close saves a millisecond. A destroyed socket says nothing more.
  socket.on('data', (piece) => {
    pieces.push(piece)
    const answer = plainAnswer(Buffer.concat(pieces))
    if (answer === undefined) return
    socket.destroy()
    conclude(answer)
  })
  socket.once('error', otherwise)
  socket.once('end', otherwise)
  socket.setTimeout(ANSWER_MS, () => conclude(NO_ANSWER))
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
