/**
 * A fob taken through everything it can do, well and badly, while its log says all it can: each command, each route,
 * providers that answer nonsense, ends of every kind. What it printed and answered is noted for a search.
 */
import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { WebSocket } from 'ws'
import { ConsentBegun } from '../../shared/contract/consent.js'
import { sandboxRoutes } from '../../shared/contract/sandbox.js'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import type { Allowed } from '../leftovers.js'
import { firstLine, follow, Home, ran, ROOT } from '../process/home.js'
import { control } from '../sandbox/sandboxProcess.js'
import { EchoingServer, type Mood } from './echoingServer.js'
import { ProcSampler } from './procSampler.js'

const DAEMON = join(ROOT, 'daemon', 'dist', 'daemon.mjs')
const SCOPES = 'openid profile email offline_access'
const LOOK_MS = 20
/** Each is met by every second or third. */
const KEYCHAIN_TRIES = 50

const settings = {
  logs: { level: 'trace' },
  delivery: {
    env: { SANDBOX_TOKEN: 'sandbox' },
    git: [{ host: 'git.example.com', connection: 'confidential' }],
  },
}

export class EveryWay {
  readonly home: Home
  /** For everything programs leave elsewhere: temporary files, coverage, reports. */
  readonly place: string
  readonly sampler: ProcSampler
  #daemon: ChildProcess | undefined
  #echoing: EchoingServer | undefined

  private constructor(home: Home, place: string) {
    this.home = home
    this.place = place
    this.sampler = new ProcSampler(
      (words) => words.includes(join(ROOT, 'daemon')) || words.includes(home.directory),
    )
  }

  static async make(): Promise<EveryWay> {
    const home = await Home.make()
    const place = await mkdtemp(join(tmpdir(), 'fob-k10-'))
    for (const name of ['tmp', 'coverage', 'reports']) await mkdir(join(place, name))
    Object.assign(home.environment, { TMPDIR: join(place, 'tmp'), NODE_V8_COVERAGE: join(place, 'coverage') })
    await mkdir(join(home.directory, 'config'))
    await writeFile(join(home.directory, 'config', 'fob.json'), JSON.stringify(settings))
    return new EveryWay(home, place)
  }

  get folders(): string[] {
    return [this.home.directory, this.place]
  }

  async remove(): Promise<void> {
    await this.sampler.stop()
    await this.#echoing?.stop()
    try {
      await this.home.remove()
    } finally {
      await rm(this.place, { recursive: true, force: true })
    }
  }

  /** The shipped daemon as our own child, with coverage, and with Node's own options before it. */
  async startDaemon(nodeOptions: readonly string[] = [], ...words: string[]): Promise<void> {
    const child = spawn(process.execPath, [...nodeOptions, DAEMON, ...words], {
      env: {
        ...startEnvironment(process.env),
        FOB_HOME: this.home.directory,
        NODE_V8_COVERAGE: join(this.place, 'coverage'),
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    this.#daemon = child
    child.stderr?.setEncoding('latin1').on('data', (text: string) => {
      this.home.leftovers.heard('what the daemon wrote on standard error', text)
    })
    this.home.leftovers.heard('what the daemon wrote on standard output', await firstLine(child))
  }

  /** Ends the child by this signal and resolves once it is gone. */
  async endDaemon(signal: NodeJS.Signals): Promise<void> {
    const child = this.#daemon
    assert.ok(child)
    child.kill(signal)
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  }

  /** Has Node write its diagnostic report; resolves once it is there. */
  async report(): Promise<void> {
    this.#daemon?.kill('SIGUSR2')
    while ((await readdir(join(this.place, 'reports'))).length === 0) await pause(LOOK_MS)
  }

  /** Everything said on the event stream from now on. */
  listen(): void {
    const socket = new WebSocket(`ws+unix:${this.home.socket}:/v1/events?audit=true`)
    // It ends with the daemon, one way or another.
    socket.on('error', () => undefined)
    socket.on('message', (message: Buffer) => this.home.leftovers.heard('an event', message.toString()))
  }

  /** One request; its answer may hold what `allowed` names. */
  async ask(method: string, path: string, body?: unknown, allowed: Allowed = []): Promise<string> {
    const headers = { 'content-type': 'application/json' }
    const text = typeof body === 'string' ? body : body === undefined ? '' : JSON.stringify(body)
    const answer = await this.home.ask(path, { method, ...(text === '' ? {} : { headers, body: text }) })
    this.home.leftovers.heard(`the answer to ${method} ${path.slice(0, 24)}`, answer.text, allowed)
    return answer.text
  }

  /** Connections of all four kinds: public, with a secret, by a device's code, and for a machine. */
  async connections(): Promise<void> {
    const { home } = this
    await home.must('sandbox', 'start', '--lifetime', '3600')
    await this.startDaemon()
    this.listen()
    await home.addSandbox('sandbox')
    await home.signIn('sandbox')
    const { issuer } = await home.sandbox()
    for (const [name, flow] of [
      ['confidential', 'code'],
      ['machine', 'client-credentials'],
    ] as const) {
      const secret = await this.#register(name)
      const words = ['--name', name, '--issuer', issuer, '--client-id', name, '--flow', flow]
      const added = await home.fobReading(
        secret,
        'add',
        'oidc',
        ...words,
        '--scopes',
        SCOPES,
        '--client-secret-stdin',
      )
      assert.equal(added.code, 0, added.stderr)
      assert.equal((await home.fobReading(secret, 'provider', 'set-secret', name)).code, 0)
    }
    await home.signIn('confidential')
    await home.fob('sign-in', 'machine')
    await home.addSandbox('tv', '--flow', 'device')
    await this.#signInByDevice('tv')
  }

  async #register(clientId: string): Promise<string> {
    const answer = await control(this.home.sandboxSocket, 'POST', '/clients', {
      clientId,
      authentication: 'client_secret_basic',
    })
    const { clientSecret } = sandboxRoutes.addClient.answer.parse(answer.body)
    assert.ok(clientSecret !== undefined)
    return clientSecret
  }

  async #signInByDevice(name: string): Promise<void> {
    const { home } = this
    const child = home.spawn(['sign-in', name, '--device'])
    const ended = ran(child)
    const userCode = new URL(await firstLine(child)).searchParams.get('user_code')
    await control(home.sandboxSocket, 'POST', '/approve', { userCode })
    const { code, stdout, stderr } = await ended
    home.leftovers.heard('fob sign-in --device', stdout + stderr)
    assert.equal(code, 0, stderr)
  }

  /** Each command, the first time as meant and then as people get it wrong. */
  async commands(): Promise<void> {
    const { home } = this
    const { lease, accessToken } = await home.lease('sandbox')
    const quick = [
      ['up'],
      ['status'],
      ['status', '--json'],
      ['token', 'sandbox'],
      ['token', 'nobody'],
      ['refresh', 'sandbox'],
      ['refresh', 'machine'],
      ['reject', 'sandbox', lease],
      ['run', '--connection', 'sandbox=SANDBOX_TOKEN', '--', 'true'],
      ['env'],
      ['hook', 'bash'],
      ['audit', '--lines', '500'],
      ['audit', '--json'],
      ['logs', '--lines', '500'],
      ['vault', 'status'],
      ['vault', 'move', 'key-file'],
      ['vault', 'unlock'],
      ['provider', 'list'],
      ['completion', 'bash'],
      ['__complete', 'token', ''],
      ['version'],
      ['help'],
      ['sandbox', 'status', '--json'],
      ['sign-in', 'nobody'],
      ['nonsense'],
    ]
    for (const words of quick) await home.fob(...words)
    const input = 'protocol=https\nhost=git.example.com\n\n'
    const given = await home.fobReading(input, 'credential', 'git', 'get')
    assert.match(given.stdout, /^password=/m)
    // What git says when the host refused the token.
    await home.fobReading(
      `${input.trim()}\nusername=oauth2\npassword=${accessToken}\n\n`,
      'credential',
      'git',
      'erase',
    )
  }

  /** The keychain's program lives for moments: it is called until one of them was sampled. */
  async keychain(): Promise<void> {
    for (let tries = 0; tries < KEYCHAIN_TRIES && !this.sampler.met('keychainChild'); tries++) {
      await this.home.fob('vault', 'move', 'keychain')
    }
  }

  /** Each route, and secrets where none belong: in a path, a query, a body that is no JSON, a field's name. */
  async routes(): Promise<void> {
    const { accessToken, lease } = await this.home.lease('sandbox')
    const at = '/v1/connections/sandbox'
    await this.ask('GET', '/v1/hello')
    await this.ask('GET', '/v1/status')
    await this.ask('GET', '/v1/providers')
    await this.ask('GET', `${at}/access-token`, undefined, ['accessToken'])
    await this.ask('GET', `${at}/access-token?scopes=admin`)
    await this.ask('POST', `${at}/reject`, { lease })
    await this.ask('POST', `${at}/reject-token`, { accessToken })
    await this.ask('POST', `${at}/refresh`, {})
    await this.ask('POST', `${at}/client-secret`, { clientSecret: accessToken })
    await this.ask('GET', '/v1/git/host?protocol=https&host=git.example.com')
    await this.ask('GET', '/v1/env?variables=SANDBOX_TOKEN=sandbox', undefined, ['accessToken'])
    await this.ask('GET', '/v1/audit?limit=1000')
    await this.ask('GET', '/v1/health')
    await this.ask('GET', '/metrics')
    await this.ask('POST', '/v1/vault', { action: 'unlock' })
    await this.ask('GET', `/v1/connections/${accessToken}/access-token`)
    await this.ask('POST', `/v1/connections/${accessToken.toLowerCase()}/refresh`, {})
    await this.ask('GET', `${at}/access-token?min_validity=${accessToken}`)
    await this.ask('POST', '/v1/connections', `{"clientSecret": "${accessToken}"`)
    await this.ask('POST', '/v1/connections', { name: 'x', clientSecret: accessToken, issuer: accessToken })
  }

  /** A provider that repeats what it is sent: at sign-in, at a refresh, at sign-out. */
  async echoes(): Promise<void> {
    const { home } = this
    this.#echoing = await EchoingServer.start(home.leftovers)
    const { issuer } = this.#echoing
    const secret = 'echoed-client-secret-4f9Qw2LxTzB7'
    home.leftovers.know('clientSecret', secret)
    const words = ['--name', 'echo', '--issuer', issuer, '--client-id', 'echo', '--client-secret-stdin']
    const added = await home.fobReading(secret, 'add', 'oidc', ...words)
    assert.equal(added.code, 0, added.stderr)
    const moods: readonly Mood[] = [
      'repeating',
      'repeating in HTML',
      'breaking off',
      'another type',
      'granting',
    ]
    for (const mood of moods) {
      this.#echoing.mood = mood
      await this.#consentTo('echo')
    }
    for (const mood of moods) {
      this.#echoing.mood = mood
      await home.fob('refresh', 'echo')
      await home.fob('status')
      await this.ask('GET', '/v1/status')
    }
    await home.fob('sign-out', 'echo')
  }

  /** This process as the browser, bringing a code the provider never gave, and first a stray one. */
  async #consentTo(name: string): Promise<void> {
    const allowed = ['state', 'nonce']
    const text = await this.ask(
      'POST',
      `/v1/connections/${name}/consent`,
      { open: false, preempt: true },
      allowed,
    )
    const begun = ConsentBegun.parse(JSON.parse(text))
    assert.equal(begun.kind, 'browser')
    const asked = new URL(begun.url).searchParams
    const state = asked.get('state') ?? ''
    this.home.leftovers.know('state', state)
    const code = `code-${state.slice(6)}-of-${name}`
    this.home.leftovers.know('code', code)
    for (const query of [
      { code, state: 'another' },
      { code, state },
    ]) {
      const back = new URL(asked.get('redirect_uri') ?? '')
      for (const [key, value] of Object.entries(query)) back.searchParams.set(key, value)
      this.home.leftovers.heard('the finished page', await visited(back.href))
    }
  }

  /** The sandbox's own faults, each during a refresh. */
  async faults(): Promise<void> {
    const { home } = this
    const faults = [
      { kind: 'truncate' },
      { kind: 'cut', when: 'after' },
      { kind: 'status', status: 500, body: 'html' },
      { kind: 'status', status: 400, error: 'invalid_grant' },
    ] as const
    for (const fault of faults) {
      await home.fault({ ...fault, times: 1 })
      await home.fob('refresh', 'sandbox')
    }
    await home.signIn('sandbox')
  }
}

/** A page whatever its status is. */
async function visited(url: string): Promise<string> {
  try {
    return await follow(url)
  } catch (error) {
    return error instanceof Error ? error.message : ''
  }
}
