/**
 * oidc-agent with accounts at a sandbox, in a directory of its own: the program that stands beside fob in the
 * measurements. Its daemon is two processes that hand refresh tokens to each other; both are the agent.
 */
import assert from 'node:assert/strict'
import { execFile, spawnSync } from 'node:child_process'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import { notRun } from '../notRun.js'
import { isAlive } from '../process/home.js'
import { grantOf, type PeerClient } from './peerClient.js'

const run = promisify(execFile)

/** Long beside what these commands take, short beside a person's patience. */
const COMMAND_MS = 20_000
const LOOK_MS = 5

export function needsOidcAgent(context: Mocha.Context): void {
  if (spawnSync('oidc-agent', ['--version']).status !== 0) notRun(context, 'oidc-agent')
}

export class OidcAgent {
  readonly #directory: string
  readonly #client: PeerClient
  /** Of the running agent: what it says on its output for callers to set. */
  environment: NodeJS.ProcessEnv = {}
  pids: number[] = []

  private constructor(directory: string, client: PeerClient) {
    this.#directory = directory
    this.#client = client
  }

  static async start(directory: string, client: PeerClient): Promise<OidcAgent> {
    const agent = new OidcAgent(directory, client)
    await mkdir(join(directory, 'accounts'), { recursive: true, mode: 0o700 })
    // Its own rule: with a relative path it would not save a rotated refresh token.
    await writeFile(agent.#passwordFile, 'a password\n', { mode: 0o600 })
    await agent.start()
    return agent
  }

  get #passwordFile(): string {
    return join(this.#directory, 'password')
  }

  async start(): Promise<void> {
    const env = {
      PATH: process.env.PATH,
      HOME: this.#directory,
      TMPDIR: this.#directory,
      OIDC_CONFIG_DIR: join(this.#directory, 'accounts'),
    }
    const words = ['--no-autoload', '--no-autoreauthenticate', '--pw-store', '--quiet']
    const { stdout } = await run('oidc-agent', words, { env })
    const said = (name: string): string => {
      const value = new RegExp(`${name}=([^;\\s]+)`).exec(stdout)?.[1]
      assert.ok(value !== undefined, `oidc-agent does not say ${name}: ${stdout}`)
      return value
    }
    const pid = Number(said('OIDCD_PID'))
    this.environment = { ...env, OIDC_SOCK: said('OIDC_SOCK'), OIDCD_PID: String(pid) }
    this.pids = [pid, ...(await childrenOf(pid))]
  }

  /** Makes an account with a grant of its own, as `oidc-gen` does with a refresh token that one has. */
  async generate(account: string): Promise<void> {
    await rm(join(this.#directory, 'accounts', account), { force: true })
    const { issuer, id, secret } = this.#client
    const words = [
      ...[account, `--iss=${issuer}`, `--client-id=${id}`, `--client-secret=${secret}`],
      ...[`--rt=${await grantOf(this.#client)}`, '--scope=openid offline_access', '-m'],
      ...['--redirect-uri=http://localhost:8080', '--prompt=none', '--confirm-default'],
      `--pw-file=${this.#passwordFile}`,
    ]
    const { code, text } = await this.#command('oidc-gen', words)
    assert.equal(code, 0, text)
  }

  /** Loads an account into a new agent. Whether it could. */
  async load(account: string): Promise<boolean> {
    return (await this.#command('oidc-add', [`--pw-file=${this.#passwordFile}`, account])).code === 0
  }

  /** The access token, or undefined; `refreshed` asks the server for a new one whatever there is. */
  async token(account: string, refreshed = false): Promise<string | undefined> {
    const { code, text } = await this.#command('oidc-token', [...(refreshed ? ['-f'] : []), account])
    return code === 0 ? text.trim() : undefined
  }

  /** `kill -9` of both; resolves once the kernel has let go of them. */
  async kill(): Promise<void> {
    for (const pid of this.pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // Its other half took it along, or the server killed both.
      }
    }
    for (const pid of this.pids) while (await isAlive(pid)) await pause(LOOK_MS)
    this.pids = []
  }

  async #command(name: string, words: readonly string[]): Promise<{ code: number; text: string }> {
    return new Promise((resolve) => {
      const options = { env: this.environment, timeout: COMMAND_MS }
      const child = execFile(name, [...words], options, (error, stdout, stderr) => {
        resolve(error === null ? { code: 0, text: stdout } : { code: 1, text: stderr })
      })
      child.stdin?.end()
    })
  }
}

async function childrenOf(pid: number): Promise<number[]> {
  const list = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return list.trim().split(/\s+/).filter(Boolean).map(Number)
}
