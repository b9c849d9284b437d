/**
 * Many daemons started at once over one state, some killed or stopped at random instants, watched from outside:
 * what each start said, who answers hello, which file the socket is, and whom the kernel gives as the lock's
 * holder. The judge is `ownership.ts`.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { lstatSync, readFileSync } from 'node:fs'
import { request } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { routes } from '../../shared/contract/routes.js'
import type { Fraction } from '../seed.js'
import type { Seen } from './ownership.js'

/** How one start differs from another. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string>>
  readonly directory: string
  /** As a shell takes it. */
  readonly umask: string
}

export interface Weather {
  readonly rounds: number
  /** At once in each round. */
  readonly starts: number
  /** The share of the processes of a round, owner included, that are killed at a random instant. */
  readonly killed: number
  /** The same for those that are stopped for a moment. */
  readonly stopped: number
}

export interface Site {
  /** The daemon's program. */
  readonly program: string
  readonly lock: string
  readonly socket: string
  /** Taken in turn. */
  readonly surroundings: readonly [Surroundings, ...Surroundings[]]
}

/** Between two looks; a look itself takes about a millisecond. */
const LOOK_MS = 5
/** An owner that is stopped does not answer; a busy one may take its time. */
const HELLO_MS = 1_000
/** How long a stopped process stays so. */
const STOPPED_MS = 500
/** Within this of the first start processes are killed and stopped: a start takes longer the more of them there are. */
const SPAN_MS = { base: 150, each: 60 }
/** Far beyond any start; whoever says nothing until then hangs. */
const SILENT_MS = 60_000

const Word = z.union([
  z.object({ ready: z.literal(true), pid: z.number(), alreadyRunning: z.literal(true).optional() }),
  z.object({ ready: z.literal(false), error: z.object({ message: z.string() }) }),
])

interface Start {
  readonly child: ChildProcess
  readonly pid: number
  /** Resolves once it spoke, or ended without a word. */
  readonly settled: Promise<void>
  readonly gone: Promise<unknown>
}

const now = (): number => performance.now()

export class Storm {
  readonly seen: Seen[] = []
  /** How long after each round somebody answered, milliseconds. */
  readonly servingMs: number[] = []
  readonly #site: Site
  readonly #living = new Map<number, Start>()
  #taken = 0
  #watching = true
  readonly #watch: Promise<void>

  constructor(site: Site) {
    this.#site = site
    this.#watch = this.#keepLooking()
  }

  /** Ends all that live, and the looking. */
  async end(): Promise<void> {
    for (const { pid } of this.#living.values()) this.#signal(pid, 'SIGKILL')
    await Promise.all([...this.#living.values()].map(({ gone }) => gone))
    this.#watching = false
    await this.#watch
  }

  async rage(weather: Weather, fraction: Fraction): Promise<void> {
    for (let round = 0; round < weather.rounds; round++) await this.#round(weather, fraction)
  }

  /** One more start, as the next command would do it; resolves with the pid of whoever serves then. */
  async served(): Promise<number> {
    const begin = now()
    await this.start().settled
    const pid = await helloSoon(this.#site.socket)
    this.servingMs.push(now() - begin)
    return pid
  }

  start(): Start {
    const { program, surroundings } = this.#site
    const { environment, directory, umask } =
      surroundings[this.#taken++ % surroundings.length] ?? surroundings[0]
    const line = `umask ${umask} && exec "$0" "$1"`
    const child = spawn('/bin/sh', ['-c', line, process.execPath, program], {
      cwd: directory,
      env: environment,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const { pid } = child
    assert.ok(pid !== undefined && child.stdout)
    this.seen.push({ kind: 'started', at: now(), pid })
    const gone = once(child, 'exit').then(() => {
      this.seen.push({ kind: 'gone', at: now(), pid })
      this.#living.delete(pid)
    })
    const spoke = this.#heard(child, pid)
    const silent = pause(SILENT_MS, undefined, { ref: false }).then(() =>
      assert.fail(`start ${pid} says nothing`),
    )
    const start = { child, pid, gone, settled: Promise.race([spoke, silent]) }
    this.#living.set(pid, start)
    return start
  }

  async #heard({ stdout }: ChildProcess, pid: number): Promise<void> {
    assert.ok(stdout)
    for await (const line of createInterface(stdout)) {
      const word = Word.parse(JSON.parse(line))
      const at = now()
      if (!word.ready) this.seen.push({ kind: 'refused', at, pid, why: word.error.message })
      else if (word.alreadyRunning) this.seen.push({ kind: 'already', at, pid, by: word.pid })
      else this.seen.push({ kind: 'owner', at, pid: word.pid })
      return
    }
  }

  #signal(pid: number, signal: 'SIGKILL' | 'SIGTERM'): void {
    if (!this.#living.has(pid)) return
    this.seen.push({ kind: 'ending', at: now(), pid })
    this.#living.get(pid)?.child.kill(signal)
  }

  async #round({ starts, killed, stopped }: Weather, fraction: Fraction): Promise<void> {
    const owner = [...this.#living.keys()]
    const fate = fraction()
    // Gone, dead with its socket left behind, on its way out, or serving: what a storm may meet.
    for (const pid of owner) if (fate < 2 / 3) this.#signal(pid, fate < 1 / 3 ? 'SIGKILL' : 'SIGTERM')
    const fresh = Array.from({ length: starts }, () => this.start())
    const span = SPAN_MS.base + starts * SPAN_MS.each
    const blows = [...owner, ...fresh.map(({ pid }) => pid)].map(async (pid) => {
      const draw = fraction()
      const afterMs = fraction() * span
      if (draw >= killed + stopped) return
      await pause(afterMs)
      if (draw < killed) this.#signal(pid, 'SIGKILL')
      else await this.stopFor(pid, STOPPED_MS)
    })
    await Promise.all(blows)
    await Promise.all(fresh.map(({ settled }) => settled))
    await this.served()
  }

  /** Stops a process and lets it go on, unless it is gone. */
  async stopFor(pid: number, ms: number): Promise<void> {
    this.#living.get(pid)?.child.kill('SIGSTOP')
    await pause(ms)
    this.#living.get(pid)?.child.kill('SIGCONT')
  }

  async #keepLooking(): Promise<void> {
    const { socket, lock } = this.#site
    while (this.#watching) {
      const begun = now()
      const before = fileAt(socket)
      const answered = await hello(socket).catch(() => undefined)
      const sockets = [before, fileAt(socket)] as const
      this.seen.push({ kind: 'look', begun, at: now(), sockets, answered, holders: holdersOf(lock) })
      await pause(LOOK_MS)
    }
  }
}

/** Device and number of what is there. */
function fileAt(path: string): string | undefined {
  const stats = lstatSync(path, { throwIfNoEntry: false })
  return stats && `${stats.dev}:${stats.ino}`
}

/** Whom the kernel gives as holding the lock: `1: FLOCK  ADVISORY  WRITE 4242 fe:00:1234 0 EOF` (proc(5)). */
function holdersOf(lock: string): number[] {
  const inode = lstatSync(lock, { throwIfNoEntry: false })?.ino
  const rows = readFileSync('/proc/locks', 'utf8').matchAll(
    /^\d+: FLOCK .* (\d+) [0-9a-f]+:[0-9a-f]+:(\d+) /gm,
  )
  return [...rows].filter(([, , number]) => Number(number) === inode).map(([, pid]) => Number(pid))
}

/** The pid of whoever answers. */
export async function hello(socketPath: string): Promise<number> {
  const answer = await new Promise<string>((resolve, reject) => {
    const signal = AbortSignal.timeout(HELLO_MS)
    const asking = request({ socketPath, path: '/v1/hello', agent: false, signal }, (response) => {
      text(response).then(resolve, reject)
    })
    asking.on('error', reject).end()
  })
  return routes.hello.answer.parse(JSON.parse(answer)).pid
}

async function helloSoon(socket: string): Promise<number> {
  const until = now() + SILENT_MS
  for (;;) {
    const pid = await hello(socket).catch(() => undefined)
    if (pid !== undefined) return pid
    assert.ok(now() < until, 'nobody serves')
    await pause(LOOK_MS)
  }
}
