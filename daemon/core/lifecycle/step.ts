/** What every transition takes and gives. */
import type { ProviderProfile } from '../../providers/profile.js'
import type { Moment } from './freshness.js'
import type { Effect, Settled, State } from './states.js'

export interface Context {
  readonly at: Moment
  /** At least 0, less than 1; drawn anew for each event. */
  readonly jitter: number
  readonly refreshToken: ProviderProfile['refreshToken']
  readonly refreshEndsAccessToken: boolean
  /** What is wanted beside is asked for by the own access token, which spends no refresh token. */
  readonly besideByOwn: boolean
  /** A person stored the secret, and only a person replaces it. */
  readonly stored: boolean
}

export interface Step<S extends State = State> {
  readonly state: S
  readonly effects: readonly Effect[]
}

export const stay = <S extends Settled>(state: S, ...effects: Effect[]): Step<Settled> => ({ state, effects })
