/**
 * Another extension of the same window, as a test needs one: it asks fob for a session, and looks at what terminals
 * of each folder have, or changes that. What it finds is in files beside it, each renamed when whole.
 */
const { createHash } = require('node:crypto')
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const vscode = require('vscode')

exports.activate = (context) => {
  const file = (name) => join(context.extensionPath, name)
  const leave = (name, found) => {
    writeFileSync(`${file(name)}.part`, JSON.stringify(found))
    renameSync(`${file(name)}.part`, file(name))
  }
  let changes = 0
  context.subscriptions.push(
    vscode.authentication.onDidChangeSessions(({ provider }) => {
      if (provider.id === 'fob') leave('changes.json', (changes += 1))
    }),
    vscode.commands.registerCommand('probe.session', async () => {
      try {
        const session = await vscode.authentication.getSession('fob', ['sandbox'], { createIfNone: true })
        const digest = createHash('sha256').update(session.accessToken).digest('base64url')
        leave('session.json', { account: session.account.label, digest })
      } catch (error) {
        leave('session.json', { error: String(error) })
      }
    }),
    vscode.commands.registerCommand('probe.silent', async () => {
      const session = await vscode.authentication.getSession('fob', ['sandbox'], { silent: true })
      leave('silent.json', { session: session !== undefined })
    }),
    vscode.commands.registerCommand('probe.lease', () => {
      const [folder] = vscode.workspace.workspaceFolders ?? []
      const terminal = vscode.window.createTerminal({ cwd: folder?.uri.fsPath, shellPath: '/bin/bash' })
      const url = 'http://fob/v1/connections/work/access-token'
      const out = file('lease.json')
      terminal.sendText(
        `curl -s --unix-socket "$FOB_SOCKET" ${url} > '${out}.part'; mv '${out}.part' '${out}'`,
      )
    }),
    vscode.commands.registerCommand('probe.type', () => {
      // One line for each, in the order they were opened.
      const lines = JSON.parse(readFileSync(file('lines.json'), 'utf8'))
      for (const [at, line] of lines.entries()) vscode.window.terminals[at].sendText(line)
    }),
    vscode.commands.registerCommand('probe.change', () =>
      context.environmentVariableCollection.replace('PROBE', 'there'),
    ),
    vscode.commands.registerCommand('probe.terminals', () => {
      for (const { name, uri } of vscode.workspace.workspaceFolders ?? []) {
        const terminal = vscode.window.createTerminal({ name, cwd: uri.fsPath, shellPath: '/bin/bash' })
        const out = file(`${name}.env`)
        terminal.sendText(`env -0 > '${out}.part'; mv '${out}.part' '${out}'; exit`)
      }
    }),
  )
}
