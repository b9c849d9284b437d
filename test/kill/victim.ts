/**
 * A daemon that is there to be killed: the shipped program as a direct child, in a home of its own, signed in
 * to a sandbox beside it. What callers saw and when it was killed is noted for the history checker.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { Status, type ConnectionStatus } from '../../shared/contract/connection.js'
import { ConsentBegun } from '../../shared/contract/consent.js'
import type { Lease } from '../../shared/contract/lease.js'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import type { Endpoints } from '../../shared/contract/newConnection.js'
import type { SandboxSettings } from '../../shared/contract/sandbox.js'
import type { LedgerEntry } from '../../shared/contract/sandboxLedger.js'
import { digestOf, type Observed } from '../history.js'
import { firstLine, follow, Home, refusal, ROOT } from '../process/home.js'

const PROGRAM = join(ROOT, 'daemon', 'dist', 'daemon.mjs')
export const NAME = 'sandbox'
const AT = `/v1/connections/${NAME}`

/** Between looks at the ledger for what a request came to. */
const LOOK_MS = 5

/** No write of a small file takes longer, milliseconds. */
const WRITE_MS = 2_000

const Ready = z.object({ ready: z.literal(true), pid: z.number().int() })

/** The part of a connection's file that is no secret. */
const OnDisk = z.object({ record: z.object({ grant: z.object({ generation: z.number() }).nullable() }) })

/** How a request for a refresh ended. */
export type Refreshed =
  { readonly kind: 'ok' } | { readonly kind: 'refused'; readonly code: string; readonly message: string }

export class Victim {
  readonly home: Home
  readonly observed: Observed[] = []
  readonly #environment: NodeJS.ProcessEnv
  readonly #launcher: readonly string[]
  #child: ChildProcess | undefined

  private constructor(home: Home, environment: NodeJS.ProcessEnv, launcher?: string) {
    this.home = home
    this.#launcher = launcher === undefined ? [] : [launcher]
    this.#environment = { ...startEnvironment(process.env), FOB_HOME: home.directory, ...environment }
  }

  /** Started, with a sandbox of these settings, and signed in to it. `words` go to the daemon. */
  static async make(
    settings: SandboxSettings,
    environment: NodeJS.ProcessEnv = {},
    ...words: string[]
  ): Promise<Victim> {
    const home = await Home.make()
    try {
      await home.must('sandbox', 'start')
      await home.set(settings)
    } catch (error) {
      await home.remove()
      throw error
    }
    return Victim.at(home, environment, words)
  }

  /** The same in a home whose sandbox runs already; `launcher` is a script that runs the program it is given. */
  static async at(
    home: Home,
    environment: NodeJS.ProcessEnv,
    words: readonly string[] = [],
    launcher?: string,
  ): Promise<Victim> {
    const victim = new Victim(home, environment, launcher)
    try {
      await victim.start(...words)
      await victim.add()
      await victim.signIn()
      return victim
    } catch (error) {
      await victim.remove()
      throw error
    }
  }

  async remove(): Promise<void> {
    await this.kill()
    await this.home.remove()
  }

  get pid(): number {
    const pid = this.#child?.pid
    assert.ok(pid !== undefined)
    return pid
  }

  /** Resolves once hello answers. `words` go to the daemon. */
  async start(...words: string[]): Promise<void> {
    const child = spawn(process.execPath, [...this.#launcher, PROGRAM, ...words], {
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    this.#child = child
    assert.equal(Ready.parse(JSON.parse(await firstLine(child))).pid, child.pid)
  }

  /** Resolves once the vault is open; a daemon listens before its keychain has answered. */
  async opened(): Promise<void> {
    await this.#must('POST', '/v1/vault', { action: 'unlock' })
    assert.equal((await this.status()).vault.state, 'open')
  }

  /** `kill -9`, unless it is dead; resolves once the kernel has let go of it. */
  async kill(): Promise<void> {
    if (this.#child === undefined) return
    this.#child.kill('SIGKILL')
    await this.gone()
  }

  /** Resolves once it was killed by whoever does so. */
  async gone(): Promise<void> {
    const child = this.#child
    assert.ok(child)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    assert.equal(child.signalCode, 'SIGKILL', 'the daemon ended by itself')
    this.observed.push({ kind: 'killed', at: Date.now() })
    this.#child = undefined
  }

  /** Resolves with whether it was killed by somebody within so many milliseconds. */
  async dies(withinMs: number): Promise<boolean> {
    return Promise.race([this.gone().then(() => true), pause(withinMs, false)])
  }

  /** With the endpoints the server names, or by others that lead to it. */
  async add(endpoints?: Endpoints): Promise<void> {
    const { issuer } = await this.home.sandbox()
    const scopes = ['openid', 'profile', 'email', 'offline_access']
    const added = { name: NAME, provider: 'oidc', issuer, clientId: 'fob-sandbox', scopes, endpoints }
    await this.#must('POST', '/v1/connections', added)
  }

  /** Forgets the connection and adds it anew, not signed in; what was seen of the old one is forgotten too. */
  async addAgain(endpoints: Endpoints): Promise<void> {
    assert.equal((await this.home.ask(`${AT}?forget=true`, { method: 'DELETE' })).status, 200)
    this.observed.length = 0
    await this.add(endpoints)
  }

  /** Consents as a person would, and has the page that says that all is well. */
  async signIn(): Promise<void> {
    const begun = ConsentBegun.parse(
      await this.#must('POST', `${AT}/consent`, { open: false, preempt: true }),
    )
    assert.equal(begun.kind, 'browser')
    await follow(begun.url)
    this.observed.push({ kind: 'consented', at: Date.now() })
  }

  async lease(): Promise<Lease> {
    const lease = await this.home.lease(NAME)
    const { generation, accessToken } = lease
    this.observed.push({ kind: 'lease', at: Date.now(), generation, accessToken: digestOf(accessToken) })
    return lease
  }

  async refresh(): Promise<Refreshed> {
    const answer = await this.post(`${AT}/refresh`, {})
    if (answer.status === 200) return { kind: 'ok' }
    const { code, message } = refusal(answer)
    if (code === 'consent_required') this.observed.push({ kind: 'lost', at: Date.now(), reason: message })
    return { kind: 'refused', code, message }
  }

  signOut(): ReturnType<Home['ask']> {
    return this.home.ask(AT, { method: 'DELETE' })
  }

  post(path: string, body: object): ReturnType<Home['ask']> {
    const headers = { 'content-type': 'application/json' }
    return this.home.ask(path, { method: 'POST', headers, body: JSON.stringify(body) })
  }

  async #must(method: 'POST', path: string, body: object): Promise<unknown> {
    const answer = await this.post(path, body)
    assert.ok(answer.status < 300, `${method} ${path}: ${answer.text}`)
    return JSON.parse(answer.text)
  }

  async status(): Promise<Status> {
    return Status.parse(JSON.parse((await this.home.ask('/v1/status')).text))
  }

  /** undefined once it was forgotten. */
  async connection(): Promise<ConnectionStatus | undefined> {
    return (await this.status()).connections.find(({ name }) => name === NAME)
  }

  /** The generation a daemon would find if it started now; undefined for none. */
  async durable(): Promise<number | undefined> {
    const path = join(this.home.directory, 'state', 'connections', `${NAME}.json`)
    const stored = OnDisk.parse(JSON.parse(await readFile(path, 'utf8')))
    return stored.record.grant?.generation
  }

  /** Names of files that a write cut short would leave. */
  async leftOvers(): Promise<string[]> {
    const until = Date.now() + WRITE_MS
    let left = await this.#temporary()
    // Names are given once, so one that is gone at the next look was a write under way.
    while (left.length > 0 && Date.now() < until) {
      await pause(LOOK_MS)
      const now = await this.#temporary()
      left = left.filter((name) => now.includes(name))
    }
    return left
  }

  async #temporary(): Promise<string[]> {
    const names = await readdir(join(this.home.directory, 'state'), { recursive: true })
    return names.filter((name) => name.endsWith('.tmp'))
  }

  /** The requests after the first `known`, all of them processed, also those whose sender is gone. */
  async processed(known: number): Promise<LedgerEntry[]> {
    for (;;) {
      const entries = (await this.home.ledger()).entries.filter(({ number }) => number > known)
      if (entries.every(({ committed, error }) => committed || error !== '')) return entries
      await pause(LOOK_MS)
    }
  }
}
