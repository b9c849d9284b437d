/**
 * Two ordinary users on one machine, for tests that run as root: the owner, who has a fob, and the stranger. The
 * programs are copied to where both can read them; the owner's home lies in a directory that everybody may
 * write to, as `/tmp` is.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  chownSync,
  copyFileSync,
  cpSync,
  existsSync,
  lchownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { routes } from '../../shared/contract/routes.js'
import { firstLine, follow, ran, ROOT, type Home, type Ran } from '../process/home.js'

/** Numbers that no password database has, so that nobody's files and processes are met by chance. */
export const OWNER = 10_001
export const STRANGER = 10_002

/** What the programs need that is not in their bundles; the keychain is left out, so that the key is a file. */
const PACKAGES = ['koffi', '@koromix']

export const CONNECTION = 'work'

const Probed = z.object({
  got: z.array(z.string()),
  attempts: z.number(),
  rounds: z.number(),
  commandLines: z.array(z.string()),
})
const AskedAll = z.object({ path: z.string(), status: z.number(), text: z.string() })
export interface Probe {
  /** What it got hold of. */
  end(): Promise<z.output<typeof Probed>>
}

/** Words for `FOB_HOME` and what else a program of the owner's is to find. */
export type Environment = Readonly<Record<string, string>>

export class TwoUsers {
  readonly directory: string
  /** Sticky and writable by all. */
  readonly open: string
  readonly #programs: string

  constructor() {
    this.directory = mkdtempSync(join(tmpdir(), 'fob-users-'))
    chmodSync(this.directory, 0o755)
    this.open = join(this.directory, 'open')
    mkdirSync(this.open)
    chmodSync(this.open, 0o1777)
    this.#programs = join(this.directory, 'fob')
    for (const each of ['fob.js', 'dist', 'package.json']) {
      cpSync(join(ROOT, 'daemon', each), join(this.#programs, each), { recursive: true })
    }
    for (const each of PACKAGES) {
      const from = join(ROOT, 'node_modules', each)
      cpSync(from, join(this.directory, 'node_modules', each), { recursive: true, dereference: true })
    }
    allReadable(this.directory)
  }

  remove(): void {
    rmSync(this.directory, { recursive: true, force: true })
  }

  /** A new directory of this user's alone. */
  directoryOf(uid: number, path: string, mode = 0o700): string {
    mkdirSync(path)
    chownSync(path, uid, uid)
    chmodSync(path, mode)
    return path
  }

  /** A program as this user, who has no other groups, in an environment of nothing but this. */
  spawn(uid: number, words: readonly string[], environment: Environment = {}): ChildProcess {
    return spawn(process.execPath, [...words], {
      uid,
      gid: uid,
      cwd: '/',
      env: { PATH: '/usr/bin:/bin', NO_COLOR: '1', HOME: this.open, ...environment },
      stdio: ['pipe', 'pipe', 'pipe'],
    })
  }

  /** The command, as the owner. */
  command(home: string, words: readonly string[], environment: Environment = {}): ChildProcess {
    return this.spawn(OWNER, [join(this.#programs, 'fob.js'), ...words], { FOB_HOME: home, ...environment })
  }

  /** The command to its end, with a secret on standard input. */
  fob(home: string, words: readonly string[], environment: Environment = {}): Promise<Ran> {
    const child = this.command(home, words, environment)
    child.stdin?.on('error', () => undefined).end('a secret for the daemon alone')
    return ran(child)
  }

  /** A program of the owner's that uses the client library. Gives what it printed: how the call failed. */
  async client(home: string): Promise<string> {
    const module = join(this.#programs, 'dist', 'client.mjs')
    const code = `import { connect } from ${JSON.stringify(module)}
      connect().call('status', {}).catch(({ kind, message }) => console.log(kind, message))`
    const words = ['--input-type=module', '-e', code]
    const { stdout } = await ran(this.spawn(OWNER, words, { FOB_HOME: home }))
    return stdout
  }

  /**
   * What every route answers this user. With a connector, root makes each connection as that one, and hands it
   * to the user.
   */
  async askAll(socket: string, uid: number, connector?: number): Promise<Array<z.output<typeof AskedAll>>> {
    const program = join(this.directory, 'asker.mjs')
    if (!existsSync(program)) copyFileSync(join(ROOT, 'out', 'test', 'faults', 'asker.js'), program)
    const requests = Object.values(routes).map(
      ({ method, path }) => `${method} ${path.replace(':c', CONNECTION)}`,
    )
    const words = [program, socket, connector === undefined ? '' : `${connector},${uid}`, ...requests]
    const child = this.spawn(connector === undefined ? uid : 0, words)
    child.stdin?.end()
    const { stdout, stderr } = await ran(child)
    assert.equal(stderr, '')
    return stdout
      .trim()
      .split('\n')
      .map((line) => AskedAll.parse(JSON.parse(line)))
  }

  async must(home: string, ...words: string[]): Promise<string> {
    const { code, stdout, stderr } = await this.fob(home, words)
    assert.equal(code, 0, `fob ${words.join(' ')} ended with ${code}: ${stderr}${stdout}`)
    return stdout
  }

  /** The daemon, as the owner. Its first line says whether it serves. */
  daemon(environment: Environment, options: readonly string[] = []): ChildProcess {
    return this.spawn(OWNER, [...options, join(this.#programs, 'dist', 'daemon.mjs')], environment)
  }

  /** Somebody who pries into processes and a home until told to end. See probe.ts. */
  async probe(uid: number, home: string, pids: readonly number[]): Promise<Probe> {
    const program = join(this.directory, 'probe.mjs')
    if (!existsSync(program)) copyFileSync(join(ROOT, 'out', 'test', 'faults', 'probe.js'), program)
    const child = this.spawn(uid, [program, home, ...pids.map(String)])
    const printed = ran(child)
    assert.equal(await firstLine(child), 'begun')
    return {
      end: async () => {
        child.stdin?.end()
        const { stdout } = await printed
        return Probed.parse(JSON.parse(stdout.split('\n')[1] ?? ''))
      },
    }
  }

  /** A home of the owner's with a connection signed in to the sandbox, and no daemon on it. */
  async signedIn(home: string, sandbox: Home): Promise<void> {
    this.directoryOf(OWNER, home)
    const { issuer } = await sandbox.sandbox()
    const scopes = 'openid offline_access'
    await this.must(home, 'up')
    const client = ['--client-id', 'fob-sandbox', '--scopes', scopes]
    await this.must(home, 'add', 'oidc', '--name', CONNECTION, '--issuer', issuer, ...client)
    const signing = this.command(home, ['sign-in', CONNECTION, '--no-browser'])
    const ended = ran(signing)
    await follow(await firstLine(signing))
    assert.equal((await ended).code, 0)
    await this.must(home, 'down')
  }
}

function allReadable(path: string): void {
  for (const entry of readdirSync(path, { recursive: true, withFileTypes: true })) {
    const place = join(entry.parentPath, entry.name)
    if (entry.isDirectory() && place !== join(path, 'open')) chmodSync(place, 0o755)
    else if (entry.isFile()) chmodSync(place, 0o644)
  }
}

/** A stranger who listens where a daemon is expected, and counts what is said to him. */
export class Impostor {
  bytes = 0
  readonly #server: Server

  constructor() {
    this.#server = createServer((socket) => {
      socket.on('data', (piece) => (this.bytes += piece.length)).on('error', () => undefined)
    })
  }

  listen(path: string): void {
    this.#server.listen(path)
    chmodSync(path, 0o666)
    give(path, STRANGER)
  }

  async end(): Promise<void> {
    await new Promise((resolve) => this.#server.close(resolve))
  }
}

/** Gives a place, links not followed, to a user. */
export const give = (path: string, uid: number): void => lchownSync(path, uid, uid)

/** Ends a child that may have ended by itself. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  await ended
}
