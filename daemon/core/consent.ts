/**
 * Asking a person: begins an attempt, receives its answer, and ends it. One attempt per connection and one
 * opened browser at a time. An attempt's outcome is decided by the lifecycle; this file talks to the browser,
 * the redirect listener and the device endpoint.
 */
import type { Flow } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { ConsentEnded } from '../../shared/contract/events.js'
import type { AttemptId, ConnectionName } from '../../shared/contract/ids.js'
import type { Answer, Body } from '../../shared/contract/routes.js'
import type { Connection } from './connection.js'
import { carriesState, consentFailure, nextPollMs, shouldPollAgain } from './consentOutcome.js'
import type { Outcome } from './outcome.js'
import type {
  AuthorizationServer,
  Browser,
  Cancel,
  Clock,
  CodeRequest,
  DeviceRequest,
  FinishedPage,
  Random,
  RedirectListener,
} from './ports.js'
import { grantOf } from './states.js'
import { sameAccount } from './tokens.js'

export const CONSENT = Object.freeze({
  /** Long enough to find a phone for the second factor, short enough not to hold a port for an open tab. */
  deadlineMs: 300_000,
})

export interface ConsentPorts {
  readonly clock: Clock
  readonly random: Random
  readonly server: AuthorizationServer
  readonly redirectListener: RedirectListener
  readonly browser: Browser
}

export type ConsentEnd = Omit<ConsentEnded, 'type' | 'connection'>

interface Attempt {
  readonly id: AttemptId
  readonly connection: Connection
  readonly usesBrowser: boolean
  /** Frees the port or stops the polling. */
  stop: () => void
  readonly ended: Promise<ConsentEnd>
  readonly end: (end: ConsentEnd) => void
}

export class Consents {
  readonly #ports: ConsentPorts
  readonly #running = new Map<ConnectionName, Attempt>()

  readonly #tell: (connection: Connection, end: ConsentEnd) => void

  /** `tell` hears of attempts that end before the lifecycle knew of them; it tells of the others itself. */
  constructor(ports: ConsentPorts, tell: (connection: Connection, end: ConsentEnd) => void) {
    this.#ports = ports
    this.#tell = tell
  }

  async begin(connection: Connection, options: Body<'beginConsent'>): Promise<Answer<'beginConsent'>> {
    this.#makeRoom(connection, options)
    const flow = options.flow ?? connection.definition.flow
    const attempt = this.#start(connection, options.open)
    try {
      return await this.#beginFlow(attempt, flow, options.open)
    } catch (error) {
      this.#finish(attempt, 'failed', Refusal.reasonOf(error))
      throw error
    }
  }

  /** Ends a running attempt; its late answer will change nothing. */
  cancel(connection: Connection): void {
    const attempt = this.#running.get(connection.definition.name)
    if (attempt === undefined) {
      throw new Refusal('no_consent_running', `nobody is signing in to ${connection.definition.name}`, {
        fix: `fob sign-in ${connection.definition.name}`,
      })
    }
    this.#finish(attempt, 'cancelled', 'cancelled')
  }

  /** The lifecycle ended an attempt: let go of port and polling, and tell whoever waits. */
  ended(connection: Connection, end: ConsentEnd): void {
    const { name } = connection.definition
    const attempt = this.#running.get(name)
    if (attempt?.id !== end.attempt) return
    this.#running.delete(name)
    attempt.stop()
    attempt.end(end)
  }

  /** Ends all attempts; for the daemon's own end. */
  cancelAll(): void {
    for (const attempt of this.#running.values()) this.cancel(attempt.connection)
  }

  #finish(attempt: Attempt, outcome: 'failed' | 'cancelled', message: string): void {
    const { connection, id } = attempt
    const { name } = connection.definition
    const end = { attempt: id, outcome, message, fix: `fob sign-in ${name}` }
    connection.dispatch({ kind: 'consentEnded', ...end })
    if (this.#running.get(name) === attempt) this.#tell(connection, end)
  }

  #makeRoom(connection: Connection, options: Body<'beginConsent'>): void {
    const { name } = connection.definition
    const rival = this.#running.get(name) ?? (options.open ? this.#browserAttempt() : undefined)
    if (rival === undefined) return
    if (options.preempt) return this.cancel(rival.connection)
    const other = rival.connection.definition.name
    throw new Refusal('consent_running', `somebody is already signing in to ${other}`, {
      fix: `finish it in the browser, or \`fob sign-in ${name} --restart\``,
    })
  }

  #browserAttempt(): Attempt | undefined {
    return [...this.#running.values()].find((attempt) => attempt.usesBrowser)
  }

  #start(connection: Connection, usesBrowser: boolean): Attempt {
    let end: (end: ConsentEnd) => void = () => undefined
    const ended = new Promise<ConsentEnd>((resolve) => (end = resolve))
    const id = this.#ports.random.id() as AttemptId
    const attempt: Attempt = { id, connection, usesBrowser, stop: () => undefined, ended, end }
    this.#running.set(connection.definition.name, attempt)
    return attempt
  }

  #beginFlow(attempt: Attempt, flow: Flow, open: boolean): Promise<Answer<'beginConsent'>> {
    switch (flow) {
      case 'code':
        return this.#beginCode(attempt, open)
      case 'device':
        return this.#beginDevice(attempt)
      case 'client-credentials':
        return this.#withoutPerson(attempt)
    }
  }

  async #beginCode(attempt: Attempt, open: boolean): Promise<Answer<'beginConsent'>> {
    const { server, redirectListener, browser } = this.#ports
    const { connection } = attempt
    // A callback may come before the request is known here: whatever that is, it is no answer to it.
    const begun: { request?: CodeRequest } = {}
    const redirect = await redirectListener.open(connection.profile.redirect, async (callback) =>
      begun.request === undefined ? { kind: 'stray' } : this.#receive(attempt, begun.request, callback),
    )
    attempt.stop = () => void redirect.close()
    const request = await server.beginCode(connection.client, redirect.uri)
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
      this.#conclude(attempt, await this.#ports.server.redeemCode(connection.client, request, callback))
    })
    return pageOf(connection, await attempt.ended)
  }

  async #beginDevice(attempt: Attempt): Promise<Answer<'beginConsent'>> {
    const { server, clock } = this.#ports
    const request = await server.beginDevice(attempt.connection.client)
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
    const { clock, server } = this.#ports
    const { connection } = attempt
    const cancel: Cancel = clock.wake(intervalMs, () => {
      void connection.exchange(async () => {
        const outcome = await server.pollDevice(connection.client, request)
        if (this.#running.get(connection.definition.name) !== attempt) return
        if (shouldPollAgain(outcome)) this.#poll(attempt, request, nextPollMs(outcome, intervalMs))
        else this.#conclude(attempt, outcome)
      })
    })
    attempt.stop = cancel
  }

  async #withoutPerson(attempt: Attempt): Promise<Answer<'beginConsent'>> {
    const { connection } = attempt
    this.#signIn(attempt, CONSENT.deadlineMs)
    await connection.exchange(async () => {
      this.#conclude(attempt, await this.#ports.server.clientCredentials(connection.client))
    })
    const { outcome, message, fix } = await attempt.ended
    if (outcome !== 'granted') throw new Refusal('provider_refused', message, { fix })
    return { kind: 'done', attempt: attempt.id, generation: grantOf(connection.state)?.facts.generation ?? 0 }
  }

  #signIn(attempt: Attempt, withinMs: number): string {
    const { name } = attempt.connection.definition
    if (this.#running.get(name) !== attempt) {
      throw new Refusal('no_consent_running', `signing in to ${name} was cancelled`, {
        fix: `fob sign-in ${name}`,
      })
    }
    const deadline = this.#ports.clock.now() + withinMs
    attempt.connection.dispatch({ kind: 'signIn', attempt: attempt.id, deadline })
    return new Date(deadline).toISOString()
  }

  #conclude(attempt: Attempt, outcome: Outcome): void {
    const { id, connection } = attempt
    if (outcome.kind !== 'tokens') {
      const failure = consentFailure(outcome, connection.definition.name)
      connection.dispatch({ kind: 'consentEnded', attempt: id, ...failure })
      return
    }
    const before = grantOf(connection.state)?.facts
    const next = connection.hold(outcome.tokens)
    connection.dispatch({
      kind: 'granted',
      attempt: id,
      next,
      sameAccount: sameAccount(before, next.facts),
    })
  }
}

function pageOf(connection: Connection, end: ConsentEnd): FinishedPage {
  const { name } = connection.definition
  if (end.outcome === 'granted') {
    return { kind: 'signedIn', connection: name, account: grantOf(connection.state)?.facts.account ?? null }
  }
  if (end.outcome === 'denied') return { kind: 'denied', connection: name, message: end.message }
  return { kind: 'failed', connection: name, message: end.message, fix: end.fix }
}
