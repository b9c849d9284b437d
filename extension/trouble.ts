/** Tells a person what went wrong, with the one button that mends it. */
import * as vscode from 'vscode'
import { failureOf } from './failure.js'

interface Mending {
  readonly button: string
  run(): Thenable<unknown>
}

/** `name` is the connection concerned; `again` does what failed once more. Resolves once the notice is gone. */
export async function tellTrouble(
  error: unknown,
  name?: string,
  again?: () => Promise<unknown>,
): Promise<void> {
  const { message, fix, remedy } = failureOf(error)
  const mending = mendingOf(remedy, fix, name, again)
  const sentence = `fob: ${message}${remedy === 'command' && fix !== '' ? `. What helps: ${fix}` : '.'}`
  const chosen = await vscode.window.showErrorMessage(sentence, ...(mending ? [mending.button] : []))
  if (mending && chosen === mending.button) await mending.run()
}

function mendingOf(
  remedy: ReturnType<typeof failureOf>['remedy'],
  fix: string,
  name?: string,
  again?: () => Promise<unknown>,
): Mending | undefined {
  switch (remedy) {
    case 'signIn':
      return { button: 'Sign In', run: () => vscode.commands.executeCommand('fob.signIn', name) }
    case 'start':
      return { button: 'Start fob', run: () => vscode.commands.executeCommand('fob.start') }
    case 'command':
      return { button: 'Copy Command', run: () => vscode.env.clipboard.writeText(fix) }
    case 'retry':
      return again && { button: 'Try Again', run: again }
  }
}
