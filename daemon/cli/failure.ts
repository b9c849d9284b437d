/** The one funnel from anything thrown to a message, a fix and an exit code. */
import { DaemonUnreachable } from '../../shared/client/unreachable.js'
import { Refusal } from '../../shared/contract/errors.js'
import { PlaceRefused } from '../../shared/contract/places.js'
import { CommandFailed, UsageFault } from './command.js'
import { EXIT, exitOfCode } from './exitCodes.js'
import type { Output } from './output.js'

export interface Failure {
  readonly exit: number
  readonly message: string
  readonly fix: string
}

/** A refusal that names a field was about what was typed, whatever its code. */
const refusalExit = (refusal: Refusal): number =>
  refusal.code === 'misconfigured' && refusal.field !== undefined ? EXIT.usage : exitOfCode[refusal.code]

function refusalMessage(refusal: Refusal): string {
  if (refusal.retryAt === undefined) return refusal.message
  const seconds = Math.max(1, Math.ceil((refusal.retryAt - Date.now()) / 1000))
  return `${refusal.message} (worth another try in ${seconds} s)`
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) {
    return { exit: refusalExit(error), message: refusalMessage(error), fix: error.fix }
  }
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
  if (message !== '') output.note(`${output.styleNote('red', 'fob:')} ${message}`)
  if (fix !== '') output.note(`${output.styleNote('dim', '     fix:')} ${output.styleNote('bold', fix)}`)
  return exit
}
