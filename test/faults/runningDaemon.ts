/**
 * The shipped daemon as a direct child: with which keychain program, in which home and environment it runs is
 * the test's choice, and how soon it answered is measured from before its process was there.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { Status } from '../../shared/contract/connection.js'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import { ask, firstLine, ROOT, type Ask, type Asked } from '../process/home.js'

const PROGRAMS = join(ROOT, 'daemon', 'dist')
const DAEMON = 'daemon.mjs'

/** The shipped programs, copied to `directory`, but the keychain's, which is this source. Gives the daemon's path. */
export function daemonWithKeychain(directory: string, source: string): string {
  cpSync(PROGRAMS, directory, { recursive: true })
  symlinkSync(join(ROOT, 'node_modules'), join(directory, 'node_modules'))
  writeFileSync(join(directory, 'keychainChild.cjs'), source)
  return join(directory, DAEMON)
}

export interface Start {
  /** FOB_HOME. */
  readonly home: string
  readonly program?: string
  readonly environment?: Readonly<Record<string, string>>
}

export class RunningDaemon {
  static readonly #running = new Set<RunningDaemon>()
  readonly #child: ChildProcess
  readonly #socket: string
  /** From the spawn to the answers of hello and status, milliseconds. */
  readonly answeredMs: number
  readonly firstStatus: Status

  private constructor(child: ChildProcess, socket: string, answeredMs: number, firstStatus: Status) {
    this.#child = child
    this.#socket = socket
    this.answeredMs = answeredMs
    this.firstStatus = firstStatus
    RunningDaemon.#running.add(this)
  }

  static async start({
    home,
    program = join(PROGRAMS, DAEMON),
    environment = {},
  }: Start): Promise<RunningDaemon> {
    const begin = performance.now()
    const child = spawn(process.execPath, [program], {
      env: { ...startEnvironment({ HOME: home, ...environment }), FOB_HOME: home },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const socket = join(home, 'run', 'fob.sock')
    assert.match(await firstLine(child), /"ready":true/)
    const [hello, answer] = await Promise.all([ask(socket, '/v1/hello'), ask(socket, '/v1/status')])
    const answeredMs = performance.now() - begin
    assert.equal(hello.status, 200)
    return new RunningDaemon(child, socket, answeredMs, Status.parse(JSON.parse(answer.text)))
  }

  /** Kills all that run, but for these: what a test that failed left. */
  static async killAll(...but: RunningDaemon[]): Promise<void> {
    const left = [...RunningDaemon.#running].filter((daemon) => !but.includes(daemon))
    await Promise.all(left.map((daemon) => daemon.#ended('SIGKILL')))
  }

  get pid(): number {
    const { pid } = this.#child
    assert.ok(pid !== undefined)
    return pid
  }

  ask(path: string, options: Ask = {}): Promise<Asked> {
    return ask(this.#socket, path, options)
  }

  post(path: string, body: object): Promise<Asked> {
    const headers = { 'content-type': 'application/json' }
    return this.ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async status(): Promise<Status> {
    return Status.parse(JSON.parse((await this.ask('/v1/status')).text))
  }

  /** Ends it as a person would. */
  async end(): Promise<void> {
    assert.deepEqual(await this.#ended('SIGTERM'), [0, null])
  }

  async #ended(signal: NodeJS.Signals): Promise<[number | null, NodeJS.Signals | null]> {
    RunningDaemon.#running.delete(this)
    const { exitCode, signalCode } = this.#child
    if (exitCode === null && signalCode === null) {
      const ended = once(this.#child, 'exit')
      this.#child.kill(signal)
      await ended
    }
    return [this.#child.exitCode, this.#child.signalCode]
  }
}
