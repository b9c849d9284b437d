/**
 * Hands a running state over to another installed version without refusing a caller.
 *
 * The successor inherits the lock and the listening socket as open files, so neither is ever free, and talks to
 * its predecessor over one more descriptor:
 *
 *     successor: loaded    its program runs; nothing has been touched yet
 *     predecessor: go      nothing is served or written here any more
 *     successor: ready     hello answers; the predecessor may leave
 *
 * Until `ready` the predecessor can take everything back, for example when the successor cannot read the state.
 * A successor whose predecessor goes away before `go` ends itself.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { realpathSync, statSync } from 'node:fs'
import { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import type { Duplex } from 'node:stream'
import { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'
import { quoted } from '../../shared/contract/shellWord.js'
import type { Inherited } from './instance.js'
import type { Successor } from './routes/shutdown.js'

export const SUCCESSOR_FLAG = '--successor'

/** Where a successor finds what it inherits. */
const CONTROL = 3
const LISTENING = 4
const LOCK = 5

/** A program loads within a second, on a loaded machine within a few. */
const LOADING_MS = 15_000
/** Reading the key has 5 s, and the records take a moment more. */
const READY_MS = 20_000

const Go = z.object({ go: z.literal(true), vaultOpen: z.boolean() })
/** What the predecessor says: whether its vault was open, and so the successor's should be. */
export type Go = z.output<typeof Go>

const Word = z.enum(['loaded', 'ready'])

const OTHERS_WRITE = 0o002
const GROUP_WRITES = 0o020
const ROOT = 0

/**
 * Refuses a program that somebody else could have put there. `field` is the request field to name.
 * A file that the user's own private group may write to is what umask 002 makes, and is taken.
 */
function checkProgram(path: string, field: string, uid: number, gid: number): string {
  const refuse = (why: string, fix = `ls -ld ${quoted(path)}`): never => {
    throw new Refusal('bad_request', `${path} ${why}`, { field, fix })
  }
  let real: string
  try {
    real = realpathSync(path)
  } catch {
    return refuse('does not exist')
  }
  const { mode, uid: owner, gid: group } = statSync(real)
  if (!statSync(real).isFile()) return refuse('is not a file')
  if (owner !== uid && owner !== ROOT) return refuse(`belongs to user ${owner}`)
  const othersWrite = (mode & OTHERS_WRITE) !== 0 || ((mode & GROUP_WRITES) !== 0 && group !== gid)
  return othersWrite ? refuse('may be changed by other users', `chmod go-w ${quoted(path)}`) : path
}

/** A successor that has loaded and waits for its turn. */
export interface Heir {
  /** Resolves once it serves. Rejects with what it said when it does not come to that, having ended it. */
  takeOver(vaultOpen: boolean): Promise<void>
  /** Ends it; resolves once it is gone, so that nothing of it writes any more. */
  dismiss(): Promise<void>
}

/**
 * Starts the program with what it inherits; resolves once it has loaded.
 * Throws `bad_request` for a program that is not to be trusted, `misconfigured` for one that does not load.
 */
export async function raiseHeir(
  { node, program }: Successor,
  inherited: Inherited,
  environment: Record<string, string>,
): Promise<Heir> {
  const uid = process.getuid?.() ?? -1
  const gid = process.getgid?.() ?? -1
  checkProgram(node, 'body.successor.node', uid, gid)
  checkProgram(program, 'body.successor.program', uid, gid)
  const child = spawn(node, [program, SUCCESSOR_FLAG], {
    cwd: '/',
    detached: true,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe', 'pipe', inherited.listening, inherited.lock],
  })
  const conversation = new Conversation(child)
  await conversation.hear('loaded', LOADING_MS)
  return {
    takeOver: async (vaultOpen) => {
      conversation.say({ go: true, vaultOpen })
      await conversation.hear('ready', READY_MS)
      child.stderr?.destroy()
      child.unref()
    },
    dismiss: () => conversation.end(),
  }
}

/** As every version of the daemon words its last line: `fob: why; try: what mends it`. */
const OWN_WORDS = /^fob: (?<why>.*?)(?:; try: (?<fix>.*))?$/

/** What went wrong, by the line that says so: the daemon's own, or the first of a stack trace. */
function reasonIn(complaint: string): { why: string; fix?: string | undefined } | undefined {
  const lines = complaint.split('\n').map((line) => line.trim())
  const line = lines.find((each) => /^(fob: |\w*Error\b)/.test(each)) ?? lines.findLast((each) => each !== '')
  const { why = line, fix } = (line && OWN_WORDS.exec(line)?.groups) || {}
  return why === undefined ? undefined : { why, fix }
}

/** The predecessor's side of the talk. */
class Conversation {
  readonly #child: ChildProcess
  readonly #control: Duplex
  readonly #gone: Promise<void>
  #complaint = ''
  #closed = false

  constructor(child: ChildProcess) {
    const control = child.stdio[CONTROL]
    if (!(control instanceof Socket)) throw new TypeError('the control descriptor is no socket')
    this.#child = child
    this.#control = control
    // Its end is told by the child's own.
    control.on('error', () => undefined)
    child.stderr?.setEncoding('utf8').on('data', (piece: string) => (this.#complaint += piece))
    child.once('close', () => (this.#closed = true))
    this.#gone = new Promise((resolve) => {
      child.once('exit', () => resolve())
      // One that could not be started has no exit.
      child.once('error', () => resolve())
    })
  }

  say(go: Go): void {
    this.#control.write(`${JSON.stringify(go)}\n`)
  }

  async end(): Promise<void> {
    this.#child.kill('SIGKILL')
    await this.#gone
  }

  /** Resolves with the word, or ends the child and rejects. */
  hear(word: z.output<typeof Word>, withinMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string, fix = 'fob logs') => {
        settle()
        const message = `the other version does not take over: ${why}`
        const refusal = new Refusal('misconfigured', message, { fix, field: 'body.successor' })
        void this.end().then(() => reject(refusal))
      }
      const timer = setTimeout(() => fail(`it was not ${word} within ${withinMs / 1000} s`), withinMs)
      const onData = (piece: Buffer) => {
        if (!Word.safeParse(String(piece).trim()).success) return fail('it speaks another language')
        settle()
        resolve()
      }
      const onError = (error: Error) => fail(error.message)
      // 'close', not 'exit': by then all it wrote was read.
      const onClose = () => {
        const { exitCode, signalCode } = this.#child
        const { why, fix } = reasonIn(this.#complaint) ?? { why: `it ended with ${signalCode ?? exitCode}` }
        fail(why, fix)
      }
      const settle = () => {
        clearTimeout(timer)
        this.#control.off('data', onData)
        this.#child.off('error', onError).off('close', onClose)
      }
      this.#control.on('data', onData)
      this.#child.on('error', onError).on('close', onClose)
      if (this.#closed) onClose()
    })
  }
}

/** The successor's side. */
export interface Predecessor {
  readonly inherited: Inherited
  /** Says `loaded`; resolves when it is our turn, rejects when the predecessor has gone away instead. */
  turn(): Promise<Go>
  ready(): void
}

/** Call it only in a program started with `SUCCESSOR_FLAG`. */
export function predecessor(): Predecessor {
  const control = new Socket({ fd: CONTROL })
  control.on('error', () => undefined)
  return {
    inherited: { lock: LOCK, listening: LISTENING },
    turn: async () => {
      control.write('loaded\n')
      for await (const line of createInterface(control)) return Go.parse(JSON.parse(line))
      throw new Error('the predecessor went away')
    },
    ready: () => control.end('ready\n'),
  }
}
