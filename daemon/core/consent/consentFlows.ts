/**
 * How an attempt goes: in the browser, by a code on another device, or with nobody asked. Talks to the browser, the
 * redirect listener and the authorization server, and gives their answer to the lifecycle, which decides. What comes
 * for an attempt that does not run any more asks the provider nothing.
 */
import type { ConsentFlow } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Answer } from '../../../shared/contract/routes.js'
import type { Connection } from '../connection/connection.js'
import { metBy, type Attempt } from './consentAttempt.js'
import { carriesState, consentFailure, nextPollMs, shouldPollAgain } from '../lifecycle/consentOutcome.js'
import { pageOf } from './consentRules.js'
import type { Outcome } from '../outcome.js'
import type { Browser, Clock, FinishedPage, Log, RedirectListener } from '../ports.js'
import type { CodeRequest, DeviceRequest } from '../providerPorts.js'
import type { ProvingServer } from '../clientSecret/provingServer.js'
import { setbackOf } from '../setbacks/setbackOf.js'
import { grantOf, settledOf } from '../lifecycle/states.js'
import { sameAccount } from '../lifecycle/tokens.js'

export const CONSENT = Object.freeze({
  /** Long enough to find a phone for the second factor, short enough not to hold a port for an open tab. */
  deadlineMs: 300_000,
})

export interface ConsentFlowsPorts {
  readonly clock: Clock
  readonly server: ProvingServer
  readonly redirectListener: RedirectListener
  readonly browser: Browser
  readonly log: Log
}

/** What its provider wants to be asked for when somebody signs in. */
export const challengeFor = ({ setback }: Connection): string | undefined => setback?.claimsChallenge

export class ConsentFlows {
  readonly #ports: ConsentFlowsPorts
  readonly #isRunning: (attempt: Attempt) => boolean

  /** `isRunning`: whether the attempt's end is still open. */
  constructor(ports: ConsentFlowsPorts, isRunning: (attempt: Attempt) => boolean) {
    this.#ports = ports
    this.#isRunning = isRunning
  }

  begin(attempt: Attempt, flow: ConsentFlow, open: boolean): Promise<Answer<'beginConsent'>> {
    switch (flow) {
      case 'code':
        return this.#beginCode(attempt, open)
      case 'device':
        return this.#beginDevice(attempt)
      case 'client-credentials':
        return this.withoutPerson(attempt, () =>
          this.#ports.server.clientCredentials(attempt.connection.client),
        )
    }
  }

  /** Nobody is asked, and the answer is awaited here. Rejects with a Refusal when it brings no grant. */
  async withoutPerson(attempt: Attempt, question: () => Promise<Outcome>): Promise<Answer<'beginConsent'>> {
    const { connection } = attempt
    this.#signIn(attempt, CONSENT.deadlineMs)
    await connection.exchange(async () => {
      if (this.#isRunning(attempt)) this.#conclude(attempt, await this.#ask(question))
    })
    const { outcome, message, fix } = await attempt.ended
    if (outcome !== 'granted') {
      const unsaved = settledOf(connection.state).kind === 'unsaved'
      throw new Refusal(unsaved ? 'store_unwritable' : 'provider_refused', message, { fix })
    }
    return { kind: 'done', attempt: attempt.id, generation: grantOf(connection.state)?.facts.generation ?? 0 }
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
    await connection.ownClient.keepRegistered(request.registered)
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
      if (!this.#isRunning(attempt)) return
      const { server } = this.#ports
      this.#conclude(attempt, await this.#ask(() => server.redeemCode(connection.client, request, callback)))
    })
    const end = await attempt.ended
    return pageOf(connection.definition, connection.state, end)
  }

  async #beginDevice(attempt: Attempt): Promise<Answer<'beginConsent'>> {
    const { server, clock } = this.#ports
    const request = await server.beginDevice(attempt.connection.client)
    await attempt.connection.ownClient.keepRegistered(request.registered)
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
    if (!this.#isRunning(attempt)) return
    const { server } = this.#ports
    const outcome = await this.#ask(() => server.pollDevice(attempt.connection.client, request))
    if (!shouldPollAgain(outcome)) this.#conclude(attempt, outcome)
    else if (this.#isRunning(attempt)) this.#poll(attempt, request, nextPollMs(outcome, intervalMs))
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
    if (!this.#isRunning(attempt)) {
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
      if (this.#isRunning(attempt))
        connection.met(setbackOf(outcome, metBy(attempt, this.#ports.clock.now())))
      const failure = consentFailure(outcome, connection.definition.name)
      connection.dispatch({ kind: 'consentEnded', attempt: id, ...failure })
      return
    }
    const before = grantOf(connection.state)?.facts
    const next = connection.arrivals.hold(outcome.tokens, 'consent')
    connection.dispatch({
      kind: 'granted',
      attempt: id,
      next,
      sameAccount: sameAccount(before, next.facts),
    })
  }
}
