/**
 * A machine that sleeps and whose wall clock is set, for the shipped programs as they are: libfaketime moves what
 * they read from the wall clock while their timers and monotonic clock go on. The server sleeps with them, but
 * nobody sets its clock: it knows the true time and judges access tokens by it.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { firstLine, Home, ROOT } from '../process/home.js'
import { Victim } from '../kill/victim.js'
import { userinfo } from '../sandbox/oauthCalls.js'

const LIBRARIES = '/usr/lib'
const LAUNCHER = fileURLToPath(new URL('preloaded.js', import.meta.url))

/** The library of this machine's architecture; undefined when it is not installed. */
export function fakeTime(): string | undefined {
  if (!existsSync(LIBRARIES)) return undefined
  return readdirSync(LIBRARIES)
    .map((folder) => join(LIBRARIES, folder, 'faketime', 'libfaketime.so.1'))
    .find((path) => existsSync(path))
}

export class Machine {
  readonly daemon: Victim
  readonly #home: Home
  readonly #sandbox: ChildProcess
  /** Seconds by which the clocks are ahead of this test's. */
  #slept = 0
  #set = 0

  private constructor(home: Home, sandbox: ChildProcess, daemon: Victim) {
    this.#home = home
    this.#sandbox = sandbox
    this.daemon = daemon
  }

  /** Signed in, with access tokens that live so many seconds. */
  static async make(library: string, lifetime: number): Promise<Machine> {
    const home = await Home.make()
    const faked = (clock: string): NodeJS.ProcessEnv => ({
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: clockFile(home, clock),
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      FAKETIME_NO_CACHE: '1',
    })
    await point(home, 'server', 0)
    await point(home, 'daemon', 0)
    const places = ['--state', join(home.directory, 'sandbox'), '--socket', home.sandboxSocket]
    const program = join(ROOT, 'daemon', 'dist', 'sandbox.mjs')
    const sandbox = spawn(process.execPath, [program, ...places, '--lifetime', String(lifetime)], {
      env: { ...process.env, ...faked('server') },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      await firstLine(sandbox)
      return new Machine(home, sandbox, await Victim.at(home, faked('daemon'), [], LAUNCHER))
    } catch (error) {
      await ended(sandbox)
      await home.remove()
      throw error
    }
  }

  async remove(): Promise<void> {
    await ended(this.#sandbox)
    await this.daemon.remove()
  }

  /** Time passes for everybody, and nobody's timers run. */
  async sleep(seconds: number): Promise<void> {
    this.#slept += seconds
    await point(this.#home, 'server', this.#slept)
    await point(this.#home, 'daemon', this.#slept + this.#set)
  }

  async setWall(bySeconds: number): Promise<void> {
    this.#set += bySeconds
    await point(this.#home, 'daemon', this.#slept + this.#set)
  }

  async received(): Promise<number> {
    return (await this.#home.ledger()).received
  }

  /** Leases, and asks the server what it thinks of the access token. */
  async leasedGood(): Promise<boolean> {
    const { accessToken } = await this.daemon.lease()
    const { issuer } = await this.#home.sandbox()
    const { status } = await userinfo(issuer, accessToken)
    assert.ok(status === 200 || status === 401, `the server answers ${status}`)
    return status === 200
  }
}

async function ended(child: ChildProcess): Promise<void> {
  child.kill()
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
}

const clockFile = (home: Home, clock: string): string => join(home.directory, `${clock}.time`)

/** Whoever reads the clock meanwhile finds the old time or the new, never an empty file. */
async function point(home: Home, clock: string, seconds: number): Promise<void> {
  const file = clockFile(home, clock)
  await writeFile(`${file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`)
  await rename(`${file}.new`, file)
}
