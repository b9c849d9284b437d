/**
 * One random walk of a connection through a world as it may meet it: a server that answers anything, a disk that
 * fails, clocks that jump, callers and a person who wish what they like. Exchanges and writes stay outstanding
 * until the walk decides their end. Every invariant is checked at each step.
 */
import { AttemptId } from '../../shared/contract/ids.js'
import { BACKOFF } from '../../daemon/core/lifecycle/backoff.js'
import { isServable, remainingMs, type HeldGrant } from '../../daemon/core/lifecycle/freshness.js'
import { advance, tombstoneOf } from '../../daemon/core/lifecycle/lifecycle.js'
import { awaits } from '../../daemon/core/lifecycle/refreshAnswers.js'
import { grantOf, isBeside, isSaving, settledOf } from '../../daemon/core/lifecycle/states.js'
import type { Answered, Effect, Event, State } from '../../daemon/core/lifecycle/states.js'
import type { Context } from '../../daemon/core/lifecycle/step.js'
import { TIMER } from '../../daemon/core/roster/timer.js'
import { rotatedBeside } from '../../daemon/core/lifecycle/tokens.js'
import { wakeInMs } from '../../daemon/core/lifecycle/wakeUps.js'

const SERVERS: readonly Context['refreshToken'][] = [
  { kind: 'rotating', graceMs: 0 },
  { kind: 'rotating', graceMs: 30_000 },
  { kind: 'reusable' },
]
const GONE = AttemptId.parse('attempt-long-gone')

type Write =
  | { readonly kind: 'intent' | 'grant'; readonly generation: number }
  | { readonly kind: 'tombstone' }
  | { readonly kind: 'quiet' }

type Exchange =
  | { readonly kind: 'refresh'; readonly generation: number }
  | { readonly kind: 'consent'; readonly attempt: AttemptId }

export class Walk {
  state: State = { kind: 'signedOut', generation: 0, forcedAt: null }
  readonly trace: string[] = []
  readonly #random: () => number
  readonly #server: Context['refreshToken']
  #now = 1_900_000_000_000
  #monotonic = 1_000_000
  #looked = { now: this.#now, monotonic: this.#monotonic }
  #attempts = 0
  /** In the order they were asked for; the first is under way. */
  readonly #writes: Write[] = []
  readonly #durable = new Set<number>()
  /** Generations whose tokens were issued and are neither in use nor ended. */
  readonly #held = new Set<number>()
  #exchange: Exchange | undefined
  /** A refresh that waits for the exchange before it. */
  #waiting: number[] = []
  /** Generations whose refresh token was presented, and whether it may be once more. */
  readonly #presented = new Map<number, boolean>()
  /** When a refresh was forced last, and in which stretch without sign-in, sign-out or jump of the clock. */
  #forced = { monotonic: -Infinity, stretch: 0 }
  #stretch = 0

  constructor(random: () => number) {
    this.#random = random
    this.#server = this.#pick(...SERVERS)
    if (this.#random() < 0.8) this.#begin(this.#issue())
  }

  /** Most walks begin signed in: the way there is short, and the rest of life is long. */
  #begin(grant: HeldGrant): void {
    const { generation } = grant.facts
    this.#held.delete(generation)
    this.state = { kind: 'active', generation, forcedAt: null, grant }
  }

  step(): void {
    const moves = [
      () => this.#askAsCaller(),
      () => this.#passTime(),
      () => this.#finishWrite(),
      () => this.#finishWrite(),
      () => this.#finishExchange(),
      () => this.#finishExchange(),
      () => this.#wishAsPerson(),
      () => this.#tellSomethingOld(),
    ]
    this.#pick(...moves)()
    this.#checkHeld()
  }

  /** Tokens not in use wait for the disk, or for newer ones that do and will take their place. */
  #checkHeld(): void {
    const newest = Math.max(...this.#held)
    if (this.#held.size > 0 && !isSaving(this.state, newest)) {
      throw new Error(`orphan: nobody ends the tokens of #${newest}`)
    }
  }

  get #context(): Context {
    return {
      at: { now: this.#now, monotonic: this.#monotonic },
      jitter: this.#random(),
      refreshToken: this.#server,
      refreshEndsAccessToken: false,
      besideByOwn: false,
      stored: false,
    }
  }

  #pick<T>(...choices: readonly T[]): T {
    const chosen = choices[Math.floor(this.#random() * choices.length)]
    if (chosen === undefined) throw new Error('nothing to choose from')
    return chosen
  }

  #askAsCaller(): void {
    const generation = grantOf(this.state)?.facts.generation ?? 0
    const wish = this.#pick(
      'lease',
      'longLease',
      'beside',
      'rejected',
      'refreshAsked',
      'configChanged',
      'networkChanged',
      'originRecovered',
    )
    if (wish === 'rejected') return this.#tell({ kind: 'rejected', generation })
    if (wish === 'beside') return this.#tell({ kind: 'besideNeeded', wish: ['read'] })
    if (wish !== 'lease' && wish !== 'longLease') return this.#tell({ kind: wish })
    if (wish === 'longLease' || !isServable(grantOf(this.state), this.#context.at)) {
      this.#tell({ kind: 'leaseNeeded' })
    }
  }

  /** The product's timer: sleeps at most so long, looks at both clocks, sleeps again. */
  #passTime(): void {
    const jump = this.#pick(0, 0, 0, 0, 8 * 3_600_000, -86_400_000, 40_000, -40_000)
    this.#now += jump
    if (jump !== 0) this.#stretch += 1
    let left = this.#pick(10, 1_000, 5_000, 30_000, 60_000, 600_000)
    for (let looks = 0; left > 0; looks++) {
      if (looks > 1_000) throw new Error('I7: the timer spins')
      const rested = this.#monotonic - this.#looked.monotonic
      const due = Math.min(TIMER.longestSleepMs - rested, wakeInMs(this.state, this.#context, 0) ?? Infinity)
      const slept = Math.min(Math.max(0, due), left)
      this.#now += slept
      this.#monotonic += slept
      left -= slept
      if (slept >= due) this.#look()
    }
  }

  #look(): void {
    const drift = this.#now - this.#looked.now - (this.#monotonic - this.#looked.monotonic)
    this.#looked = { now: this.#now, monotonic: this.#monotonic }
    const before = this.state
    if (Math.abs(drift) > TIMER.jumpMs) this.#tell({ kind: 'clockJumped' })
    this.#tell({ kind: 'wake' })
    const due = wakeInMs(this.state, this.#context, 0)
    if (due !== undefined && due <= 0) throw new Error(`I7: overdue by ${-due} ms after a look`)
    if (settledOf(before).kind === 'retrying' && Math.abs(drift) > TIMER.jumpMs) {
      if (settledOf(this.state).kind !== 'refreshing') throw new Error('I7: no try after a jump of the clock')
    }
  }

  #finishWrite(): void {
    const write = this.#writes.shift()
    if (!write || write.kind === 'quiet') return
    const ok = this.#random() < 0.8
    const reason = 'disk full'
    if (write.kind === 'tombstone') {
      if (ok) this.#signOut()
      return
    }
    const { kind, generation } = write
    if (kind === 'intent') {
      if (!awaits(settledOf(this.state), 'intent', generation)) return
      return this.#tell(
        ok ? { kind: 'intentCommitted', generation } : { kind: 'intentFailed', generation, reason },
      )
    }
    if (!ok || !isSaving(this.state, generation))
      return this.#tell({ kind: 'commitFailed', generation, reason })
    this.#durable.add(generation)
    this.#tell({ kind: 'committed', generation })
  }

  /** Whoever wrote the tombstone ends all tokens, in use or not. */
  #signOut(): void {
    this.#tell({ kind: 'signOut', generation: tombstoneOf(this.state) })
    this.#held.clear()
    this.#stretch += 1
  }

  #finishExchange(): void {
    const exchange = this.#exchange
    this.#exchange = undefined
    if (exchange?.kind === 'refresh') this.#answerRefresh(exchange.generation)
    if (exchange?.kind === 'consent') this.#answerConsent(exchange.attempt)
    this.#startWaiting()
  }

  #answerRefresh(generation: number): void {
    const awaited = awaits(settledOf(this.state), 'exchange', generation)
    const beside = awaited && isBeside(this.state)
    const issue = (): HeldGrant => (beside ? this.#issueBeside() : this.#issue())
    const answer = this.#pick<() => Answered>(
      () => ({ kind: 'rotated', next: issue() }),
      () => ({ kind: 'rotated', next: issue() }),
      () => ({ kind: 'rotated', next: issue() }),
      () => ({ kind: 'transient', cause: 'network', reason: '', retryAfterMs: undefined }),
      () => ({ kind: 'transient', cause: 'rateLimit', reason: '', retryAfterMs: 3_600_000 }),
      () => ({ kind: 'unanswered', reason: '' }),
      () => ({ kind: 'permanent', reason: '' }),
      () => ({ kind: 'misconfigured', reason: '', fix: '' }),
    )()
    const over = answer.kind === 'rotated' || (answer.kind === 'permanent' && !beside)
    if (!over) this.#presented.set(generation, true)
    const before = this.state
    this.#tell({ kind: 'answered', generation, answer })
    if (!awaited && this.state !== before) throw new Error('I3: an answer to nobody changed the state')
  }

  #answerConsent(attempt: AttemptId): void {
    const late = this.state.kind !== 'authorizing' || this.state.attempt !== attempt
    const before = this.state
    const sameAccount = this.#random() < 0.8
    if (this.#random() < 0.75) this.#tell({ kind: 'granted', attempt, next: this.#issue(), sameAccount })
    else this.#tell({ kind: 'consentEnded', attempt, outcome: 'denied', message: '', fix: '' })
    if (late && this.state !== before) throw new Error('I3: an answer to an ended attempt changed the state')
  }

  #nextGeneration(): number {
    const generation = settledOf(this.state).generation + 1
    if (this.#held.has(generation)) throw new Error(`I3: two grants are #${generation}`)
    this.#held.add(generation)
    return generation
  }

  /** The same access token under the next refresh token. */
  #issueBeside(): HeldGrant {
    const grant = grantOf(this.state)
    if (grant === null) throw new Error('an exchange without a grant')
    return rotatedBeside(grant, this.#nextGeneration())
  }

  #issue(): HeldGrant {
    const generation = this.#nextGeneration()
    const lifetime = this.#pick(0, 1_000, 60_000, 3_600_000, null)
    const facts = {
      generation,
      issuedAt: this.#now,
      expiresAt: lifetime === null ? null : this.#now + lifetime,
      scopes: [],
      account: null,
      renewable: this.#random() < 0.85,
    }
    return { facts, issuedMonotonic: this.#monotonic, rejected: false, accessGeneration: generation }
  }

  #wishAsPerson(): void {
    const { state } = this
    const wish = this.#pick('signIn', 'consent', 'consent', 'consent', 'cancel', 'signOut')
    if (wish === 'signOut' && this.#random() < 0.3) this.#writes.push({ kind: 'tombstone' })
    if (wish === 'signIn') {
      const attempt = AttemptId.parse(`attempt-${(this.#attempts += 1)}`)
      return this.#tell({ kind: 'signIn', attempt, deadline: this.#now + 300_000 })
    }
    if (state.kind !== 'authorizing') return
    const { attempt } = state
    if (wish === 'cancel')
      this.#tell({ kind: 'consentEnded', attempt, outcome: 'cancelled', message: '', fix: '' })
    if (wish === 'consent' && !this.#exchange && !this.#isSavingGrant)
      this.#exchange = { kind: 'consent', attempt }
  }

  #tellSomethingOld(): void {
    const grant = grantOf(this.state)
    const ago = this.#pick(1, 2, 3)
    const generation = (grant?.facts.generation ?? 0) - ago
    const before = this.state
    this.#tell(
      this.#pick<Event>(
        { kind: 'intentCommitted', generation },
        { kind: 'intentFailed', generation, reason: '' },
        { kind: 'committed', generation },
        { kind: 'commitFailed', generation, reason: '' },
        { kind: 'answered', generation, answer: { kind: 'permanent', reason: '' } },
        { kind: 'consentEnded', attempt: GONE, outcome: 'denied', message: '', fix: '' },
        { kind: 'rejected', generation: (grant?.accessGeneration ?? 0) - ago },
      ),
    )
    if (this.state !== before) throw new Error('I3: something old changed the state')
  }

  #tell(event: Event): void {
    const before = this.state
    const context = this.#context
    const { state, effects } = advance(before, event, context)
    this.state = state
    this.trace.push(
      `${event.kind}: ${before.kind} -> ${state.kind} [${effects.map(({ kind }) => kind).join(' ')}]`,
    )
    assertPlain([state, event, effects])
    this.#checkServed(before, event, context)
    this.#checkEnded(before, event, context)
    for (const effect of effects) this.#carryOut(effect, before, event, context)
    this.#startWaiting()
  }

  #checkServed(before: State, event: Event, { at }: Context): void {
    const held = grantOf(before)
    if (!isServable(held, at) || ['signOut', 'committed', 'rejected'].includes(event.kind)) return
    if (grantOf(this.state)?.facts !== held.facts || grantOf(this.state)?.rejected) {
      throw new Error(`I5: ${event.kind} took a valid access token away`)
    }
  }

  #checkEnded(before: State, event: Event, { at }: Context): void {
    const [was, is] = [settledOf(before), settledOf(this.state)]
    if (is.kind !== 'consentRequired' || was.kind === 'consentRequired') return
    if (event.kind === 'answered' && event.answer.kind === 'permanent') {
      if (isBeside(before)) throw new Error('I4: a refusal of something beside ended a grant')
      this.#stretch += 1
      return
    }
    const over = is.grant && (is.grant.rejected || remainingMs(is.grant, at) <= 0)
    if (!over || is.grant.facts.renewable) throw new Error(`I4: ${event.kind} ended a grant`)
  }

  #carryOut(effect: Effect, before: State, event: Event, context: Context): void {
    switch (effect.kind) {
      case 'commitIntent':
        this.#checkStart(before, event, context)
        this.#writes.push({ kind: 'intent', generation: effect.generation })
        return
      case 'callRefresh':
        this.#waiting.push(effect.generation)
        if (this.#waiting.length > 1 || this.#exchange?.kind === 'refresh')
          throw new Error('I2: two exchanges')
        return
      case 'commitGrant':
        this.#writes.push({ kind: 'grant', generation: effect.facts.generation })
        return
      case 'useTokens':
        if (event.kind !== 'committed' || !this.#durable.has(effect.generation)) {
          throw new Error('I1: tokens are shown before they are durable')
        }
        for (const held of this.#held) if (held <= effect.generation) this.#held.delete(held)
        if (before.kind === 'authorizing') this.#stretch += 1
        return
      case 'revokeTokens':
        this.#held.delete(effect.generation)
        return
      case 'clearIntent':
      case 'commitStanding':
      case 'discardAccessToken':
        this.#writes.push({ kind: 'quiet' })
        return
      case 'answerWaiters':
      case 'publish':
      case 'endConsent':
      case 'refuseBeside':
        return
    }
  }

  /** May a refresh start here, by this event? */
  #checkStart(before: State, event: Event, { at }: Context): void {
    const was = settledOf(before)
    if (was.kind === 'inDoubt' && event.kind === 'wake' && was.resend === 'whenNeeded') {
      throw new Error('I8: a refresh token that may be spent was sent again though nobody needed it')
    }
    if (was.kind !== 'active' || remainingMs(was.grant, at) <= 0) return
    const asked = event.kind === 'rejected' || event.kind === 'leaseNeeded'
    if (!asked && !(event.kind === 'wake' && was.grant.rejected)) return
    const since = this.#monotonic - this.#forced.monotonic
    if (this.#forced.stretch === this.#stretch && since < BACKOFF.forcedEveryMs) {
      throw new Error(`I8: forced again after ${since} ms`)
    }
    this.#forced = { monotonic: this.#monotonic, stretch: this.#stretch }
  }

  get #isSavingGrant(): boolean {
    return this.#writes.some(({ kind }) => kind === 'grant')
  }

  /** An exchange leaves when its turn comes, if it is still wanted. */
  #startWaiting(): void {
    if (this.#exchange || this.#isSavingGrant) return
    const generation = this.#waiting.shift()
    if (generation === undefined || !awaits(settledOf(this.state), 'exchange', generation)) return
    if (this.#presented.get(generation) === false) throw new Error(`I8: #${generation} is refreshed twice`)
    this.#presented.set(generation, false)
    this.#exchange = { kind: 'refresh', generation }
  }
}

const PLAIN = new Set<unknown>([Object.prototype, Array.prototype])

/** I6: plain values only, under names that promise no token. */
function assertPlain(value: unknown): void {
  if (value === null || typeof value !== 'object') return
  if (!PLAIN.has(Object.getPrototypeOf(value))) throw new Error('I6: a value that may hide a secret')
  for (const [name, inner] of Object.entries(value)) {
    if (/secret|^accessToken|^refreshToken/i.test(name)) throw new Error(`I6: ${name} in a plain value`)
    assertPlain(inner)
  }
}
