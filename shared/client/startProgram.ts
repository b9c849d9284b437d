/**
 * Starts a program that outlives its starter: own kernel session, `/` as directory, an allow-listed
 * environment, none of the starter's descriptors. It says on one line of standard output whether it is ready.
 */
import { spawn, type ChildProcess, type StdioOptions } from 'node:child_process'
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { parsedJson } from '../contract/parsedJson.js'
import type { Environment } from '../contract/places.js'
import { programEnvironment } from '../contract/startEnvironment.js'

export interface Program {
  /** What the messages call it. */
  readonly name: string
  /** Absolute path of a Node ≥ 20.19. */
  readonly node: string
  /** Absolute path of the script. */
  readonly script: string
  readonly args?: readonly string[]
}

const ReadyLine = z.discriminatedUnion('ready', [
  z.looseObject({ ready: z.literal(true), socket: z.string().optional() }),
  z.object({
    ready: z.literal(false),
    error: z.object({ message: z.string(), fix: z.string(), code: z.string().optional() }),
  }),
])

/** The program did not get ready. `fix` is what it said would help, or ''. */
export class ProgramFailed extends Error {
  readonly fix: string
  /** What it called the trouble, or ''. */
  readonly code: string

  constructor(message: string, fix: string, code: string) {
    super(message)
    this.name = 'ProgramFailed'
    this.fix = fix
    this.code = code
  }
}

/** Reading the keychain, the slowest part of a start, has its own deadline well below this. */
export const READY_MS = 30_000

/** O_CLOEXEC in the octal `flags` of /proc/self/fdinfo (fcntl.h on Linux). */
const CLOSE_ON_EXEC = 0o2000000

/** Descriptors beyond the standard three that a child would inherit, such as a shell's `9>lock`. */
function inheritable(): number[] {
  const open = (): string[] => {
    try {
      return readdirSync('/proc/self/fdinfo')
    } catch {
      // No /proc: there Node itself marks what it inherited.
      return []
    }
  }
  const flagsOf = (descriptor: string): number => {
    try {
      const text = readFileSync(`/proc/self/fdinfo/${descriptor}`, 'utf8')
      return parseInt(/^flags:\s*([0-7]+)/m.exec(text)?.[1] ?? '0', 8)
    } catch {
      // Gone since the listing, as the listing's own descriptor is.
      return CLOSE_ON_EXEC
    }
  }
  return open()
    .filter((descriptor) => Number(descriptor) > 2 && (flagsOf(descriptor) & CLOSE_ON_EXEC) === 0)
    .map(Number)
}

/**
 * Puts `nothing` (/dev/null) in the place of each descriptor that would be inherited: whoever waits for the end
 * of a pipe waits for all that have it open.
 */
function stdio(nothing: number): StdioOptions {
  const inherited = inheritable().filter((descriptor) => descriptor !== nothing)
  const highest = Math.max(2, ...inherited)
  const beyond = Array.from({ length: highest - 2 }, (_, index) =>
    inherited.includes(index + 3) ? nothing : 'ignore',
  )
  return ['ignore', 'pipe', 'pipe', ...beyond]
}

/** The last line that says something: where programs put what went wrong. */
const lastLine = (text: string): string => text.trim().split('\n').at(-1)?.trim() ?? ''

function readyLineIn(text: string): z.output<typeof ReadyLine> | undefined {
  for (const line of text.split('\n').slice(0, -1)) {
    const parsed = ReadyLine.safeParse(parsedJson(line))
    if (parsed.success) return parsed.data
  }
  return undefined
}

function spawned({ node, script, args = [] }: Program, env: Environment): ChildProcess {
  const nothing = openSync('/dev/null', 'r+')
  try {
    const options = { cwd: '/', detached: true, env: programEnvironment(env), stdio: stdio(nothing) }
    return spawn(node, [script, ...args], options)
  } finally {
    closeSync(nothing)
  }
}

/**
 * Resolves once the program says it is ready, with the socket it names, and holds no handle on it then. Rejects
 * with ProgramFailed.
 */
export async function startProgram(program: Program, env: Environment): Promise<string | undefined> {
  const child = spawned(program, env)
  try {
    return await ready(program, child)
  } finally {
    child.stdout?.destroy()
    child.stderr?.destroy()
    child.removeAllListeners()
    child.unref()
  }
}

function ready(program: Program, child: ChildProcess): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const failed = (message: string, fix = '', code = ''): void => {
      clearTimeout(timer)
      reject(new ProgramFailed(message, fix, code))
    }
    const timer = setTimeout(() => {
      failed(`the ${program.name} was not ready within ${READY_MS / 1000} s`)
    }, READY_MS)
    const complaint = collect(child.stderr)
    const said = collect(child.stdout, (text) => {
      const line = readyLineIn(text)
      if (line?.ready === true) {
        clearTimeout(timer)
        resolve(line.socket)
      } else if (line) failed(line.error.message, line.error.fix, line.error.code)
    })
    child.once('error', (cause) => failed(`the ${program.name} cannot be started: ${cause.message}`))
    // 'close', not 'exit': by then all it wrote was read.
    child.once('close', (code, signal) => {
      const why = lastLine(complaint()) || lastLine(said()) || `it ended with ${signal ?? String(code)}`
      failed(`the ${program.name} did not start: ${why}`)
    })
  })
}

/** What was read so far, and a call for each piece. */
function collect(stream: Readable | null, each: (text: string) => void = () => undefined): () => string {
  let text = ''
  stream?.setEncoding('utf8').on('data', (piece: string) => {
    text += piece
    each(text)
  })
  return () => text
}
