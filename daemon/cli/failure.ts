/** The one funnel from anything thrown to a message, a fix and an exit code. */
import { DaemonUnreachable } from '../../shared/client/unreachable.js'
import { ERROR_KINDS, Refusal } from '../../shared/contract/errors.js'
import { PlaceRefused } from '../../shared/contract/places.js'
import { CommandFailed, UsageFault } from './command.js'
import { EXIT } from './exitCodes.js'
import type { Output } from './output.js'
import { refusalWords, type Failure } from './refusalWords.js'

export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) return refusalWords(error, Date.now())
  if (error instanceof DaemonUnreachable) {
    const exit = error.kind === 'misconfigured' ? EXIT.usage : EXIT.daemonUnreachable
    return { exit, message: error.message, fix: error.fix }
  }
  if (error instanceof UsageFault || error instanceof PlaceRefused) {
    return { exit: EXIT.usage, message: error.message, fix: error.fix }
  }
  if (error instanceof CommandFailed) return { exit: error.exit, message: error.message, fix: error.fix }
  return {
    exit: EXIT.failed,
    message: error instanceof Error ? error.message : String(error),
    fix: 'fob logs',
  }
}

const helpOf = (typed: string | undefined): string => `fob help ${typed ?? ''}`.trimEnd()

/**
 * Prints it on standard error and gives the exit code. A refusal that points to the help in general points to the
 * help of what was typed, and names what is wrong without the part of the request that it travelled in.
 */
export function report(error: unknown, output: Output, [typed]: readonly string[]): number {
  const { exit, message, fix } = failureOf(error)
  const general = error instanceof Refusal && fix === ERROR_KINDS.bad_request.fix
  if (general) output.failure(message.replace(/^(?:body|query)\./, ''), helpOf(typed))
  else output.failure(message, message === '' ? fix : fix || helpOf(typed))
  return exit
}
