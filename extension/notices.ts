/**
 * What is told without having been asked for: a connection that needs a person (once, in one window), a daemon
 * of another version (in one window too) or protocol, and settings that are not understood. What heals by itself is not told.
 */
import * as vscode from 'vscode'
import { VERSION } from '../shared/contract/version.js'
import type { ConnectionStatus, NeedsYouBy } from '../shared/contract/connection.js'
import type { Claims } from './claims.js'
import type { Daemon } from './daemon.js'
import type { Picture } from './picture.js'
import { settings } from './settings.js'
import { Told } from './told.js'
import { isNewer } from './versions.js'
import { awaySentence, PROBLEMS } from './wording/problems.js'
import { say } from './wording/say.js'

/** Begins the claim to offer a hand-over. No connection has a space in its name. */
const OLDER = 'older than this extension:'

export class Notices implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #claims: Claims
  readonly #listening: vscode.Disposable
  readonly #told = new Told()

  constructor(daemon: Daemon, claims: Claims) {
    this.#daemon = daemon
    this.#claims = claims
    this.#listening = vscode.Disposable.from(
      daemon.onDidChange((picture) => this.#look(picture)),
      vscode.workspace.onDidChangeConfiguration((event) => {
        if (event.affectsConfiguration('fob')) this.#lookAtSettings()
      }),
    )
    this.#lookAtSettings()
  }

  dispose(): void {
    this.#listening.dispose()
  }

  #look(picture: Picture): void {
    if (picture.kind === 'looking') return
    if (picture.kind === 'away') {
      const { problem } = picture
      if (problem !== 'starting' && problem !== 'stopped')
        this.#told.once(problem, () => this.#tellAway(picture))
      return
    }
    const { version, startedAt } = picture.status.daemon
    if (isNewer(VERSION, version)) {
      const claim = `${OLDER} ${Date.parse(startedAt)}`
      this.#told.once(claim, () => this.#offerHandOver(version, claim))
    }
    for (const connection of picture.status.connections) this.#lookAt(connection)
    this.#forgetGone(picture.status.connections)
  }

  /** A connection of the same name that is added later begins to count anew, and is told of again. */
  #forgetGone(connections: readonly ConnectionStatus[]): void {
    const isGone = (told: string): boolean => {
      const end = Math.max(told.lastIndexOf('@'), told.lastIndexOf('~'))
      return end >= 0 && !connections.some(({ name }) => name === told.slice(0, end))
    }
    this.#claims.drop(isGone)
    this.#told.forget(isGone)
  }

  #lookAtSettings(): void {
    const names = settings.malformed()
    if (names.length > 0) this.#told.once(`malformed ${names.join()}`, () => this.#tellMalformed(names))
  }

  #lookAt(connection: ConnectionStatus): void {
    const { name, state, generation, needsYouBy } = connection
    if (!settings.tellsOfSignIn()) return
    if (needsYouBy !== null) {
      // A day is close enough: servers that count in seconds say another second each time.
      const soon = `${name}~${needsYouBy.at.slice(0, 10)}`
      this.#told.once(soon, () => this.#tellSoon(connection, needsYouBy, soon))
    }
    if (state === 'consentRequired')
      this.#told.once(`${name}@${generation}`, () => this.#tellSignIn(connection))
  }

  /** Ahead of time, in one window. A client secret comes from the provider's own pages, so there the command is given. */
  async #tellSoon(connection: ConnectionStatus, { matter, fix }: NeedsYouBy, claim: string): Promise<void> {
    const { name, flow } = connection
    if (!(await this.#claims.take(claim))) return
    this.#claims.drop((other) => other.startsWith(`${name}~`) && other !== claim)
    const mend = matter === 'client' ? 'Copy Command' : flow === 'static' ? 'Replace' : 'Sign In'
    const sentence = say.neededSoon(connection, Date.now())
    if ((await vscode.window.showInformationMessage(sentence, mend, 'Later')) !== mend) return
    if (matter === 'client') await vscode.env.clipboard.writeText(fix)
    else await vscode.commands.executeCommand('fob.signIn', name)
  }

  async #tellSignIn({ name, reason, generation, flow }: ConnectionStatus): Promise<void> {
    if (!(await this.#claims.take(`${name}@${generation}`))) return
    this.#claims.drop(
      (claim) => claim.startsWith(`${name}@`) && Number(claim.slice(name.length + 1)) < generation,
    )
    const stored = flow === 'static'
    const mend = stored ? 'Replace' : 'Sign In'
    const sentence = stored ? say.secretNeeded(name, reason) : say.signInNeeded(name, reason)
    const chosen = await vscode.window.showWarningMessage(sentence, mend, 'Later')
    if (chosen === mend) await vscode.commands.executeCommand('fob.signIn', name)
  }

  async #tellAway(picture: Extract<Picture, { kind: 'away' }>): Promise<void> {
    const { button, command } = PROBLEMS[picture.problem]
    const copy = 'Copy Command'
    const buttons = picture.fix === '' ? [button] : [button, copy]
    const chosen = await vscode.window.showWarningMessage(awaySentence(picture), ...buttons)
    if (chosen === copy) await vscode.env.clipboard.writeText(picture.fix)
    if (chosen !== button) return
    // Should it be of no avail, it is told again.
    this.#told.forget((told) => told === picture.problem)
    await vscode.commands.executeCommand(command)
  }

  /** In one window, once for each run of the older one. */
  async #offerHandOver(running: string, claim: string): Promise<void> {
    if (!(await this.#claims.take(claim))) return
    this.#claims.drop((other) => other.startsWith(OLDER) && other !== claim)
    const handOver = 'Hand Over'
    const sentence = say.handOverOffer(running, VERSION)
    if ((await vscode.window.showInformationMessage(sentence, handOver, 'Later')) === handOver) {
      await this.#daemon.upgrade()
    }
  }

  async #tellMalformed(names: readonly string[]): Promise<void> {
    const open = 'Open Settings'
    if ((await vscode.window.showWarningMessage(say.malformed(names), open)) === open) {
      await vscode.commands.executeCommand('fob.openSettings')
    }
  }
}
