/** Tells that something a person asked for is done: in the status bar, where nobody has to click it away. */
import * as vscode from 'vscode'

/** Long enough to be read. Milliseconds. */
const SHOWN_MS = 5_000

export const tellSuccess = (sentence: string): void =>
  void vscode.window.setStatusBarMessage(sentence, SHOWN_MS)
