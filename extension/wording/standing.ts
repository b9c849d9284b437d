/**
 * How a connection stands, in words. Pure. States have one name each, wherever they are shown; icons never stand
 * alone.
 */
import type { ConnectionState, ConnectionStatus } from '../../shared/contract/connection.js'
import { deadlineWords } from '../../shared/contract/deadline.js'
import { withLocalTimes } from './times.js'

interface StateWords {
  readonly words: string
  /** A codicon that does not move. */
  readonly icon: string
}

export const STATES: Readonly<Record<ConnectionState, StateWords>> = {
  signedOut: { words: 'signed out', icon: 'circle-outline' },
  authorizing: { words: 'signing in', icon: 'account' },
  active: { words: 'fresh', icon: 'pass' },
  refreshing: { words: 'fresh, renewing', icon: 'pass' },
  retrying: { words: 'retrying', icon: 'history' },
  inDoubt: { words: 'in doubt', icon: 'question' },
  unsaved: { words: 'not saved', icon: 'save' },
  blocked: { words: 'blocked', icon: 'error' },
  consentRequired: { words: 'sign-in needed', icon: 'warning' },
}

/** Retrying because nothing is reached at all: it is over as soon as the network is back. */
const OFFLINE: StateWords = { words: 'offline', icon: 'debug-disconnect' }

/** How a connection stands, in a word. */
export const standingOf = ({ state, offline }: ConnectionStatus): StateWords =>
  offline ? OFFLINE : STATES[state]

/** Why a connection is not fresh, where its state does not say it all. */
export const toldReason = ({ state, reason }: ConnectionStatus): string =>
  state === 'signedOut' || state === 'authorizing' ? '' : withLocalTimes(reason)

/** What was asked for and not granted. */
export const missingScopes = ({ scopes, scopesAsked, generation }: ConnectionStatus): string[] =>
  generation === 0 ? [] : scopesAsked.filter((scope) => !scopes.includes(scope))

/** That a person will be needed, as a clause; '' while nothing is known to end. `now` in epoch milliseconds. */
export const neededWords = ({ needsYouBy }: ConnectionStatus, now: number): string =>
  needsYouBy === null
    ? ''
    : `needs you by ${deadlineWords(Date.parse(needsYouBy.at), now)}: ${needsYouBy.why}`

export const accountOf = ({ account }: ConnectionStatus): string => account?.label ?? 'nobody yet'
