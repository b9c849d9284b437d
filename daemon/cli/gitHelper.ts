/**
 * `fob credential git get|store|erase|capability`: what git runs for each credential. No parser, no HTTP library,
 * no schemas: git waits for it at every fetch.
 * Invariants: standard output has a whole answer or nothing; no access token is in an argument or a message; for
 * a host that nobody mapped to a connection nothing is printed and nothing but the map is asked.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync, writeSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { findSocket } from '../../shared/client/findSocket.js'
import { parsedJson } from '../../shared/contract/parsedJson.js'
import type { Environment } from '../../shared/contract/places.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import {
  GIT_CAPABILITIES,
  GIT_QUIT,
  gitAnswer,
  GitInputFault,
  parseGitRequest,
  type GitRequest,
} from '../delivery/git.js'

/** A transfer begins with the credential it was given: half a minute is enough for that. */
const MIN_VALIDITY_S = 30

/** An exchange with the provider may take 15 s, and the keychain its own deadline before. */
const ANSWER_MS = 60_000

export interface HelperStreams {
  input(): string
  out(text: string): void
  err(text: string): void
}

/** Something to say on standard error. */
class HelperFailure extends Error {
  readonly fix: string

  constructor(message: string, fix: string) {
    super(message)
    this.name = 'HelperFailure'
    this.fix = fix
  }
}

interface Answered {
  readonly status: number
  readonly body: unknown
}

/** Gives the exit code. Operations of a git to come are ignored, as git-credential(1) asks. */
export async function gitHelper(
  operation: string,
  env: Environment,
  streams: HelperStreams,
): Promise<number> {
  if (operation === 'capability') streams.out(GIT_CAPABILITIES)
  // What git would store came from here: there is one owner.
  if (operation !== 'get' && operation !== 'erase') return 0
  try {
    const request = parseGitRequest(streams.input())
    const daemon = new DaemonCalls(env)
    const served = await servedBy(daemon, request)
    if (served === undefined) return 0
    if (operation === 'get') return await get(daemon, request, served, streams)
    await erase(daemon, request, served)
    return 0
  } catch (error) {
    tell(error, streams)
    return 1
  }
}

interface Served {
  /** undefined: none, or one of `among`. */
  readonly connection: string | undefined
  readonly username: string
  /** What to name for its access token; '' where it has but one. */
  readonly scope: string
  /** All that could serve the host. */
  readonly among: readonly string[]
  /** What git would have to tell. */
  readonly say: string | undefined
}

async function servedBy(daemon: DaemonCalls, request: GitRequest): Promise<Served | undefined> {
  const { protocol, host, username, path } = request
  if (host === '' || (protocol !== 'http' && protocol !== 'https')) return undefined
  const query = new URLSearchParams({ protocol, host })
  if (username !== '') query.set('username', username)
  if (path !== '') query.set('path', path)
  const { status, body } = await daemon.call('GET', `/v1/git/host?${query.toString()}`)
  if (status !== 200) throw failureIn(body)
  const among = memberOf(body, 'among')
  return {
    connection: textIn(body, 'connection'),
    username: textIn(body, 'username') ?? '',
    scope: textIn(body, 'scope') ?? '',
    among: Array.isArray(among) ? among.filter((name) => typeof name === 'string') : [],
    say: textIn(body, 'say'),
  }
}

async function get(
  daemon: DaemonCalls,
  request: GitRequest,
  served: Served,
  streams: HelperStreams,
): Promise<number> {
  const { connection, username, scope } = served
  if (connection === undefined) {
    if (served.say === undefined) return 0
    return quit(undecided(request, served), streams)
  }
  const named = scope === '' ? '' : `&scopes=${encodeURIComponent(scope)}`
  const path = `/v1/connections/${connection}/access-token?min_validity=${MIN_VALIDITY_S}${named}`
  const { status, body } = await daemon.call('GET', path)
  const accessToken = textIn(body, 'accessToken')
  if (status !== 200 || accessToken === undefined) return quit(failureIn(body), streams)
  const expires = textIn(body, 'expiresAt')
  const expiresAt = expires === undefined ? null : Date.parse(expires)
  const answer = gitAnswer(request, { username, accessToken, expiresAt })
  if (answer === undefined) throw new HelperFailure('this access token cannot be told to git', '')
  streams.out(answer)
  return 0
}

function quit(failure: HelperFailure, streams: HelperStreams): number {
  tell(failure, streams)
  streams.out(GIT_QUIT)
  return 0
}

/** Two accounts on one host: what makes git tell which is meant. */
function undecided({ protocol, host }: GitRequest, { among, say }: Served): HelperFailure {
  const key = `credential.${protocol}://${host}`
  if (say === 'path') {
    const message = `which connection serves ${host} depends on the path, and git does not tell it`
    return new HelperFailure(message, `git config --global ${key}.useHttpPath true`)
  }
  const [first = ''] = among
  const message =
    `${among.join(' and ')} both serve ${host}, and git does not say which is meant; ` +
    `name one as the user, in the URL (${protocol}://${first}@${host}/...) or for this repository`
  return new HelperFailure(message, `git config ${key}.username ${first}`)
}

/**
 * What is erased comes back under the user name it was given with, which says nothing of its connection. A password
 * that is not the access token in use is not ours to judge: the daemon refuses, and all is well.
 */
async function erase(daemon: DaemonCalls, { password }: GitRequest, { among }: Served): Promise<void> {
  if (password === '') return
  const body = JSON.stringify({ accessToken: password })
  for (const connection of among) {
    const { status } = await daemon.call('POST', `/v1/connections/${connection}/reject-token`, body)
    if (status === 200) return
  }
}

class DaemonCalls {
  readonly #env: Environment
  #started = false

  constructor(env: Environment) {
    this.#env = env
  }

  /** Starts the daemon when there is none, once. Rejects with HelperFailure. */
  async call(method: string, path: string, body = ''): Promise<Answered> {
    try {
      return await exchange(findSocket(this.#env), method, path, body)
    } catch (error) {
      if (this.#started || !isAbsent(error)) throw error
      this.#started = true
      const up = spawnSync(process.execPath, [join(import.meta.dirname, '..', 'fob.js'), 'up'], {
        encoding: 'utf8',
        stdio: ['ignore', 'ignore', 'pipe'],
      })
      if (up.status !== 0) throw new HelperFailure('fob is not running and could not be started', 'fob up')
      return this.call(method, path, body)
    }
  }
}

const ABSENT = new Set(['ENOENT', 'ECONNREFUSED'])

/** By shape: the client's own error, or the system's when the socket is a dead daemon's. */
const isAbsent = (error: unknown): boolean =>
  (error instanceof Error && 'kind' in error && error.kind === 'absent') || ABSENT.has(systemCode(error))

function exchange(socketPath: string, method: string, path: string, body: string): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath)
    const pieces: Buffer[] = []
    socket.setTimeout(ANSWER_MS, () => socket.destroy(new HelperFailure('fob did not answer', 'fob logs')))
    socket.on('data', (piece) => pieces.push(piece))
    socket.once('error', reject)
    socket.once('end', () => {
      const answered = answerIn(Buffer.concat(pieces).toString('utf8'))
      if (answered) resolve(answered)
      else reject(new HelperFailure('what answers is not fob', 'fob status'))
    })
    const length = Buffer.byteLength(body)
    const head = `${method} ${path} HTTP/1.1\r\nHost: fob\r\nConnection: close\r\nContent-Length: ${length}`
    socket.write(`${head}\r\n\r\n${body}`)
  })
}

function answerIn(text: string): Answered | undefined {
  const end = text.indexOf('\r\n\r\n')
  const status = /^HTTP\/1\.1 (\d{3}) /.exec(text)?.[1]
  if (end < 0 || status === undefined) return undefined
  const body = parsedJson(text.slice(end + 4))
  return body === undefined ? undefined : { status: Number(status), body }
}

const memberOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined

function textIn(value: unknown, name: string): string | undefined {
  const member = memberOf(value, name)
  return typeof member === 'string' ? member : undefined
}

function failureIn(body: unknown): HelperFailure {
  const error = memberOf(body, 'error')
  return new HelperFailure(textIn(error, 'message') ?? 'fob refused', textIn(error, 'fix') ?? 'fob logs')
}

function tell(error: unknown, streams: HelperStreams): void {
  const fix = textIn(error, 'fix') ?? ''
  const message = error instanceof Error ? error.message : String(error)
  const what = error instanceof GitInputFault ? `git's question is not understood: ${message}` : message
  streams.err(`fob: ${what}\n${fix === '' ? '' : `     fix: ${fix}\n`}`)
}

/** The streams of this process, straight: process.stdout costs a millisecond to set up. */
export const ownStreams: HelperStreams = {
  input: () => readFileSync(0, 'utf8'),
  out: (text) => void writeSync(1, text),
  err: (text) => void writeSync(2, text),
}
