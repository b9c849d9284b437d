/**
 * What another extension of the same editor sees of fob. Runs inside the extension host, as an extension of its
 * own; the test outside clicks what a person has to.
 */
import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import * as vscode from 'vscode'
import { z } from 'zod'
import { CONNECTION_INSIDE, type Title } from './titles.js'

const ID = 'fob-dev.fob-vscode'

/** Patience with things that have no event. Milliseconds. */
const LOOK_MS = 50
const PATIENCE_MS = 30_000

const Manifest = z.object({
  contributes: z.object({
    commands: z.array(z.object({ command: z.string() })),
    configuration: z.object({ properties: z.record(z.string(), z.object({ default: z.unknown() })) }),
  }),
})

async function until<T>(what: string, found: () => T | undefined): Promise<T> {
  for (const end = Date.now() + PATIENCE_MS; ;) {
    const value = found()
    if (value !== undefined) return value
    assert.ok(Date.now() < end, `${what} did not come`)
    await pause(LOOK_MS)
  }
}

async function fob(): Promise<vscode.Extension<unknown>> {
  return until('the active extension', () => {
    const found = vscode.extensions.getExtension(ID)
    return found?.isActive === true ? found : undefined
  })
}

const manifestOf = (extension: vscode.Extension<unknown>): z.output<typeof Manifest> =>
  Manifest.parse(extension.packageJSON)

/** Without a click of the person: what they allowed before. */
const silent = (): Thenable<vscode.AuthenticationSession | undefined> =>
  vscode.authentication.getSession('fob', [CONNECTION_INSIDE], { silent: true })

async function session(): Promise<vscode.AuthenticationSession> {
  return vscode.authentication.getSession('fob', [CONNECTION_INSIDE], { createIfNone: true })
}

/** The environment of a new terminal, as its shell has it. */
async function terminalEnvironment(name: string): Promise<Map<string, string>> {
  const folder = vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? ''
  const file = join(folder, `${name}.environment`)
  const terminal = vscode.window.createTerminal({ name, cwd: folder })
  terminal.sendText(`env -0 > ${file}.part; mv ${file}.part ${file}`)
  await until(`what ${name} wrote`, () => (existsSync(file) ? true : undefined))
  terminal.dispose()
  const pairs = readFileSync(file, 'utf8').split('\0')
  return new Map(pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]))
}

/** Of what fob gives terminals, but for the prompt command: the editor's own shell integration takes its place. */
const constantsIn = (environment: ReadonlyMap<string, string>): [string, string][] =>
  [...environment].filter(([name]) => /^(FOB_|GIT_CONFIG_|XDG_DATA_DIRS$)/.test(name)).sort()

const commandsIn = (value: unknown): string[] =>
  [...JSON.stringify(value).matchAll(/"command":"(fob\.\w+)"|command:(fob\.\w+)|onCommand:(fob\.\w+)/g)].map(
    ([, plain, linked, awaited]) => plain ?? linked ?? awaited ?? '',
  )

export const checks: Readonly<Record<Title, () => Promise<void>>> = {
  'V1 the extension is active by itself, and each command it lists is there': async () => {
    const { commands } = manifestOf(await fob()).contributes
    const there = new Set(await vscode.commands.getCommands(true))
    assert.ok(commands.length >= 10)
    assert.deepEqual(
      commands.filter(({ command }) => !there.has(command)),
      [],
    )
  },

  'V1 every menu, welcome and step of the walkthrough names a command that is there': async () => {
    const named = new Set(commandsIn((await fob()).packageJSON))
    const there = new Set(await vscode.commands.getCommands(true))
    assert.ok(named.has('fob.showMenu') && named.has('fob.openWalkthrough'))
    assert.deepEqual(
      [...named].filter((command) => !there.has(command)),
      [],
    )
  },

  'no setting holds an access token, nor does anything else an extension can read of fob': async () => {
    const extension = await fob()
    const { accessToken } = await session()
    assert.ok(accessToken.length > 20)
    const { properties } = manifestOf(extension).contributes.configuration
    const settings = vscode.workspace.getConfiguration()
    const readable = Object.keys(properties).map((name) => settings.inspect(name))
    assert.ok(!JSON.stringify(readable).includes(accessToken))
    assert.equal(extension.exports, undefined, 'what fob exports, every extension may call')
    assert.ok(!JSON.stringify(process.env).includes(accessToken))
  },

  'a terminal has the constants and no access token, and nothing of them changes with a refresh':
    async () => {
      await fob()
      const { accessToken } = await session()
      const before = await terminalEnvironment('before')
      assert.match(before.get('FOB_SOCKET') ?? '', /^\/.*\/fob\.sock$/)
      assert.match(before.get('GIT_CONFIG_VALUE_0') ?? '', /\/git\.config$/)
      assert.match(before.get('XDG_DATA_DIRS') ?? '', /\/share:/)
      assert.ok(![...before.values()].some((value) => value.includes(accessToken)))
      await vscode.commands.executeCommand('fob.refresh', CONNECTION_INSIDE)
      const after = await terminalEnvironment('after')
      assert.deepEqual(constantsIn(after), constantsIn(before))
    },

  'V12 another extension gets a session once the person says so, and hears of changes': async () => {
    await fob()
    const first = (await silent()) ?? (await session())
    assert.deepEqual(first.scopes, [CONNECTION_INSIDE])
    assert.notEqual(first.account.label, '')
    const changed = new Promise<void>((resolve) => {
      const listening = vscode.authentication.onDidChangeSessions(({ provider }) => {
        if (provider.id !== 'fob') return
        listening.dispose()
        resolve()
      })
    })
    await vscode.commands.executeCommand('fob.refresh', CONNECTION_INSIDE)
    await changed
    const next = await silent()
    assert.ok(next)
    assert.notEqual(next.accessToken, first.accessToken)
  },
}
