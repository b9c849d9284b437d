/**
 * Many connections behind a network that comes and goes, on a clock that the test moves. Every refresh that is
 * tried is noted, whether it gets through or not.
 */
import assert from 'node:assert/strict'
import { ConnectionName } from '../../shared/contract/ids.js'
import type { Outcome } from '../../daemon/core/outcome.js'
import type { Fraction } from '../seed.js'
import { BrokerOnFakes } from '../fakes/brokerOnFakes.js'

export interface Attempt {
  readonly name: string
  /** On the clock that never jumps. */
  readonly at: number
}

/** What becomes of a connection's refresh before it gets to the server; undefined lets it through. */
export type Path = (name: string) => Outcome | Promise<Outcome> | undefined

export const OFFLINE: Outcome = { kind: 'unreachable', reason: 'no route' }
export const HANGING: Promise<Outcome> = new Promise(() => undefined)

const LIFETIME_MS = 3_600_000

interface Crowd {
  /** Between one sign-in and the next. */
  readonly apartMs?: number
  /** The server of connection number so and so. */
  readonly serverOf?: (number: number) => string
}

export class Outage {
  readonly house = new BrokerOnFakes()
  readonly attempts: Attempt[] = []
  readonly names: string[] = []
  path: Path = () => undefined

  private constructor(fraction: Fraction) {
    const { server } = this.house
    this.house.fraction = fraction
    server.refresh = async (client, refreshToken) => {
      const { name } = client.definition
      this.attempts.push({ name, at: this.house.clock.monotonic() })
      return this.path(name) ?? server.on.refresh.run(client, refreshToken)
    }
  }

  /** Signed in one after another. */
  static async of(
    count: number,
    fraction: Fraction,
    { apartMs = 0, serverOf = () => 'https://server.test' }: Crowd = {},
  ): Promise<Outage> {
    const outage = new Outage(fraction)
    const { house } = outage
    house.server.lifetimeMs = LIFETIME_MS
    for (let number = 0; number < count; number++) {
      const name = ConnectionName.parse(`c${number}`)
      await house.add({ name, issuer: serverOf(number) })
      await house.signIn(name)
      outage.names.push(name)
      await house.clock.advance(apartMs)
    }
    return outage
  }

  /** Names of those in this state. */
  all(state: string): string[] {
    const { broker } = this.house
    return broker.connections().flatMap((each) => (each.state === state ? [each.name] : []))
  }

  refreshToken(name: string): string {
    return this.house.disk.connections.get(name)?.secrets.refreshToken?.reveal() ?? assert.fail(name)
  }

  /** Passes time until these are all in use again; gives how long that took, Infinity for longer than `withinMs`. */
  async recovery(names: readonly string[], withinMs: number): Promise<number> {
    const { clock } = this.house
    for (let waited = 0; waited <= withinMs; waited += LOOK_MS) {
      const active = new Set(this.all('active'))
      if (names.every((name) => active.has(name))) return waited
      await clock.advance(LOOK_MS)
    }
    return Infinity
  }
}

const LOOK_MS = 100

/** The most that fall into any stretch of `spanMs`. */
export function mostWithin(instants: readonly number[], spanMs: number): number {
  let most = 0
  let from = 0
  for (let to = 0; to < instants.length; to++) {
    while ((instants[to] ?? 0) - (instants[from] ?? 0) >= spanMs) from += 1
    most = Math.max(most, to - from + 1)
  }
  return most
}

/** The longest time between one and the next. */
export const longestGap = (instants: readonly number[]): number =>
  Math.max(0, ...instants.slice(1).map((instant, before) => instant - (instants[before] ?? instant)))
