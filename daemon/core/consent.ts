/**
 * Asking a person: begins an attempt, receives its answer, and ends it. One attempt per connection and one
 * opened browser at a time. An attempt's outcome is decided by the lifecycle; this file talks to the browser,
 * the redirect listener and the device endpoint.
 */
import type { ConsentFlow } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { ConsentEnded } from '../../shared/contract/events.js'
import type { AttemptId, ConnectionName } from '../../shared/contract/ids.js'
import type { Answer, Body } from '../../shared/contract/routes.js'
import type { Connection } from './connection.js'
import { carriesState, consentFailure, nextPollMs, shouldPollAgain } from './consentOutcome.js'
import { flowOf, isFinishing, notRunning, pageOf, taken, tooLate } from './consentRules.js'
import type { Outcome, Tokens } from './outcome.js'
import { NotBegun } from './ports.js'
import type {
  Browser,
  Caller,
  Clock,
  CodeRequest,
  DeviceRequest,
  FinishedPage,
  Log,
  Random,
  RedirectListener,
} from './ports.js'
import type { ProvingServer } from './provingServer.js'
import { endedWithout, setbackOf, type Met } from './setbackOf.js'
import { grantOf, settledOf } from './states.js'
import { sameAccount } from './tokens.js'

export const CONSENT = Object.freeze({
  /** Long enough to find a phone for the second factor, short enough not to hold a port for an open tab. */
  deadlineMs: 300_000,
})

export interface ConsentPorts {
  readonly clock: Clock
  readonly random: Random
  readonly server: ProvingServer
  readonly redirectListener: RedirectListener
  readonly browser: Browser
  readonly log: Log
}

export type ConsentEnd = Omit<ConsentEnded, 'type' | 'connection'>

interface Attempt {
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
  readonly ended: Promise<ConsentEnd>
  readonly end: (end: ConsentEnd) => void
}

/** What its provider wants to be asked for when somebody signs in. */
const challengeFor = ({ setback }: Connection): string | undefined => setback?.claimsChallenge

export class Consents {
  readonly #ports: ConsentPorts
  readonly #running = new Map<ConnectionName, Attempt>()

  readonly #tell: (connection: Connection, end: ConsentEnd) => void

  /** `tell` hears of attempts that end before the lifecycle knew of them; it tells of the others itself. */
  constructor(ports: ConsentPorts, tell: (connection: Connection, end: ConsentEnd) => void) {
    this.#ports = ports
    this.#tell = tell
  }

  async begin(
    connection: Connection,
    options: Body<'beginConsent'>,
    caller: Caller,
  ): Promise<Answer<'beginConsent'>> {
    const flow = flowOf(connection.definition, options.flow, challengeFor(connection) !== undefined)
    this.#makeRoom(connection, options)
    const attempt = this.#start(connection, caller, options.open)
    try {
      return await this.#beginFlow(attempt, flow, options.open)
    } catch (error) {
      if (error instanceof NotBegun) connection.met(setbackOf(error.outcome, this.#met(attempt)))
      this.#finish(attempt, 'failed', Refusal.reasonOf(error))
      attempt.stop()
      throw error
    }
  }

  /** A secret that a person stores is a grant as well, by a consent that needs no question. */
  async store(connection: Connection, tokens: Tokens, caller: Caller): Promise<void> {
    this.#makeRoom(connection, { open: false, preempt: false })
    const attempt = this.#start(connection, caller, false)
    try {
      await this.#withoutPerson(attempt, async () => ({ kind: 'tokens', tokens }))
    } catch (error) {
      this.#finish(attempt, 'failed', Refusal.reasonOf(error))
      throw error
    }
  }

  /** Ends a running attempt; its late answer will change nothing. */
  cancel(connection: Connection): void {
    const { name } = connection.definition
    const attempt = this.#running.get(name)
    if (attempt === undefined) throw notRunning(name)
    if (isFinishing(connection.state)) throw tooLate(name)
    this.#finish(attempt, 'cancelled', 'cancelled')
  }

  /** Who began this attempt; undefined for one that is over. */
  callerOf(connection: Connection, attempt: AttemptId): Caller | undefined {
    const running = this.#running.get(connection.definition.name)
    return running?.id === attempt ? running.caller : undefined
  }

  /** The lifecycle ended an attempt: let go of port and polling, and tell whoever waits. */
  ended(connection: Connection, end: ConsentEnd): void {
    const { name } = connection.definition
    const attempt = this.#running.get(name)
    if (attempt?.id !== end.attempt) return
    this.#note(attempt, end)
    this.#running.delete(name)
    attempt.stop()
    attempt.end(end)
  }

  #met({ redirectUri }: Attempt): Met {
    return { at: this.#ports.clock.now(), during: 'signIn', redirectUri }
  }

  /** What the provider did not say itself: a page that refuses sends nobody back. */
  #note(attempt: Attempt, { outcome, message }: ConsentEnd): void {
    const { connection } = attempt
    if (outcome === 'deadline' && !attempt.answered) {
      connection.met(endedWithout('nobodyCame', message, this.#met(attempt)))
    }
    if (outcome === 'wrongAccount') connection.met(endedWithout('wrongAccount', message, this.#met(attempt)))
  }

  /** Ends all attempts but those that have their tokens and only save them; for the daemon's own end. */
  cancelAll(): void {
    for (const attempt of this.#running.values()) this.cancelFor(attempt.connection)
  }

  /** Ends the attempt of this connection, if there is one that can still be ended. */
  cancelFor(connection: Connection): void {
    const attempt = this.#running.get(connection.definition.name)
    if (attempt && !isFinishing(connection.state)) this.#finish(attempt, 'cancelled', 'cancelled')
  }

  #runs(attempt: Attempt): boolean {
    return this.#running.get(attempt.connection.definition.name) === attempt
  }

  #finish(attempt: Attempt, outcome: 'failed' | 'cancelled', message: string): void {
    const { connection, id } = attempt
    const end = { attempt: id, outcome, message, fix: `fob sign-in ${connection.definition.name}` }
    connection.dispatch({ kind: 'consentEnded', ...end })
    if (this.#runs(attempt)) this.#tell(connection, end)
  }

  #makeRoom(connection: Connection, options: Body<'beginConsent'>): void {
    const { name } = connection.definition
    const rivals = [...this.#running.values()].filter(
      (attempt) => attempt.connection === connection || (options.open && attempt.usesBrowser),
    )
    const saved = rivals.find((rival) => isFinishing(rival.connection.state))
    if (saved) throw tooLate(saved.connection.definition.name)
    for (const rival of rivals) {
      if (options.preempt) this.#finish(rival, 'cancelled', 'another sign-in took its place')
      else throw taken(rival.connection.definition.name, name)
    }
  }

  #start(connection: Connection, caller: Caller, usesBrowser: boolean): Attempt {
    let end: (end: ConsentEnd) => void = () => undefined
    const ended = new Promise<ConsentEnd>((resolve) => (end = resolve))
    const id = this.#ports.random.id() as AttemptId
    const stop = (): void => undefined
    const attempt: Attempt = {
      id,
      connection,
      caller,
      usesBrowser,
      redirectUri: '',
      answered: false,
      stop,
      ended,
      end,
    }
    this.#running.set(connection.definition.name, attempt)
    return attempt
  }

  #beginFlow(attempt: Attempt, flow: ConsentFlow, open: boolean): Promise<Answer<'beginConsent'>> {
    switch (flow) {
      case 'code':
        return this.#beginCode(attempt, open)
      case 'device':
        return this.#beginDevice(attempt)
      case 'client-credentials':
        return this.#withoutPerson(attempt, () =>
          this.#ports.server.clientCredentials(attempt.connection.client),
        )
    }
  }

  async #beginCode(attempt: Attempt, open: boolean): Promise<Answer<'beginConsent'>> {
    const { server, redirectListener, browser, log } = this.#ports
    const { connection } = attempt
    // A callback may come before the request is known here: whatever that is, it is no answer to it.
    const begun: { request?: CodeRequest } = {}
    const redirect = await redirectListener.open(connection.profile.redirect, async (callback) =>
      begun.request === undefined ? { kind: 'stray' } : this.#receive(attempt, begun.request, callback),
    )
    attempt.stop = () => {
      redirect.close().catch((error: unknown) => log.error({ error }, 'the redirect listener did not close'))
    }
    attempt.redirectUri = connection.definition.redirectUri ?? redirect.uri
    const request = await server.beginCode(connection.client, redirect.uri, challengeFor(connection))
    await connection.keepClient(request.registered)
    begun.request = request
    const deadline = this.#signIn(attempt, CONSENT.deadlineMs)
    const opened = open && (await browser.open(request.url))
    return { kind: 'browser', attempt: attempt.id, url: request.url, deadline, opened }
  }

  /** Answers with the page to show, once the end of the attempt is known and durable. */
  async #receive(attempt: Attempt, request: CodeRequest, callback: string): Promise<FinishedPage> {
    // Missing, doubled, wrong: somebody else's answer. Nothing is redeemed and the attempt goes on.
    if (!carriesState(callback, request.state)) return { kind: 'stray' }
    const { connection } = attempt
    await connection.exchange(async () => {
      // Ended while another exchange was under way, or by this very answer in another tab: a code that is
      // redeemed twice may end the grant (RFC 6749 §4.1.2).
      if (!this.#runs(attempt)) return
      const { server } = this.#ports
      this.#conclude(attempt, await this.#ask(() => server.redeemCode(connection.client, request, callback)))
    })
    const end = await attempt.ended
    return pageOf(connection.definition, connection.state, end)
  }

  async #beginDevice(attempt: Attempt): Promise<Answer<'beginConsent'>> {
    const { server, clock } = this.#ports
    const request = await server.beginDevice(attempt.connection.client)
    await attempt.connection.keepClient(request.registered)
    const deadline = this.#signIn(attempt, Math.max(0, request.expiresAt - clock.now()))
    this.#poll(attempt, request, request.intervalMs)
    const { userCode, verificationUri, verificationUriComplete } = request
    return {
      kind: 'device',
      attempt: attempt.id,
      userCode,
      verificationUri,
      verificationUriComplete,
      deadline,
    }
  }

  /** Asks again and again at the server's pace until somebody answered (RFC 8628 §3.4). */
  #poll(attempt: Attempt, request: DeviceRequest, intervalMs: number): void {
    const { clock, log } = this.#ports
    attempt.stop = clock.wake(intervalMs, () => {
      attempt.connection
        .exchange(() => this.#pollOnce(attempt, request, intervalMs))
        .catch((error: unknown) => log.error({ error }, 'a device poll broke down'))
    })
  }

  async #pollOnce(attempt: Attempt, request: DeviceRequest, intervalMs: number): Promise<void> {
    if (!this.#runs(attempt)) return
    const { server } = this.#ports
    const outcome = await this.#ask(() => server.pollDevice(attempt.connection.client, request))
    if (!shouldPollAgain(outcome)) this.#conclude(attempt, outcome)
    else if (this.#runs(attempt)) this.#poll(attempt, request, nextPollMs(outcome, intervalMs))
  }

  async #withoutPerson(attempt: Attempt, question: () => Promise<Outcome>): Promise<Answer<'beginConsent'>> {
    const { connection } = attempt
    this.#signIn(attempt, CONSENT.deadlineMs)
    await connection.exchange(async () => {
      if (this.#runs(attempt)) this.#conclude(attempt, await this.#ask(question))
    })
    const { outcome, message, fix } = await attempt.ended
    if (outcome !== 'granted') {
      const unsaved = settledOf(connection.state).kind === 'unsaved'
      throw new Refusal(unsaved ? 'store_unwritable' : 'provider_refused', message, { fix })
    }
    return { kind: 'done', attempt: attempt.id, generation: grantOf(connection.state)?.facts.generation ?? 0 }
  }

  /** A defect of ours is an answer that did not arrive. */
  async #ask(question: () => Promise<Outcome>): Promise<Outcome> {
    try {
      return await question()
    } catch (error) {
      this.#ports.log.error({ error: Refusal.reasonOf(error) }, 'a sign-in broke down')
      return { kind: 'unanswered', reason: 'the sign-in broke down inside fob' }
    }
  }

  #signIn(attempt: Attempt, withinMs: number): string {
    const { name } = attempt.connection.definition
    if (!this.#runs(attempt)) {
      throw new Refusal('no_consent_running', `signing in to ${name} was cancelled`, {
        fix: `fob sign-in ${name}`,
      })
    }
    const deadline = this.#ports.clock.now() + withinMs
    attempt.connection.dispatch({ kind: 'signIn', attempt: attempt.id, deadline })
    return new Date(deadline).toISOString()
  }

  /** Tokens go to the lifecycle even when the attempt is over: what nobody wants has to be revoked. */
  #conclude(attempt: Attempt, outcome: Outcome): void {
    const { id, connection } = attempt
    attempt.answered = true
    if (outcome.kind !== 'tokens') {
      if (this.#runs(attempt)) connection.met(setbackOf(outcome, this.#met(attempt)))
      const failure = consentFailure(outcome, connection.definition.name)
      connection.dispatch({ kind: 'consentEnded', attempt: id, ...failure })
      return
    }
    const before = grantOf(connection.state)?.facts
    const next = connection.hold(outcome.tokens, 'consent')
    connection.dispatch({
      kind: 'granted',
      attempt: id,
      next,
      sameAccount: sameAccount(before, next.facts),
    })
  }
}
