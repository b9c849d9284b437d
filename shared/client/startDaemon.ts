/**
 * Starts the daemon when there is none. Any number of clients may do so at once: the daemon's lock lets one
 * win, and whoever lost finds the winner's socket and is content.
 */
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
  try {
    await startProgram(program, env)
  } catch (cause) {
    if (!(cause instanceof ProgramFailed)) throw cause
    failure = cause
  }
  const hello = failure === undefined ? await helloSoon(caller) : await caller.hello()
  if (hello) return hello
  const message = failure?.message ?? 'the daemon said it was ready, and nobody listens'
  throw new DaemonUnreachable('failed', message, failure?.fix || 'fob logs', failure)
}

async function helloSoon(caller: Caller): Promise<Hello | undefined> {
  const until = Date.now() + READY_MS
  for (;;) {
    const hello = await caller.hello()
    if (hello || Date.now() > until) return hello
    await wait(LOOK_MS)
  }
}
