/**
 * A whole fob in a home of its own: the built command, the daemon and sandbox it starts, and what a test
 * wants to know of them. Everything is spoken to from outside, as people and scripts do.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { get, request, type Agent, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { Status, type ConnectionStatus } from '../../shared/contract/connection.js'
import { ErrorBody } from '../../shared/contract/errors.js'
import { Lease } from '../../shared/contract/lease.js'
import { sandboxRoutes, SandboxStatus, type SandboxSettings } from '../../shared/contract/sandbox.js'
import type { SandboxFaultInput } from '../../shared/contract/sandboxFault.js'
import { SandboxLedger } from '../../shared/contract/sandboxLedger.js'
import { Leftovers, type Allowed } from '../leftovers.js'
import { control } from '../sandbox/sandboxProcess.js'

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url))
const LAUNCHER = join(ROOT, 'daemon', 'fob.js')

/** How often the kernel is asked whether a process is gone: there is no event for one that is not a child. */
const LOOK_MS = 5

/** The key in its file: what it is there for. */
const KEY_FILE = join('state', 'key')
/** Files below a home that are meant to hold something: the provider puts an attempt's nonce into later tokens. */
export const SINKS: Readonly<Record<string, Allowed>> = {
  [KEY_FILE]: ['dataKey'],
  [join('state', 'sandbox', 'grants.jsonl')]: ['nonce'],
}

/** What commands print because they were asked to; an address to sign in at carries the attempt's state. */
const PRINTS: Readonly<Record<string, Allowed>> = {
  token: ['accessToken', 'idToken'],
  env: ['accessToken'],
  run: ['accessToken'],
  credential: ['accessToken', 'idToken'],
  'sign-in': ['state', 'nonce'],
}

export interface Ran {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

export interface Asked {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

export interface Ask {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** For kept connections; without one each request has a connection of its own. */
  readonly agent?: Agent
}

/** One request on a unix socket, on a connection of its own. */
export function ask(
  socketPath: string,
  path: string,
  { method = 'GET', headers = {}, body, agent }: Ask = {},
): Promise<Asked> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, path, method, headers, agent: agent ?? false }, (response) => {
      resolve(answered(response))
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

export class Home {
  readonly directory: string
  readonly environment: NodeJS.ProcessEnv
  /** Searched for the secrets of all its connections when it is removed. */
  readonly leftovers = new Leftovers()

  constructor(directory: string) {
    this.directory = directory
    this.environment = { ...process.env, FOB_HOME: directory, NO_COLOR: '1' }
    delete this.environment.FOB_SOCKET
  }

  static async make(): Promise<Home> {
    return new Home(await mkdtemp(join(tmpdir(), 'fob-p-')))
  }

  /** A home with the sandbox running and `sandbox` signed in to it. */
  static async signedIn(settings: SandboxSettings = {}): Promise<Home> {
    const home = await Home.make()
    try {
      await home.must('sandbox', 'start')
      if (Object.keys(settings).length > 0) await home.set(settings)
      await home.addSandbox('sandbox')
      await home.signIn('sandbox')
      return home
    } catch (error) {
      await home.remove()
      throw error
    }
  }

  get socket(): string {
    return join(this.directory, 'run', 'fob.sock')
  }

  get sandboxSocket(): string {
    return join(this.directory, 'run', 'sandbox.sock')
  }

  /** Stops everything, searches for secrets where none may be, and removes the home. */
  async remove(): Promise<void> {
    await this.learnSecrets()
    await this.fob('down')
    await this.fob('sandbox', 'stop')
    try {
      await this.leftovers.mustBeClean([this.directory], SINKS)
    } finally {
      await rm(this.directory, { recursive: true, force: true })
    }
  }

  /** Takes down the secrets there are so far: before a sandbox ends, which knows them in memory only. */
  async learnSecrets(): Promise<void> {
    const key = await readFile(join(this.directory, KEY_FILE), 'utf8').catch(() => '')
    if (key !== '') this.leftovers.know('dataKey', key.trim())
    for (const socket of await this.#sandboxSockets()) await this.#learnFrom(socket)
  }

  /** The standard sandbox's, and those of personalities. */
  async #sandboxSockets(): Promise<string[]> {
    const run = join(this.directory, 'run')
    const names = await readdir(run).catch(() => [])
    return names.filter((name) => /^sandbox.*\.sock$/.test(name)).map((name) => join(run, name))
  }

  async #learnFrom(socket: string): Promise<void> {
    const answer = await control(socket, 'GET', '/recording').catch(() => undefined)
    if (answer?.status !== 200) return
    const { secrets } = sandboxRoutes.recorded.answer.parse(answer.body)
    for (const { kind, text } of secrets) this.leftovers.know(kind, text)
    const { body } = await control(socket, 'GET', '/status')
    await this.leftovers.sample(SandboxStatus.parse(body).pid)
  }

  spawn(words: readonly string[]): ChildProcess {
    return spawn(process.execPath, [LAUNCHER, ...words], {
      env: this.environment,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  /** Runs `fob`; resolves once it ended and nobody holds its output any more. */
  async fob(...words: string[]): Promise<Ran> {
    const [command, ...more] = words
    if (command === 'sandbox' && more[0] === 'stop') await this.learnSecrets()
    const result = this.#heard(words, await ran(this.spawn(words)))
    if (command === 'sandbox' && more[0] === 'start' && result.code === 0) {
      for (const socket of await this.#sandboxSockets()) await control(socket, 'POST', '/recording')
    }
    return result
  }

  /** Runs `fob` with something on standard input. */
  fobReading(input: string, ...words: string[]): Promise<Ran> {
    const child = this.spawn(words)
    child.stdin?.end(input)
    return ran(child).then((result) => this.#heard(words, result))
  }

  #heard(words: readonly string[], result: Ran): Ran {
    const place = `fob ${words.join(' ')}`
    this.leftovers.heard(place, `${place}\n${result.stdout}\n${result.stderr}`, PRINTS[words[0] ?? ''])
    return result
  }

  /** Runs `fob`, which has to succeed. */
  async must(...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.fob(...words)
    assert.equal(code, 0, `fob ${words.join(' ')} ended with ${code}: ${stderr}${stdout}`)
    return stdout
  }

  /** Runs `fob` as typed in a terminal of its own; gives what the terminal showed. */
  typed(...words: string[]): Promise<string> {
    return this.typedAnswering([], ...words)
  }

  /** The same with somebody who answers each question as soon as it is there. */
  async typedAnswering(answers: readonly string[], ...words: string[]): Promise<string> {
    const line = [process.execPath, LAUNCHER, ...words].map((word) => `'${word}'`).join(' ')
    const child = spawn('script', ['-qec', line, '/dev/null'], {
      env: this.environment,
      stdio: [answers.length === 0 ? 'ignore' : 'pipe', 'pipe', 'inherit'],
    })
    const left = answers.values()
    child.stdout?.setEncoding('utf8')
    let shown = ''
    child.stdout?.on('data', (piece: string) => {
      shown += piece
      const next = shown.endsWith(': ') ? left.next() : undefined
      if (next?.done === false) child.stdin?.write(`${next.value}\r`)
    })
    await once(child, 'close')
    assert.equal(child.exitCode, 0, shown)
    return shown
  }

  /** Puts rules into fob.json, and accepts them as a person does. */
  async acceptRules(policy: readonly object[]): Promise<void> {
    await mkdir(join(this.directory, 'config'), { recursive: true })
    await writeFile(join(this.directory, 'config', 'fob.json'), JSON.stringify({ policy }))
    await this.typed('config', 'accept')
  }

  async addSandbox(name: string, ...more: string[]): Promise<void> {
    const { issuer } = await this.sandbox()
    const scopes = 'openid profile email offline_access'
    const client = ['--client-id', 'fob-sandbox', '--scopes', scopes]
    await this.must('add', 'oidc', '--name', name, '--issuer', issuer, ...client, ...more)
  }

  /** `fob sign-in --no-browser`, with this process as the browser. */
  async signIn(name: string): Promise<void> {
    const child = this.spawn(['sign-in', name, '--no-browser'])
    const ended = ran(child)
    const url = await firstLine(child)
    this.leftovers.heard('the finished page', await follow(url))
    const { code, stderr } = this.#heard(['sign-in', name], await ended)
    assert.equal(code, 0, stderr)
  }

  ask(path: string, options: Ask = {}): Promise<Asked> {
    return ask(this.socket, path, options)
  }

  async lease(name: string, query = ''): Promise<Lease> {
    const { status, text } = await this.ask(`/v1/connections/${name}/access-token${query}`)
    assert.equal(status, 200, text)
    return Lease.parse(JSON.parse(text))
  }

  async token(name: string): Promise<string> {
    return (await this.must('token', name)).trimEnd()
  }

  async status(): Promise<Status> {
    return Status.parse(JSON.parse(await this.must('status', '--json')))
  }

  async connection(name: string): Promise<ConnectionStatus> {
    const { connections } = await this.status()
    const found = connections.find((connection) => connection.name === name)
    assert.ok(found, `no connection ${name}`)
    return found
  }

  /** Ends the daemon as a crash would, and waits until the kernel has let go of it. */
  async killDaemon(): Promise<void> {
    const { pid } = (await this.status()).daemon
    process.kill(pid, 'SIGKILL')
    while (await isAlive(pid)) await pause(LOOK_MS)
  }

  async sandbox(): Promise<SandboxStatus> {
    return SandboxStatus.parse(await this.#sandbox('GET', '/status'))
  }

  async set(settings: SandboxSettings): Promise<void> {
    await this.#sandbox('POST', '/settings', settings)
  }

  async fault(fault: SandboxFaultInput): Promise<void> {
    await this.#sandbox('POST', '/faults', fault)
  }

  async clearFaults(): Promise<void> {
    await this.#sandbox('DELETE', '/faults')
  }

  /** Ends all grants at the server, without fob knowing. */
  async revokeAll(): Promise<void> {
    await this.#sandbox('POST', '/revoke', {})
  }

  /** Token requests so far; waits until there are `received`. */
  async ledger(received = 0): Promise<SandboxLedger> {
    return SandboxLedger.parse(await this.#sandbox('GET', `/ledger?received=${received}`))
  }

  async forgetLedger(): Promise<void> {
    await this.#sandbox('POST', '/reset')
  }

  async #sandbox(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await control(this.sandboxSocket, method, path, body)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body
  }
}

export function ran(child: ChildProcess): Promise<Ran> {
  const printed = { stdout: '', stderr: '' }
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (printed.stdout += text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (printed.stderr += text))
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, ...printed }))
  })
}

/** Its first line of output. Rejects when it ends without one. */
export function firstLine(child: ChildProcess): Promise<string> {
  const { stdout } = child
  assert.ok(stdout)
  return new Promise((resolve, reject) => {
    const lines = createInterface({ input: stdout })
    lines.once('line', resolve)
    lines.once('close', () => reject(new Error('it ended without a line')))
  })
}

/**
 * Follows a consent to the page that ends it, keeping cookies as a browser does; resolves with that page, which
 * has the expected status.
 */
export async function follow(url: string, expected = 200): Promise<string> {
  const cookies = new Map<string, string>()
  for (let next = url; ;) {
    const page = await visit(next, cookies)
    const { location } = page.headers
    if (location === undefined) {
      assert.equal(page.status, expected, page.text)
      return page.text
    }
    next = new URL(location, next).href
  }
}

function visit(url: string, cookies: Map<string, string>): Promise<Asked> {
  const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
  const headers = { accept: 'text/html', ...(cookie === '' ? {} : { cookie }) }
  return new Promise((resolve, reject) => {
    const asking = get(url, { agent: false, headers }, (response) => {
      for (const line of response.headers['set-cookie'] ?? []) {
        const [, name, value] = /^([^=]+)=([^;]*)/.exec(line) ?? []
        if (name !== undefined && value !== undefined) cookies.set(name, value)
      }
      resolve(answered(response))
    })
    asking.on('error', reject)
  })
}

function answered(response: IncomingMessage): Promise<Asked> {
  return new Promise((resolve, reject) => {
    let text = ''
    response.setEncoding('utf8').on('data', (piece: string) => (text += piece))
    response.on('error', reject)
    response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }))
  })
}

/** Whether a process runs. One that is dead and not yet collected by its parent does not. */
export async function isAlive(pid: number): Promise<boolean> {
  try {
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
    return !/^\d+ \(.*\) [ZX] /s.test(stat)
  } catch {
    return false
  }
}

/** What a refusal says, having passed the contract. */
export const refusal = (answer: Asked): z.output<typeof ErrorBody>['error'] =>
  ErrorBody.parse(JSON.parse(answer.text)).error
