/**
 * Starts the daemon when there is none. Any number of clients may do so at once: the daemon's lock lets one
 * win, and whoever lost finds the winner's socket and is content.
 */
import type { ErrorCode } from '../contract/errors.js'
import type { Environment } from '../contract/places.js'
import type { Caller, Hello } from './call.js'
import { ProgramFailed, READY_MS, startProgram, type Program } from './startProgram.js'
import { DaemonUnreachable } from './unreachable.js'

/** Between looks for the winner of a race. */
const LOOK_MS = 50

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

/** Resolves once hello answers. Rejects with DaemonUnreachable, whose message is what the daemon said. */
export async function startDaemon(caller: Caller, program: Program, env: Environment): Promise<Hello> {
  let failure: ProgramFailed | undefined
  let socket: string | undefined
  try {
    socket = await startProgram(program, env)
  } catch (cause) {
    if (!(cause instanceof ProgramFailed)) throw cause
    failure = cause
  }
  // One look is enough at a socket that the daemon does not name as its own: it may still be another path to it.
  const { FOB_SOCKET: asked } = env
  const elsewhere = asked && socket !== undefined && socket !== asked
  const hello = failure || elsewhere ? await caller.hello() : await helloSoon(caller)
  if (hello) return hello
  if (failure === undefined) throw notHere(env)
  const kind = failure.code === ('misconfigured' satisfies ErrorCode) ? 'misconfigured' : 'failed'
  throw new DaemonUnreachable(kind, failure.message, failure.fix || 'fob logs', failure)
}

/** `FOB_SOCKET` moves clients only; a daemon listens where its state is. */
function notHere({ FOB_SOCKET: socket }: Environment): DaemonUnreachable {
  const message = socket
    ? `a daemon runs now, but not at ${socket}, where FOB_SOCKET says`
    : 'the daemon said it was ready, and nobody listens'
  return new DaemonUnreachable('failed', message, socket ? 'unset FOB_SOCKET' : 'fob logs')
}

async function helloSoon(caller: Caller): Promise<Hello | undefined> {
  const until = Date.now() + READY_MS
  for (;;) {
    const hello = await caller.hello()
    if (hello || Date.now() > until) return hello
    await wait(LOOK_MS)
  }
}
