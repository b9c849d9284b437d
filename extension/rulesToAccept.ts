/**
 * Tells of rules in fob.json that are not in force, and puts them in force by a click: any program can edit the
 * file, so a person says Yes to exactly what was shown. Told once for each content, in one window.
 */
import { basename } from 'node:path'
import * as vscode from 'vscode'
import { Refusal } from '../shared/contract/errors.js'
import type { Answer } from '../shared/contract/routes.js'
import { rulesBeside } from '../shared/contract/ruleWords.js'
import type { Claims } from './claims.js'
import type { Daemon } from './daemon.js'
import { tellSuccess } from './success.js'
import { Told } from './told.js'
import { tellTrouble } from './trouble.js'
import { rulesQuestion } from './wording/questions.js'
import { say } from './wording/say.js'

/** The editor cuts longer notices. */
const MOST_SHOWN = 1_000

export class RulesToAccept implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #claims: Claims
  readonly #listening: vscode.Disposable
  readonly #told = new Told()

  constructor(daemon: Daemon, claims: Claims) {
    this.#daemon = daemon
    this.#claims = claims
    const look = (): void => void this.#look().catch((error: unknown) => tellTrouble(error))
    this.#listening = vscode.Disposable.from(
      daemon.onDidHear(({ type }) => {
        if (type === 'snapshot') look()
      }),
      // Where a person edits it, and where they come back from editing it elsewhere.
      vscode.workspace.onDidSaveTextDocument(({ uri }) => {
        if (basename(uri.path) === 'fob.json') look()
      }),
      vscode.window.onDidChangeWindowState(({ focused }) => {
        if (focused) look()
      }),
    )
  }

  dispose(): void {
    this.#listening.dispose()
  }

  async #look(): Promise<void> {
    if (this.#daemon.picture.kind !== 'up') return
    const state = await this.#state()
    if (state === undefined) return
    if (state.accepted) {
      // The same rules may be taken out and put back, which is news.
      this.#told.forget(() => true)
      this.#claims.drop(() => true)
    } else this.#told.once(state.digest, () => this.#offer(state))
  }

  async #state(): Promise<Answer<'config'> | undefined> {
    try {
      return await this.#daemon.client.call('config', {})
    } catch (error) {
      // Of a file that is not understood a person hears once; what is about the daemon shows in the status bar.
      if (error instanceof Refusal && error.code === 'misconfigured') {
        this.#told.once(error.message, () => tellTrouble(error))
      }
      return undefined
    }
  }

  async #offer({ digest, inForce, file }: Answer<'config'>): Promise<void> {
    if (!(await this.#claims.take(digest))) return
    this.#claims.drop((claim) => claim !== digest)
    const [accept, copy] = ['Accept', 'Copy Command']
    const question = rulesQuestion(rulesBeside(inForce, file), rulesBeside(file, inForce))
    // Nobody says Yes to what they cannot see.
    const button = question.length > MOST_SHOWN ? copy : accept
    const chosen = await vscode.window.showWarningMessage(question, button, 'Later')
    if (chosen === copy) await vscode.env.clipboard.writeText('fob config accept')
    if (chosen !== accept) return
    // The daemon refuses when the file changed meanwhile, and the next look tells of the new content.
    await this.#daemon.client.call('acceptConfig', { body: { digest } })
    tellSuccess(say.rulesAccepted)
  }
}
