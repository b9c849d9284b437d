/**
 * The extension that the suite is: the editor starts it like any other, so that it may also ask the person. Runs
 * each check and writes down how it ended.
 */
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { inspect } from 'node:util'
import * as vscode from 'vscode'
import { checks } from './checks.js'
import { RESULTS_FILE } from './titles.js'

async function run(): Promise<void> {
  const results: Record<string, string> = {}
  for (const [title, check] of Object.entries(checks)) {
    results[title] = await check().then(
      () => '',
      (error: unknown) => inspect(error),
    )
  }
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
  const file = join(folder, RESULTS_FILE)
  // There only when it is whole.
  await writeFile(`${file}.part`, JSON.stringify(results))
  await rename(`${file}.part`, file)
}

export function activate(): void {
  void run()
}
