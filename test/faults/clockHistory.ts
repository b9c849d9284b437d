/**
 * One history of a machine's clocks: it runs, sleeps, and somebody sets its wall clock, while both clocks may run
 * too fast or too slow. A server with a clock that is right gives the tokens; a caller asks for them. What is handed
 * out, and when a refresh began, is judged by true time, of which the product knows nothing.
 */
import assert from 'node:assert/strict'
import type { Cancel, Clock } from '../../daemon/core/ports.js'
import { FRESHNESS } from '../../daemon/core/lifecycle/freshness.js'
import { BrokerOnFakes } from '../fakes/brokerOnFakes.js'
import type { FakeClock } from '../fakes/fakeClock.js'
import type { Fraction } from '../seed.js'

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const YEAR = 365 * DAY

/** So soon after waking up a refresh has begun, and no timer sleeps longer. */
const NOTICED_MS = 30 * SECOND

/** What the two clocks may disagree by between two looks without being asleep or set. */
const NAP_MS = 31 * SECOND

/** Where wall clocks are known to be hard: summer time, and ends of what 32 bits count. */
const BEGINNINGS = [
  '2027-03-28T00:59:30Z',
  '2030-01-01T00:00:00Z',
  '2038-01-19T03:13:30Z',
  '2106-02-07T06:27:30Z',
] as const

/** True time is the fake clock's wall, time awake its monotonic; this is what a machine makes of them. */
class MachineClock implements Clock {
  readonly #true: FakeClock
  readonly #wallRate: number
  readonly #ownRate: number
  /** The longest anybody wanted to sleep. */
  longestWakeMs = 0
  #set: { readonly wall: number; readonly at: number }

  constructor(clock: FakeClock, wall: number, wallRate: number, ownRate: number) {
    this.#true = clock
    this.#wallRate = wallRate
    this.#ownRate = ownRate
    this.#set = { wall, at: clock.now() }
  }

  now(): number {
    return this.#set.wall + (this.#true.now() - this.#set.at) * this.#wallRate
  }

  monotonic(): number {
    return this.#true.monotonic() * this.#ownRate
  }

  wake(ms: number, callback: () => void): Cancel {
    this.longestWakeMs = Math.max(this.longestWakeMs, ms)
    return this.#true.wake(ms / this.#ownRate, callback)
  }

  set(byMs: number): void {
    this.#set = { wall: this.now() + byMs, at: this.#true.now() }
  }
}

export class ClockHistory {
  readonly trace: string[] = []
  readonly #fraction: Fraction
  readonly #house: BrokerOnFakes
  readonly #machine: MachineClock
  readonly #lifetimeMs: number
  /** How much the slower of the two clocks may lag, as a share of the time passed: nobody can know of it. */
  readonly #lag: number
  /** When each access token ends, in true time. */
  readonly #ends = new Map<string, number>()
  /** In naps too short to be told from a clock that is being set, together. */
  #nappedMs = 0
  #setBack = false
  /** True times of refreshes since something last happened to a clock. */
  #refreshes: number[] = []

  constructor(fraction: Fraction) {
    this.#fraction = fraction
    this.#lifetimeMs = Math.round(this.#between(SECOND, 10 * YEAR))
    const wallRate = this.#drift()
    const ownRate = this.#drift()
    this.#lag = Math.max(0, 1 - wallRate, 1 - ownRate)
    const machines: MachineClock[] = []
    this.#house = new BrokerOnFakes({}, (clock) => {
      const skew = (fraction() * 2 - 1) * DAY
      const wall = Date.parse(this.#pick(...BEGINNINGS)) + (fraction() < 0.5 ? 0 : skew)
      const machine = new MachineClock(clock, wall, wallRate, ownRate)
      machines.push(machine)
      return machine
    })
    const [machine] = machines
    assert.ok(machine)
    this.#machine = machine
    this.#house.server.lifetimeMs = this.#lifetimeMs
    this.trace.push(`lifetime ${this.#lifetimeMs} ms, wall × ${wallRate}, own × ${ownRate}`)
  }

  /** Rejects when a rule is broken. */
  async run(steps: number): Promise<void> {
    await this.#begin()
    for (let step = 0; step < steps; step++) await this.#step()
    assert.ok(this.#machine.longestWakeMs <= NOTICED_MS, 'a timer that sleeps too long')
  }

  async #begin(): Promise<void> {
    const { server } = this.#house
    await this.#house.add()
    const refresh = server.refresh
    server.refresh = async (client, refreshToken) => {
      const outcome = await refresh(client, refreshToken)
      assert.ok(outcome.kind === 'tokens', 'the refresh token was no good')
      this.#ends.set(outcome.tokens.accessToken.reveal(), this.#now + this.#lifetimeMs)
      this.#refreshes.push(this.#now)
      return outcome
    }
    await this.#house.signIn()
    const { accessToken } = await this.#house.lease()
    this.#ends.set(accessToken, this.#now + this.#lifetimeMs)
  }

  async #step(): Promise<void> {
    await this.#pick(
      () => this.#stayAwake(),
      () => this.#sleep(),
      () => this.#setWall(),
      () => this.#lease(),
    )()
  }

  get #now(): number {
    return this.#house.clock.now()
  }

  #pick<T>(...choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.#fraction() * choices.length)] ?? choices[0]
  }

  /** From `least` to `most`, all magnitudes alike. */
  #between(least: number, most: number): number {
    return least * (most / least) ** this.#fraction()
  }

  /** Most clocks run true; the others by up to a tenth too fast or too slow. */
  #drift(): number {
    return this.#fraction() < 0.7 ? 1 : 0.9 + this.#fraction() * 0.2
  }

  async #stayAwake(): Promise<void> {
    // Short lives are renewed all the time, and long waits of them would prove nothing more.
    const ms = Math.round(this.#between(SECOND, Math.min(2 * HOUR, 100 * this.#lifetimeMs)))
    this.trace.push(`awake ${ms} ms`)
    this.#refreshes = []
    await this.#house.clock.advance(ms)
    this.#checkPace()
  }

  /** By itself a token is renewed late in its life: whatever else is a timer that fired early. */
  #checkPace(): void {
    const leastMs = Math.max(0.8 * FRESHNESS.leastAgeMs, 0.7 * this.#lifetimeMs - SECOND)
    for (const [index, at] of this.#refreshes.slice(1).entries()) {
      const apart = at - (this.#refreshes[index] ?? 0)
      assert.ok(apart >= leastMs, `renewed again after ${apart} ms`)
    }
  }

  async #sleep(): Promise<void> {
    const ms = Math.round(this.#night())
    if (ms <= NAP_MS) this.#nappedMs += ms
    this.trace.push(`asleep ${ms} ms`)
    this.#house.clock.jump(ms)
    await this.#afterwards()
  }

  /** A while, or until about when the access token ends. */
  #night(): number {
    const left = Math.max(...this.#ends.values()) - this.#now
    if (left > SECOND && this.#fraction() < 0.5) return left * (0.9 + this.#fraction() * 0.2)
    return this.#between(SECOND, this.#fraction() < 0.1 ? 10 * YEAR : 30 * DAY)
  }

  async #setWall(): Promise<void> {
    const by = this.#pick(
      -DAY,
      90 * DAY,
      8 * HOUR,
      (this.#fraction() * 2 - 1) * DAY,
      this.#fraction() * -MINUTE,
    )
    this.trace.push(`wall clock set by ${by} ms`)
    this.#setBack ||= by < 0
    this.#machine.set(by)
    await this.#afterwards()
  }

  /** Somebody asks at once, or nobody does and the product has to notice by itself. */
  async #afterwards(): Promise<void> {
    if (this.#fraction() < 0.5) return this.#lease()
    const newest = Math.max(...this.#ends.values())
    const known = this.#ends.size
    const over = this.#now - newest > this.#unknowableMs(newest)
    await this.#house.clock.advance((NOTICED_MS + 1) / (1 - this.#lag))
    this.trace.push(`looked, ${this.#ends.size - known} renewed`)
    if (over) assert.ok(this.#ends.size > known, 'an expired token was not renewed within 30 s')
  }

  async #lease(): Promise<void> {
    const { accessToken } = await this.#house.lease()
    const end = this.#ends.get(accessToken) ?? assert.fail('a token nobody issued')
    const lateMs = this.#now - end
    this.trace.push(`leased, ${-lateMs} ms left`)
    assert.ok(lateMs < 0 || lateMs < this.#unknowableMs(end), `handed out ${lateMs} ms after its end`)
  }

  /** By how much a token that ends then may have ended while all clocks of the machine say that it lives. */
  #unknowableMs(end: number): number {
    const napped = this.#setBack ? this.#nappedMs : 0
    return napped + this.#lag * (this.#now - end + this.#lifetimeMs)
  }
}
