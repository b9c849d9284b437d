/** A thousand callers, twenty processes of fifty, that meet an expired access token at once. */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import type { Home } from './home.js'

export const PROCESSES = 20
export const CALLERS_EACH = 50

const PROGRAM = fileURLToPath(new URL('./callers.js', import.meta.url))

const Result = z.object({ tokens: z.record(z.string(), z.number()), failures: z.array(z.string()) })
type Result = z.output<typeof Result>

/** One process of callers, spoken to line by line. */
class Callers {
  readonly #child: ChildProcess
  readonly #lines: AsyncIterator<string>

  constructor(socket: string, path: string) {
    const stdio = ['pipe', 'pipe', 'inherit'] as const
    const child = spawn(process.execPath, [PROGRAM, socket, path, String(CALLERS_EACH)], {
      stdio: [...stdio],
    })
    assert.ok(child.stdout)
    this.#child = child
    this.#lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  }

  async #line(): Promise<string> {
    const next = await this.#lines.next()
    assert.ok(next.done !== true, 'the callers ended early')
    return next.value
  }

  async expect(word: string): Promise<void> {
    assert.equal(await this.#line(), word)
  }

  go(): void {
    this.#child.stdin?.write('go\n')
  }

  async result(): Promise<Result> {
    return Result.parse(JSON.parse(await this.#line()))
  }
}

export interface Round {
  readonly requests: number
  readonly answered: number
  readonly tokens: readonly string[]
  readonly failures: readonly string[]
}

/**
 * Stands the daemon still until its access token has expired and all callers wait in front of it: otherwise
 * it would renew ahead of time, and nobody would ever meet an expired one.
 */
export async function meetExpired(home: Home): Promise<Round> {
  const path = '/v1/connections/sandbox/access-token'
  const crowd = Array.from({ length: PROCESSES }, () => new Callers(home.socket, path))
  await Promise.all(crowd.map((callers) => callers.expect('ready')))
  await home.set({ lifetime: 3 })
  await home.must('refresh', 'sandbox')
  const { daemon, connections } = await home.status()
  process.kill(daemon.pid, 'SIGSTOP')
  try {
    await home.set({ lifetime: 3_600 })
    await home.forgetLedger()
    const expiresAt = Date.parse(connections[0]?.expiresAt ?? '')
    await pause(Math.max(0, expiresAt - Date.now()) + 10)
    for (const callers of crowd) callers.go()
    await Promise.all(crowd.map((callers) => callers.expect('asked')))
  } finally {
    process.kill(daemon.pid, 'SIGCONT')
  }
  const results = await Promise.all(crowd.map((callers) => callers.result()))
  return summed(results, (await home.ledger()).received)
}

function summed(results: readonly Result[], requests: number): Round {
  const counts = results.flatMap(({ tokens }) => Object.values(tokens))
  return {
    requests,
    answered: counts.reduce((sum, count) => sum + count, 0),
    tokens: [...new Set(results.flatMap(({ tokens }) => Object.keys(tokens)))],
    failures: results.flatMap(({ failures }) => failures),
  }
}
