/** The one funnel from anything thrown to a message, a fix and an exit code. */
import { DaemonUnreachable } from '../../shared/client/unreachable.js'
import { Refusal } from '../../shared/contract/errors.js'
import { PlaceRefused } from '../../shared/contract/places.js'
import { CommandFailed, UsageFault } from './command.js'
import { EXIT } from './exitCodes.js'
import type { Output } from './output.js'
import { refusalWords, type Failure } from './refusalWords.js'

export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return refusalWords(error, Date.now())
  if (error instanceof DaemonUnreachable) {
    return { exit: EXIT.daemonUnreachable, message: error.message, fix: error.fix }
  }
  if (error instanceof UsageFault || error instanceof PlaceRefused) {
    return { exit: EXIT.usage, message: error.message, fix: error.fix }
  }
  if (error instanceof CommandFailed) return { exit: error.exit, message: error.message, fix: error.fix }
  return { exit: EXIT.failed, message: error instanceof Error ? error.message : String(error), fix: '' }
}

/** Prints it on standard error and gives the exit code. */
export function report(error: unknown, output: Output): number {
  const { exit, message, fix } = failureOf(error)
  output.failure(message, fix)
  return exit
}
