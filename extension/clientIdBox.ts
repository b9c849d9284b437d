/** Asks for a client id; whoever has none yet is a click away from where one is registered. */
import * as vscode from 'vscode'
import { registrationPage } from './addConnectionAnswers.js'
import { say } from './wording/say.js'

interface ClientIdQuestion {
  readonly title: string
  /** Where a client is registered, as the catalogue says; '' where only the server's owner knows. */
  readonly registration: string
  /** '' where nobody comes back. */
  readonly redirectUri: string
  /** Whether fob may register one instead. */
  readonly optional: boolean
  /** What is wrong with an answer, or undefined. */
  readonly fault: (text: string) => string | undefined
}

/** undefined when the person gave up. */
export function askedClientId(question: ClientIdQuestion): Promise<string | undefined> {
  const { title, registration, redirectUri, optional, fault } = question
  const page = registrationPage(registration)
  const box = vscode.window.createInputBox()
  box.title = title
  box.ignoreFocusOut = true
  box.prompt = say.clientIdWanted(registration, redirectUri, optional)
  if (page !== undefined) {
    box.buttons = [
      { iconPath: new vscode.ThemeIcon('link-external'), tooltip: say.register(page, redirectUri) },
    ]
  }
  const faultOf = (): string => fault(box.value.trim()) ?? ''
  return new Promise((resolve) => {
    box.onDidTriggerButton(() => {
      if (page === undefined) return
      // What the page will ask for is at hand then.
      if (redirectUri !== '') void vscode.env.clipboard.writeText(redirectUri)
      void vscode.env.openExternal(vscode.Uri.parse(page))
    })
    box.onDidChangeValue(() => (box.validationMessage = faultOf()))
    box.onDidAccept(() => {
      box.validationMessage = faultOf()
      if (faultOf() !== '') return
      resolve(box.value.trim())
      box.hide()
    })
    box.onDidHide(() => {
      resolve(undefined)
      box.dispose()
    })
    box.show()
  })
}
