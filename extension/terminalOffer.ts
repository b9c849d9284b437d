/**
 * After the first sign-in to a provider, one question: what terminals may have of it. The answer is kept in the
 * person's own settings, where it can be read and changed; that it was asked is kept here, so it is not asked again.
 */
import * as vscode from 'vscode'
import type { ConnectionStatus } from '../shared/contract/connection.js'
import type { ProviderSummary } from '../shared/contract/provider.js'
import type { Daemon } from './daemon.js'
import { settings } from './settings.js'
import { variablesIn } from './terminalConstants.js'
import { say } from './wording/say.js'

const asked = (provider: string): string => `terminals.offered.${provider}`

export class TerminalOffer {
  readonly #context: vscode.ExtensionContext
  readonly #daemon: Daemon

  constructor(context: vscode.ExtensionContext, daemon: Daemon) {
    this.#context = context
    this.#daemon = daemon
  }

  /** To be called after somebody signed in. Resolves once the person answered, or at once. */
  async make({ name, provider }: ConnectionStatus): Promise<void> {
    const { globalState } = this.#context
    if (globalState.get<boolean>(asked(provider)) === true) return
    const { providers } = await this.#daemon.client.call('providers', {})
    const facts = providers.find(({ id }) => id === provider)
    const variable = facts && freeVariable(facts)
    if (facts === undefined || (!facts.git && variable === undefined)) return
    await globalState.update(asked(provider), true)
    const git = 'git and Tools (Recommended)'
    const also = variable === undefined ? undefined : facts.git ? `Also ${variable}` : `Set ${variable}`
    const buttons = [...(facts.git ? [git] : []), ...(also === undefined ? [] : [also]), 'Not Now']
    const question = say.terminalOffer(name, facts.git, variable)
    const chosen = await vscode.window.showInformationMessage(question, ...buttons)
    if (chosen === undefined || chosen === 'Not Now') return
    if (facts.git) await settings.serveGit(name)
    if (chosen === also && variable !== undefined) await settings.setVariable(variable, name)
  }
}

/** The variable its tools read first, unless it holds another connection's access token already. */
function freeVariable({ variables }: ProviderSummary): string | undefined {
  const taken = Object.keys(variablesIn(settings.ownVariables()).fit)
  return variables.find((variable) => !taken.includes(variable))
}
