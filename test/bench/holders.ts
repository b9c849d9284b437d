/**
 * Three programs that hold a refresh token, behind one interface, so that each is killed at the same instants:
 * fob, oidc-agent, and a file that its caller refreshes. All have a grant at one sandbox.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { firstLine, ran } from '../process/home.js'
import type { Victim } from '../kill/victim.js'
import type { OidcAgent } from './oidcAgent.js'
import { grantOf, type PeerClient } from './peerClient.js'
import { TokenFile } from './tokenFile.js'

export interface Holder {
  readonly name: string
  /** Gets ready to refresh; from then on `pids` are the processes that do it. */
  prepare(): Promise<void>
  readonly pids: readonly number[]
  /** Asks the server for new tokens; settles when that is over, or its process is. */
  refresh(): Promise<unknown>
  /** `kill -9`; resolves once nothing of it runs. */
  kill(): Promise<void>
  /** Starts it again after a kill. Whether its grant still gives tokens. */
  survives(): Promise<boolean>
  /** Gives it a new grant. */
  renew(): Promise<void>
}

export class FobHolder implements Holder {
  readonly name = 'fob'
  readonly #victim: Victim

  constructor(victim: Victim) {
    this.#victim = victim
  }

  async prepare(): Promise<void> {}

  get pids(): number[] {
    return [this.#victim.pid]
  }

  refresh(): Promise<unknown> {
    return this.#victim.refresh().catch(() => undefined)
  }

  kill(): Promise<void> {
    return this.#victim.kill()
  }

  async survives(): Promise<boolean> {
    await this.#victim.start()
    return (await this.#victim.refresh()).kind === 'ok'
  }

  renew(): Promise<void> {
    return this.#victim.signIn()
  }
}

export const ACCOUNT = 'held'

export class AgentHolder implements Holder {
  readonly name = 'oidc-agent'
  readonly #agent: OidcAgent

  constructor(agent: OidcAgent) {
    this.#agent = agent
  }

  async prepare(): Promise<void> {}

  get pids(): number[] {
    return this.#agent.pids
  }

  refresh(): Promise<unknown> {
    return this.#agent.token(ACCOUNT, true)
  }

  kill(): Promise<void> {
    return this.#agent.kill()
  }

  async survives(): Promise<boolean> {
    await this.#agent.start()
    return (await this.#agent.load(ACCOUNT)) && (await this.#agent.token(ACCOUNT, true)) !== undefined
  }

  renew(): Promise<void> {
    return this.#agent.generate(ACCOUNT)
  }
}

const REFRESHER = fileURLToPath(new URL('./fileRefresher.js', import.meta.url))

const Refreshed = z.object({
  ms: z.array(z.number()),
  tokens: z.array(z.string()),
  failures: z.array(z.string()),
})
export type Refreshed = z.output<typeof Refreshed>

/** One process of callers of a token file, at the gate. */
export class FileCallers {
  readonly #child: ChildProcess
  readonly #ended: ReturnType<typeof ran>
  readonly #ready: Promise<string>

  constructor(file: string, count: number, ...mode: 'refresh'[]) {
    this.#child = spawn(process.execPath, [REFRESHER, file, String(count), ...mode], {
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    this.#ready = firstLine(this.#child)
    this.#ended = ran(this.#child)
  }

  async ready(): Promise<number> {
    await this.#ready
    return this.#child.pid ?? 0
  }

  /** undefined when it was killed before it could tell. */
  async go(): Promise<Refreshed | undefined> {
    this.#child.stdin?.write('go\n')
    const { stdout } = await this.#ended
    const line = stdout.trim().split('\n').at(-1) ?? ''
    return line.startsWith('{') ? Refreshed.parse(JSON.parse(line)) : undefined
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}

export class FileHolder implements Holder {
  readonly name = 'token file'
  readonly file: string
  readonly #client: PeerClient
  #callers: FileCallers | undefined
  pids: number[] = []

  constructor(directory: string, client: PeerClient) {
    this.file = join(directory, 'tokens.json')
    this.#client = client
  }

  async prepare(): Promise<void> {
    this.#callers = new FileCallers(this.file, 1, 'refresh')
    this.pids = [await this.#callers.ready()]
  }

  async refresh(): Promise<unknown> {
    return this.#callers?.go()
  }

  async kill(): Promise<void> {
    await this.#callers?.kill()
  }

  async survives(): Promise<boolean> {
    const outcome = await new FileCallers(this.file, 1, 'refresh').go()
    return outcome?.tokens.length === 1
  }

  async renew(): Promise<void> {
    const { issuer, id, secret } = this.#client
    const kept = {
      tokenEndpoint: `${issuer}/token`,
      clientId: id,
      clientSecret: secret,
      refreshToken: await grantOf(this.#client),
      accessToken: '',
      expiresAt: 0,
    }
    await writeFile(this.file, JSON.stringify(kept), { mode: 0o600 })
  }

  async expiresAt(): Promise<number> {
    return TokenFile.parse(JSON.parse(await readFile(this.file, 'utf8'))).expiresAt
  }
}
