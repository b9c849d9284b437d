/**
 * A real sandbox process for tests, on a directory of its own, spoken to as clients and people speak to it.
 * `call` is the control API by the contract's own names; what comes back has passed its schema.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { z } from 'zod'
import { SandboxReady, sandboxRoutes, type SandboxStatus } from '../../shared/contract/sandbox.js'
import type { SandboxFaultInput } from '../../shared/contract/sandboxFault.js'
import type { SandboxLedger } from '../../shared/contract/sandboxLedger.js'

const PROGRAM = fileURLToPath(new URL('../../daemon/sandbox/server.js', import.meta.url))

export interface ControlAnswer {
  readonly status: number
  readonly body: unknown
}

/** A directory for one sandbox, removed by `remove`. Short, because socket paths are. */
export async function makePlace(): Promise<{ directory: string; remove: () => Promise<void> }> {
  const directory = await mkdtemp(join(tmpdir(), 'fob-s-'))
  return { directory, remove: () => rm(directory, { recursive: true, force: true }) }
}

export class SandboxProcess {
  readonly issuer: string
  readonly pid: number
  readonly socket: string
  readonly #child: ChildProcess
  readonly #said: string[]

  private constructor(issuer: string, pid: number, socket: string, child: ChildProcess, said: string[]) {
    this.issuer = issuer
    this.pid = pid
    this.socket = socket
    this.#child = child
    this.#said = said
  }

  /**
   * Starts one; rejects with its own words when it does not come up. Its complaints about clients are passed on,
   * unless they are what the test is after.
   */
  static async start(
    directory: string,
    words: readonly string[] = [],
    complaints: 'inherit' | 'ignore' = 'inherit',
  ): Promise<SandboxProcess> {
    const socket = join(directory, 'run', 'sandbox.sock')
    const places = ['--state', join(directory, 'state'), '--socket', socket]
    const { ready, child, said } = await launch([...places, ...words], complaints)
    if (!ready.ready) throw new Error(JSON.stringify(ready.error))
    return new SandboxProcess(ready.issuer, ready.pid, socket, child, said)
  }

  /** All of standard output so far. */
  get said(): string {
    return this.#said.join('')
  }

  control(method: string, path: string, body?: unknown): Promise<ControlAnswer> {
    return control(this.socket, method, path, body)
  }

  async status(): Promise<SandboxStatus> {
    return sandboxRoutes.status.answer.parse((await this.control('GET', '/status')).body)
  }

  /** Waits until so many token requests were received. */
  async ledger(received = 0): Promise<SandboxLedger> {
    const answer = await this.control('GET', `/ledger?received=${received}`)
    return sandboxRoutes.ledger.answer.parse(answer.body)
  }

  async set(settings: z.input<(typeof sandboxRoutes)['settings']['body']>): Promise<void> {
    await this.#demand('POST', '/settings', settings)
  }

  async fault(fault: SandboxFaultInput): Promise<void> {
    await this.#demand('POST', '/faults', fault)
  }

  /** Faults gone and counts at nothing. */
  async heal(): Promise<void> {
    await this.#demand('DELETE', '/faults')
    await this.#demand('POST', '/reset')
  }

  async #demand(method: string, path: string, body?: unknown): Promise<void> {
    const answer = await this.control(method, path, body)
    if (answer.status !== 200) throw new Error(JSON.stringify(answer.body))
  }

  /** Ends it with the signal; resolves with its exit code once it is gone. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal)
    return this.gone()
  }

  /** Resolves with its exit code once it has ended by itself. */
  async gone(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, 'exit')
    return this.#child.exitCode
  }
}

/** Starts the program and reads its one line. */
export async function launch(
  words: readonly string[],
  complaints: 'inherit' | 'ignore' = 'inherit',
): Promise<{ ready: SandboxReady; child: ChildProcess; said: string[] }> {
  const child = spawn(process.execPath, [PROGRAM, ...words], { stdio: ['ignore', 'pipe', complaints] })
  const said: string[] = []
  const line = await new Promise<string>((resolve, reject) => {
    child.once('close', () => reject(new Error(`the sandbox ended without a line: ${said.join('')}`)))
    child.stdout.on('data', (chunk: Buffer) => {
      said.push(chunk.toString())
      const text = said.join('')
      if (text.includes('\n')) resolve(text.slice(0, text.indexOf('\n')))
    })
  })
  return { ready: SandboxReady.parse(JSON.parse(line)), child, said }
}

export function control(
  socketPath: string,
  method: string,
  path: string,
  body?: unknown,
): Promise<ControlAnswer> {
  return new Promise((resolve, reject) => {
    const asking = request({ socketPath, method, path }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) })
      })
    })
    asking.on('error', reject)
    asking.end(typeof body === 'string' ? body : body === undefined ? undefined : JSON.stringify(body))
  })
}
