/** A refusal by the daemon as message, fix and exit code: for both ways of asking, so they tell the same. */
import type { ErrorCode } from '../../shared/contract/errors.js'
import { EXIT, exitOfCode } from './exitCodes.js'

export interface Failure {
  readonly exit: number
  readonly message: string
  readonly fix: string
}

export interface RefusalFacts {
  readonly code: ErrorCode
  readonly message: string
  readonly fix: string
  readonly field: string | undefined
  /** Epoch milliseconds. */
  readonly retryAt: number | undefined
}

export const isErrorCode = (text: string): text is ErrorCode => Object.hasOwn(exitOfCode, text)

export function refusalWords({ code, message, fix, field, retryAt }: RefusalFacts, now: number): Failure {
  // A refusal that names a field is about what was typed, whatever its code.
  const exit = code === 'misconfigured' && field !== undefined ? EXIT.usage : exitOfCode[code]
  if (retryAt === undefined) return { exit, message, fix }
  const seconds = Math.max(1, Math.ceil((retryAt - now) / 1000))
  return { exit, message: `${message} (worth another try in ${seconds} s)`, fix }
}
