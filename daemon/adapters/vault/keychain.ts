/**
 * The OS keychain (macOS Keychain, Secret Service), reached only through a child process: whatever the
 * keychain does, a call ends within its deadline and the daemon stays up. Each call is a new child, so
 * nothing of a broken one is left for the next, and a value read back comes from the keychain, not a cache.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import type { Readable } from 'node:stream'
import { KeychainReply, type KeychainRequest } from './keychainMessages.js'
import type { KeyName, KeyStore } from './keyStore.js'

/**
 * A healthy keychain answers in milliseconds; one that takes longer than this is waiting for somebody. Whoever
 * waits for the vault is to have an answer within 5 s, also on a machine that has much else to do.
 */
export const KEYCHAIN_DEADLINE_MS = 4000

/** Several times what the longest key takes, and nothing to a memory. */
const MOST_OUTPUT = 65_536

/** What a keychain client needs to find its service. Everything else of the environment stays behind. */
const PASSED_ON = [
  'HOME',
  'DBUS_SESSION_BUS_ADDRESS',
  'XDG_RUNTIME_DIR',
  'DISPLAY',
  'XDG_DATA_HOME',
  'LANG',
  // Without it an editor's program, when that is our Node, would start as an editor.
  'ELECTRON_RUN_AS_NODE',
]

export interface KeychainOptions {
  /** Absolute path of the child program. */
  readonly program: string
  /** The daemon's environment; only the allow-listed part reaches the child. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly deadlineMs?: number
}

type Asked = { action: 'read' | 'remove' } | { action: 'write'; secret: string }

export class Keychain implements KeyStore {
  readonly #program: string
  readonly #environment: Record<string, string>
  readonly #deadlineMs: number

  constructor(options: KeychainOptions) {
    this.#program = options.program
    this.#deadlineMs = options.deadlineMs ?? KEYCHAIN_DEADLINE_MS
    this.#environment = { PATH: '/usr/bin:/bin' }
    for (const name of PASSED_ON) {
      const value = options.environment[name]
      if (value !== undefined) this.#environment[name] = value
    }
  }

  async read(name: KeyName): Promise<Uint8Array | null> {
    const secret = await this.#ask(name, { action: 'read' })
    return secret === null ? null : Buffer.from(secret, 'base64url')
  }

  async write(name: KeyName, key: Uint8Array): Promise<void> {
    await this.#ask(name, { action: 'write', secret: Buffer.from(key).toString('base64url') })
  }

  async remove(name: KeyName): Promise<void> {
    await this.#ask(name, { action: 'remove' })
  }

  async #ask(name: KeyName, asked: Asked): Promise<string | null> {
    const request: KeychainRequest = {
      ...asked,
      account: `${name.vaultId}.${name.keyId}`,
      lifetimeMs: this.#deadlineMs * 2,
    }
    const child = spawn(process.execPath, [this.#program], {
      env: this.#environment,
      cwd: '/',
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    // Whatever it waits for, it has nobody to tell any more.
    const end = (): void => void child.kill('SIGKILL')
    process.once('exit', end)
    child.once('close', () => process.off('exit', end))
    // A child that died before it read is told by its end; the broken pipe adds nothing.
    child.stdin.on('error', () => undefined)
    child.stdin.end(JSON.stringify(request))
    const reply = parseReply(await outputOf(child, child.stdout, this.#deadlineMs))
    if (reply.kind === 'failed') throw new Error(reply.reason)
    return reply.secret
  }
}

/** What the child wrote, once it has ended well. One that goes on too long is killed and not waited for. */
async function outputOf(child: ChildProcess, stdout: Readable, deadlineMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const giveUp = (why: string): void => {
      clearTimeout(deadline)
      child.kill('SIGKILL')
      stdout.destroy()
      child.unref()
      reject(new Error(why))
    }
    const deadline = setTimeout(() => giveUp(`it did not answer within ${deadlineMs / 1000} s`), deadlineMs)
    let output = ''
    stdout.setEncoding('utf8').on('data', (piece: string) => {
      output += piece
      if (output.length > MOST_OUTPUT) giveUp('its program says too much')
    })
    child.once('error', (cause) => {
      clearTimeout(deadline)
      reject(new Error(`its program could not be started: ${cause.message}`))
    })
    child.once('close', (code, signal) => {
      clearTimeout(deadline)
      if (code === 0) resolve(output)
      else reject(new Error(`its program ended with ${signal ?? `exit code ${code}`}`))
    })
  })
}

function parseReply(output: string): KeychainReply {
  try {
    return KeychainReply.parse(JSON.parse(output))
  } catch {
    // The cause would quote the output, and that may hold a key.
    throw new Error('its program gave an answer that cannot be read')
  }
}
