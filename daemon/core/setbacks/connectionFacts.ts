/** What is known of a connection whose trouble is looked for, and what can be said of one. */
import type { ConnectionStatus } from '../../../shared/contract/connection.js'
import type { Finding, Fix } from '../../../shared/contract/doctor.js'
import type { Explained } from './causes.js'
import type { Trial } from '../providerPorts.js'
import type { Setback } from '../setback.js'
import type { State } from '../lifecycle/states.js'

export interface ConnectionFacts extends Explained {
  readonly status: ConnectionStatus
  readonly state: State
  readonly setback: Setback | undefined
  /** undefined: not tried. */
  readonly trial: Trial | undefined
  /** Somebody asked about this one by name, so that being signed out is no wish of theirs. */
  readonly named: boolean
}

export type Told = Pick<Finding, 'matter' | 'what' | 'evidence' | 'fix'>

/** What is stored has nobody to sign in to. */
export const signIn = ({ status, definition }: ConnectionFacts): Fix => ({
  kind: 'run',
  command: `fob ${definition.server === null ? 'provider set-secret' : 'sign-in'} ${status.name}`,
})
