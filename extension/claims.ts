/**
 * Which of several windows says a thing: the one in front, and of those that try at once the one that the kernel
 * lets create a file. `directory` is shared by all windows; names are kept there and nothing else.
 */
import { closeSync, existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as vscode from 'vscode'

/** The window in front goes first: the others hold back so long. Milliseconds. */
const COURTESY_MS = 400

export class Claims {
  readonly #directory: string

  constructor(directory: string) {
    this.#directory = directory
  }

  /** Whether this window is the one to say it. */
  async take(name: string): Promise<boolean> {
    if (!vscode.window.state.focused) await new Promise((resolve) => setTimeout(resolve, COURTESY_MS))
    mkdirSync(this.#directory, { recursive: true })
    try {
      closeSync(openSync(join(this.#directory, name), 'wx', 0o600))
      return true
    } catch {
      return false
    }
  }

  /** Lets go of what is over. */
  drop(isOver: (name: string) => boolean): void {
    if (!existsSync(this.#directory)) return
    for (const name of readdirSync(this.#directory).filter(isOver)) {
      rmSync(join(this.#directory, name), { force: true })
    }
  }
}
