/** Whatever went wrong, as one sentence and what mends it. Pure. A defect's own words are not shown. */
import { DaemonUnreachable } from '../shared/client/unreachable.js'
import { Refusal } from '../shared/contract/errors.js'
import { PlaceRefused } from '../shared/contract/places.js'

export interface Failure {
  readonly message: string
  /** The command that mends it, or ''. */
  readonly fix: string
  readonly remedy: 'signIn' | 'retry' | 'command' | 'start'
}

export function failureOf(error: unknown): Failure {
  if (error instanceof Refusal) {
    const { message, fix } = error
    if (error.remedy === 'signIn') return { message, fix, remedy: 'signIn' }
    return { message, fix, remedy: error.remedy === 'retry' ? 'retry' : 'command' }
  }
  if (error instanceof DaemonUnreachable) {
    const { message, fix, kind } = error
    return { message, fix, remedy: kind === 'absent' || kind === 'lost' ? 'start' : 'command' }
  }
  if (error instanceof PlaceRefused) return { message: error.message, fix: error.fix, remedy: 'command' }
  return { message: 'something went wrong inside fob', fix: 'fob logs', remedy: 'command' }
}
