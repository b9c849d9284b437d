/**
 * One running editor on folders of its own, with a fob home of its own: what a person's machine is to the
 * windows they open. Spoken to by a browser at `address`.
 */
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { codeServer, type CodeServer } from './codeServer.js'

const run = promisify(execFile)

/** Nothing that asks the network, greets, or gets in front of what a test looks at. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'workbench.tips.enabled': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'update.mode': 'none',
  'chat.disableAIFeatures': true,
  'chat.commandCenter.enabled': false,
  'terminal.integrated.gpuAcceleration': 'off',
  'window.autoDetectColorScheme': false,
  'git.enabled': false,
}

type Settings = Readonly<Record<string, unknown>>

async function writeSettings(directory: string, settings: Settings): Promise<void> {
  await writeFile(join(directory, 'user', 'User', 'settings.json'), JSON.stringify(settings))
}

/** How the editor is called to live in `directory`, with its extensions in a folder of their own. */
const wordsFor = ({ entry }: CodeServer, directory: string, extensions: string): string[] => [
  ...[entry, '--config', '/dev/null', '--user-data-dir', join(directory, 'user')],
  ...['--extensions-dir', extensions],
]

function environmentIn(directory: string, environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...environment, HOME: join(directory, 'home') }
  // An editor that runs these tests in its terminal is not to be spoken to.
  for (const name of Object.keys(env)) if (/^(VSCODE_|ELECTRON_)/.test(name)) delete env[name]
  return env
}

/** Has the editor itself install a packaged extension into `extensions`, which holds nothing else afterwards. */
export async function install(vsix: string, extensions: string): Promise<void> {
  const program = await codeServer()
  const directory = await mkdtemp(join(tmpdir(), 'fob-e-'))
  try {
    await mkdir(join(directory, 'home'))
    await rm(extensions, { recursive: true, force: true })
    const words = [...wordsFor(program, directory, extensions), '--install-extension', vsix, '--force']
    await run(program.node, words, { env: environmentIn(directory, process.env) })
  } finally {
    await rm(directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

export interface EditorOptions {
  /** A folder with the extensions it begins with; it gets a copy. */
  readonly extensions: string
  readonly environment: NodeJS.ProcessEnv
  /** User settings beyond the quiet ones. */
  readonly settings?: Settings
  /** Whether folders are trusted without a question. */
  readonly trusting?: boolean
}

export class Editor {
  readonly directory: string
  /** `http://127.0.0.1:PORT` */
  readonly address: string
  /** All that its server printed, which is where the hosts of extensions log. */
  readonly printed: string[] = []
  readonly #child: ChildProcess
  readonly #standing: Settings

  private constructor(directory: string, address: string, child: ChildProcess, standing: Settings) {
    this.directory = directory
    this.address = address
    this.#child = child
    for (const output of [child.stdout, child.stderr])
      output?.on('data', (bytes: Buffer) => this.printed.push(bytes.toString()))
    this.#standing = standing
  }

  static async start(options: EditorOptions): Promise<Editor> {
    const program = await codeServer()
    const directory = await mkdtemp(join(tmpdir(), 'fob-e-'))
    await mkdir(join(directory, 'user', 'User'), { recursive: true })
    await mkdir(join(directory, 'home'))
    const trust = {
      'security.workspace.trust.enabled': options.trusting === false,
      'security.workspace.trust.startupPrompt': 'never',
    }
    const standing = { ...QUIET, ...trust, ...options.settings }
    await writeSettings(directory, standing)
    const extensions = join(directory, 'extensions')
    await cp(options.extensions, extensions, { recursive: true })
    const child = spawn(
      program.node,
      [
        ...wordsFor(program, directory, extensions),
        ...['--auth', 'none', '--bind-addr', '127.0.0.1:0', '--disable-telemetry', '--disable-update-check'],
        ...['--disable-getting-started-override', '--vscode-option', 'enable-smoke-test-driver'],
      ],
      { env: environmentIn(directory, options.environment), stdio: ['ignore', 'pipe', 'pipe'] },
    )
    return new Editor(directory, await listening(child), child, standing)
  }

  get settingsFile(): string {
    return join(this.directory, 'user', 'User', 'settings.json')
  }

  /** User settings beside those it was started with, as a person would write them; for windows opened from now on. */
  async setSettings(settings: Settings): Promise<void> {
    await writeSettings(this.directory, { ...this.#standing, ...settings })
  }

  /** Ends it, and leaves its folders. */
  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill()
    await once(this.#child, 'exit')
  }

  /** Ends it and removes its folders. */
  async remove(): Promise<void> {
    await this.end()
    await rm(this.directory, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** Its address, once it says so. Rejects with what it said when it ends without. */
function listening(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child
  if (stdout === null || stderr === null) throw new Error('the editor was started without its output')
  let said = ''
  stderr.setEncoding('utf8').on('data', (text: string) => (said += text))
  return new Promise((resolve, reject) => {
    createInterface({ input: stdout }).on('line', (line) => {
      said += `${line}\n`
      const address = /HTTP server listening on (http:\/\/127\.0\.0\.1:\d+)/.exec(line)?.[1]
      if (address !== undefined) resolve(address)
    })
    child.once('exit', () => reject(new Error(`the editor ended before it listened: ${said}`)))
  })
}
