/**
 * Puts the questions of programs to the person: in one window, once each, and says the answer to the daemon.
 * Invariant: closing a question is a No for this time, never a Yes.
 */
import * as vscode from 'vscode'
import type { ApprovalAnswer, PendingApproval } from '../shared/contract/approvals.js'
import { Refusal } from '../shared/contract/errors.js'
import type { Claims } from './claims.js'
import type { Daemon } from './daemon.js'
import { Told } from './told.js'
import { approvalButtons, approvalQuestion } from './wording/questions.js'
import { say } from './wording/say.js'

/** A window tells of its terminals within this. */
const REGISTERED_MS = 300

export class ApprovalQuestions implements vscode.Disposable {
  readonly #daemon: Daemon
  readonly #claims: Claims
  readonly #listening: vscode.Disposable
  readonly #told = new Told()
  #pending: readonly PendingApproval[] = []

  constructor(daemon: Daemon, claims: Claims) {
    this.#daemon = daemon
    this.#claims = claims
    this.#listening = daemon.onDidHear((event) => {
      if (event.type === 'approvals') this.#look(event.pending)
    })
  }

  dispose(): void {
    this.#listening.dispose()
  }

  #look(pending: readonly PendingApproval[]): void {
    this.#pending = pending
    for (const question of pending) this.#told.once(question.id, () => this.#put(question))
  }

  async #put(question: PendingApproval): Promise<void> {
    if (!(await this.#claims.take(question.id))) return
    const buttons = approvalButtons(question)
    const words = approvalQuestion(await this.#placed(question))
    const chosen = await vscode.window.showWarningMessage(words, ...Object.keys(buttons))
    this.#claims.drop((name) => name === question.id)
    await this.#answer(question, (chosen === undefined ? undefined : buttons[chosen]) ?? 'refuse')
  }

  /** With its folder, which of a terminal that was just opened is known a moment later. */
  async #placed(question: PendingApproval): Promise<PendingApproval> {
    if (question.folder !== '' || !question.inTerminal) return question
    await new Promise((resolve) => setTimeout(resolve, REGISTERED_MS))
    const { pending } = await this.#daemon.client.call('approvals', {})
    return pending.find(({ id }) => id === question.id) ?? question
  }

  async #answer({ id }: PendingApproval, answer: ApprovalAnswer): Promise<void> {
    if (!this.#pending.some((waiting) => waiting.id === id)) {
      // A No to nobody needs no words.
      if (answer !== 'refuse') void vscode.window.showInformationMessage(say.approvalLate)
      return
    }
    try {
      await this.#daemon.client.call('answerApproval', { body: { id, answer } })
    } catch (error) {
      if (!(error instanceof Refusal && error.field === 'body.id')) throw error
    }
  }
}
