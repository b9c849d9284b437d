/**
 * A person's consent, from the click to the durable grant. Runs only because somebody clicked: nothing in the
 * background opens a browser. Invariants: it says "signed in" only after the daemon did; cancelling here ends
 * the consent at the daemon; the URL is opened byte for byte as the daemon made it.
 */
import * as vscode from 'vscode'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import type { ConsentEnded } from '../shared/contract/events.js'
import type { ConsentBegun } from '../shared/contract/consent.js'
import type { Daemon } from './daemon.js'
import { replaceSecret } from './storedSecret.js'
import { settings } from './settings.js'
import type { TerminalOffer } from './terminalOffer.js'
import { consentWay, isElsewhere, type ConsentWay } from './consentWay.js'
import { tellSuccess } from './success.js'
import { tellTrouble } from './trouble.js'
import { say } from './wording/say.js'

type Ended = Pick<ConsentEnded, 'outcome' | 'message'> | 'lost'

/** Listens from before the consent begins, so that even an end at once is heard. */
class Wait implements vscode.Disposable {
  readonly #name: string
  readonly #early: ConsentEnded[] = []
  readonly #listening: vscode.Disposable[]
  #attempt: string | undefined
  #end: (ended: Ended) => void = () => undefined
  readonly ended = new Promise<Ended>((resolve) => (this.#end = resolve))

  constructor(daemon: Daemon, name: string) {
    this.#name = name
    this.#listening = [
      daemon.onDidHear((event) => {
        if (event.type === 'consentEnded') {
          this.#early.push(event)
          if (event.attempt === this.#attempt) this.#end(event)
        } else if (event.type === 'snapshot') this.#caughtUp(event.status.connections)
      }),
      daemon.onDidChange((picture) => {
        if (picture.kind === 'away' && this.#attempt !== undefined) this.#end('lost')
      }),
    ]
  }

  for(attempt: string): void {
    this.#attempt = attempt
    const early = this.#early.find((ended) => ended.attempt === attempt)
    if (early) this.#end(early)
  }

  dispose(): void {
    for (const listening of this.#listening) listening.dispose()
  }

  /** A later snapshot means that the link was down: an end meanwhile will not be told again. */
  #caughtUp(connections: readonly ConnectionStatus[]): void {
    const found = connections.find(({ name }) => name === this.#name)
    if (this.#attempt !== undefined && found?.state !== 'authorizing') this.#end('lost')
  }
}

/**
 * The text of an address, opened as it stands. A Uri would be written anew from its decoded parts, and a query
 * that holds an encoded `&` or `+` would arrive as another. The editor takes text; its types do not say so.
 */
const asItStands = (url: string): vscode.Uri => url as unknown as vscode.Uri

export class SignIn {
  readonly #daemon: Daemon
  readonly #offer: TerminalOffer

  constructor(daemon: Daemon, offer: TerminalOffer) {
    this.#daemon = daemon
    this.#offer = offer
  }

  /** Resolves true once the grant is durable, false when it came to nothing, which the person was told. */
  async run(connection: ConnectionStatus, asked?: ConsentWay): Promise<boolean> {
    const { name } = connection
    if (connection.flow === 'static') return this.#replace(name)
    const way = asked ?? consentWay(settings.signInMethod(), connection, vscode.env.remoteName)
    const wait = new Wait(this.#daemon, name)
    try {
      const begun = await this.#begin(connection, way)
      wait.for(begun.attempt)
      const ended = begun.kind === 'done' ? GRANTED : await this.#follow(connection, begun, wait)
      return await this.#conclude(connection, way, ended)
    } catch (error) {
      await tellTrouble(error, name, () => this.run(connection, way))
      return false
    } finally {
      wait.dispose()
    }
  }

  /** Nobody is asked for a stored secret but the person who has it. */
  async #replace(name: string): Promise<boolean> {
    try {
      const replaced = await replaceSecret(this.#daemon, name)
      if (replaced) tellSuccess(say.secretReplaced(name))
      return replaced
    } catch (error) {
      await tellTrouble(error, name, () => this.#replace(name))
      return false
    }
  }

  #begin({ name }: ConnectionStatus, way: ConsentWay): Promise<ConsentBegun> {
    const flow = way === 'code' || way === 'device' ? { flow: way } : {}
    return this.#daemon.client.call('beginConsent', { params: { c: name }, body: { ...flow, preempt: true } })
  }

  async #follow(
    connection: ConnectionStatus,
    begun: Exclude<ConsentBegun, { kind: 'done' }>,
    wait: Wait,
  ): Promise<Ended> {
    const { name } = connection
    const title =
      begun.kind === 'browser'
        ? say.signingInByBrowser(name, answeredElsewhere(begun.url))
        : say.signingInByCode(name, begun.userCode, begun.verificationUri)
    const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true }
    return vscode.window.withProgress(options, async (_, cancelled) => {
      cancelled.onCancellationRequested(() => void this.#cancel(name))
      if (begun.kind === 'device') await vscode.env.clipboard.writeText(begun.userCode)
      const url =
        begun.kind === 'browser' ? begun.url : (begun.verificationUriComplete ?? begun.verificationUri)
      if (!(await vscode.env.openExternal(asItStands(url)))) void this.#offerLink(connection, begun.kind, url)
      return wait.ended
    })
  }

  async #cancel(name: string): Promise<void> {
    try {
      await this.#daemon.client.call('cancelConsent', { params: { c: name } })
    } catch (error) {
      await tellTrouble(error, name)
    }
  }

  async #conclude(connection: ConnectionStatus, way: ConsentWay, ended: Ended): Promise<boolean> {
    const { name } = connection
    if (ended !== 'lost' && ended.outcome === 'granted') {
      tellSuccess(say.signedIn(name))
      // Whoever waits for the sign-in does not wait for this.
      void this.#offer.make(connection).catch((error: unknown) => tellTrouble(error, name))
      return true
    }
    const sentence = ended === 'lost' ? say.signInLost(name) : say.signInEnded(name, ended.message)
    const again = 'Try Again'
    const other = way === 'device' ? 'code' : 'device'
    const others = connection.signInBy.includes(other) ? [BY[other]] : []
    const chosen = await vscode.window.showWarningMessage(sentence, again, ...others)
    if (chosen === again) return this.run(connection, way)
    if (chosen === BY[other]) return this.run(connection, other)
    return false
  }

  /** For whom no browser opens there is the address to take elsewhere, and the code where the provider has them. */
  async #offerLink(connection: ConnectionStatus, kind: 'browser' | 'device', url: string): Promise<void> {
    const copy = 'Copy Link'
    const byCode = kind === 'browser' && connection.signInBy.includes('device')
    const others = byCode ? [BY.device] : []
    const chosen = await vscode.window.showWarningMessage(say.noBrowser(connection.name), copy, ...others)
    if (chosen === copy) await vscode.env.clipboard.writeText(url)
    if (chosen === BY.device) await this.run(connection, 'device')
  }
}

/** The buttons by which a person chooses the other way. */
const BY = { code: 'Use the Browser', device: 'Use a Code' } as const

/** The port and the machine that the browser has to come back to, where that is not the browser's own. */
function answeredElsewhere(url: string): { readonly port: string; readonly machine: string } | undefined {
  const { remoteName } = vscode.env
  if (!isElsewhere(remoteName)) return undefined
  const redirectUri = new URL(url).searchParams.get('redirect_uri')
  const port = redirectUri !== null && URL.canParse(redirectUri) ? new URL(redirectUri).port : ''
  return port === '' ? undefined : { port, machine: remoteName }
}

const GRANTED: Ended = { outcome: 'granted', message: '' }
