/** One attempt to have a person's consent, from the wish until its end is known. */
import type { ConsentEnded } from '../../../shared/contract/events.js'
import type { AttemptId } from '../../../shared/contract/ids.js'
import type { Connection } from '../connection/connection.js'
import type { Caller } from '../ports.js'
import type { Met } from '../setbacks/setbackOf.js'

export type AttemptEnd = Omit<ConsentEnded, 'type' | 'connection'>

export interface Attempt {
  readonly id: AttemptId
  readonly connection: Connection
  readonly caller: Caller
  readonly usesBrowser: boolean
  /** Where the browser comes back to; '' where none is sent. */
  redirectUri: string
  /** The provider gave an answer, be it a bad one. */
  answered: boolean
  /** Frees the port or stops the polling. */
  stop: () => void
  readonly ended: Promise<AttemptEnd>
  readonly end: (end: AttemptEnd) => void
}

export function newAttempt(asked: Pick<Attempt, 'id' | 'connection' | 'caller' | 'usesBrowser'>): Attempt {
  let end: (end: AttemptEnd) => void = () => undefined
  const ended = new Promise<AttemptEnd>((resolve) => (end = resolve))
  return { ...asked, redirectUri: '', answered: false, stop: () => undefined, ended, end }
}

/** What went wrong in it, went wrong there and then. */
export const metBy = ({ redirectUri }: Attempt, at: number): Met => ({ at, during: 'signIn', redirectUri })
