/**
 * Callers in C, as small as a caller can be, so that what is measured is whom they call. Compiled when first
 * wanted, into out/bench.
 */
import { execFile, execFileSync } from 'node:child_process'
import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { z } from 'zod'
import { notRun } from '../notRun.js'
import { ROOT } from '../process/home.js'

const Calls = z.object({
  /** Microseconds of each call. */
  us: z.array(z.number()),
  failures: z.number(),
  /** Different access tokens that came. */
  answers: z.number(),
  /** From letting them go to the last one's end. */
  seconds: z.number(),
  /** What a call cost the callers' processes, microseconds. */
  cpuUs: z.number(),
})
export type Calls = z.output<typeof Calls>

export interface Crowd {
  readonly workers: number
  readonly calls: number
}

const HEADER = '/usr/include/oidc-agent/api.h'
const sources = join(ROOT, 'test', 'bench', 'native')
const programs = join(ROOT, 'out', 'bench', 'native')

/** Compiles one of them. Skips the tests when there is no compiler. */
function compiled(context: Mocha.Context, name: string, ...libraries: string[]): string {
  const program = join(programs, name)
  mkdirSync(programs, { recursive: true })
  try {
    const source = join(sources, `${name}.c`)
    execFileSync('gcc', ['-O2', '-o', program, source, ...libraries], { stdio: 'pipe' })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') notRun(context, 'gcc')
    throw error
  }
  return program
}

const run = promisify(execFile)

async function called(
  program: string,
  { workers, calls }: Crowd,
  words: readonly string[],
  options: { env?: NodeJS.ProcessEnv; timeout?: number } = {},
): Promise<Calls> {
  const { stdout } = await run(program, [String(workers), String(calls), ...words], {
    ...options,
    maxBuffer: 64 * 2 ** 20,
  })
  return Calls.parse(JSON.parse(stdout))
}

/** Calls over HTTP on a unix socket, each on a connection of its own or all of a worker's on one. */
export type SocketCalls = (crowd: Crowd, socket: string, path: string, kind: 'new' | 'kept') => Promise<Calls>

export function socketCalls(context: Mocha.Context): SocketCalls {
  const program = compiled(context, 'socketCalls')
  return (crowd, socket, path, kind) => called(program, crowd, [socket, path, kind])
}

/** Calls of oidc-agent by its library, encrypted. `withinMs` ends callers that still wait. */
export type AgentCalls = (
  crowd: Crowd,
  account: string,
  env: NodeJS.ProcessEnv,
  withinMs?: number,
) => Promise<Calls>

export function agentCalls(context: Mocha.Context): AgentCalls {
  if (!existsSync(HEADER)) notRun(context, 'liboidc-agent-dev')
  const program = compiled(context, 'agentCalls', '-loidc-agent')
  return (crowd, account, env, timeout = 0) => called(program, crowd, [account], { env, timeout })
}
