/** The shipped daemon as a direct child, in a home whose vault holds as many connections as wanted. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { SealedVault } from '../../daemon/adapters/vault/vault.js'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import { noKeychain } from '../fakes/keyStores.js'
import { signedIn } from '../fakes/storedConnection.js'
import { firstLine, ROOT, type Home } from '../process/home.js'

const PROGRAM = join(ROOT, 'daemon', 'dist', 'daemon.mjs')

/** Even generations have access tokens that do not expire. */
const LASTING = 2

export const nameOfNth = (nth: number): string => `held-${nth}`

/** Puts connections that need no server into a state directory that no daemon uses. */
export async function fill(state: string, count: number): Promise<SealedVault> {
  const vault = new SealedVault({ state, keychain: noKeychain })
  await vault.load()
  for (let nth = 0; nth < count; nth++) await vault.commit(signedIn(nameOfNth(nth), LASTING))
  return vault
}

export class OwnDaemon {
  readonly #child: ChildProcess

  private constructor(child: ChildProcess) {
    this.#child = child
  }

  /** Resolves once hello answers. */
  static async start(home: Home): Promise<OwnDaemon> {
    const child = spawn(process.execPath, [PROGRAM], {
      env: { ...startEnvironment(process.env), FOB_HOME: home.directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await firstLine(child)
    return new OwnDaemon(child)
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  async kill(): Promise<void> {
    const gone = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await gone
  }
}
