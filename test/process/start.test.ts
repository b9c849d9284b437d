import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { homedir, tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { figure } from '../figures.js'
import { notRun } from '../notRun.js'
import { userinfo } from '../sandbox/oauthCalls.js'
import { isAlive, ran, ROOT, type Ran } from './home.js'
import { Status } from '../../shared/contract/connection.js'
import { SandboxStatus } from '../../shared/contract/sandbox.js'

/** What a clone has not: made here, or the history. */
const NOT_CLONED = new Set(['node_modules', 'out', 'dist', '.git', 'coverage'])

/** An install over a slow network, and compiling keytar on a slow machine. */
const START_MS = 300_000

suite('npm start in a fresh clone', function () {
  let place: string
  let environment: NodeJS.ProcessEnv

  suiteSetup(function () {
    this.timeout(60_000)
    if (spawnSync('curl', ['--version']).error) notRun(this, 'curl')
    place = mkdtempSync(join(tmpdir(), 'fob-c-'))
    const cloned = (path: string): boolean =>
      relative(ROOT, path)
        .split('/')
        .every((part) => !NOT_CLONED.has(part))
    cpSync(ROOT, join(place, 'clone'), { recursive: true, filter: cloned })
    environment = { ...process.env, FOB_HOME: join(place, 'home'), npm_config_cache: warmCache() }
  })

  suiteTeardown(async function () {
    this.timeout(60_000)
    if (place === undefined) return
    await npm('stop')
    rmSync(place, { recursive: true, force: true })
  })

  const inClone = (program: string, ...words: string[]): Promise<Ran> =>
    ran(
      spawn(program, words, {
        cwd: join(place, 'clone'),
        env: environment,
        stdio: ['ignore', 'pipe', 'pipe'],
      }),
    )
  const npm = (...words: string[]): Promise<Ran> => inClone('npm', ...words)
  const fob = (...words: string[]): Promise<Ran> => inClone('./node_modules/.bin/fob', ...words)

  /** The line a person would type: sh and curl, nothing of ours. */
  const curl = async (): Promise<string> => {
    const url = 'http://fob/v1/connections/sandbox/access-token'
    const line = `curl -s --unix-socket "$FOB_HOME/run/fob.sock" -H 'Accept: text/plain' ${url}`
    const { code, stdout, stderr } = await inClone('sh', '-c', line)
    assert.equal(code, 0, stderr)
    assert.match(stdout, /^[!-~]+\n$/)
    return stdout.trimEnd()
  }

  const issuer = async (): Promise<string> => {
    const { stdout } = await fob('sandbox', 'status', '--json')
    return SandboxStatus.parse(JSON.parse(stdout)).issuer
  }

  const daemonPid = async (): Promise<number> => {
    const { stdout } = await fob('status', '--json')
    return Status.parse(JSON.parse(stdout)).daemon.pid
  }

  test('H1 it ends with a valid access token on the socket', async function () {
    this.timeout(START_MS)
    const begin = performance.now()
    const { code, stdout, stderr } = await npm('start')
    assert.equal(code, 0, stdout + stderr)
    const accessToken = await curl()
    const seconds = ((performance.now() - begin) / 1000).toFixed(1)
    const { status } = await userinfo(await issuer(), accessToken)
    figure('H1', { value: `${seconds} s`, bar: 'works', ok: status === 200 })
    assert.equal(status, 200)
    assert.match(stdout, /sandbox\s+active/)
    assert.ok(stdout.includes(join(place, 'home', 'run', 'fob.sock')))
  })

  test('the lines it says to try can be typed as they stand', async () => {
    const { stdout } = await npm('start')
    const lines = stdout
      .slice(stdout.indexOf('Try:'))
      .split('\n')
      .filter((line) => line.startsWith('  '))
    assert.equal(lines.length, 3)
    for (const line of lines) {
      const typed = await inClone('sh', '-c', line)
      assert.equal(typed.code, 0, `${line}: ${typed.stderr}`)
      assert.match(typed.stdout, /^\S/, line)
    }
  })

  test('a second one finds everything done, and nothing restarts', async () => {
    const before = await daemonPid()
    const { code, stdout } = await npm('start')
    assert.equal(code, 0, stdout)
    assert.match(stdout, /install packages \(up to date\)/)
    assert.match(stdout, /build \(up to date\)/)
    assert.match(stdout, /sign in to "sandbox" \(already signed in\)/)
    assert.equal(await daemonPid(), before)
  })

  test('another valid access token comes after two lifetimes', async () => {
    const lifetime = 2
    await fob('sandbox', 'start', '--lifetime', String(lifetime))
    await fob('refresh', 'sandbox')
    const first = await curl()
    await pause(2 * lifetime * 1_000)
    const second = await curl()
    assert.notEqual(second, first)
    assert.equal((await userinfo(await issuer(), second)).status, 200)
    assert.equal((await userinfo(await issuer(), first)).status, 401, 'the first one has really expired')
  })

  test('… and after kill -9 and a new start', async () => {
    await fob('sandbox', 'start', '--lifetime', '60')
    const pid = await daemonPid()
    process.kill(pid, 'SIGKILL')
    while (await isAlive(pid)) await pause(5)
    assert.equal((await npm('start')).code, 0)
    assert.equal((await userinfo(await issuer(), await curl())).status, 200)
  })

  test('npm stop ends what it started, and is content when there is nothing', async () => {
    const daemon = await daemonPid()
    const { stdout } = await fob('sandbox', 'status', '--json')
    const { pid: sandbox } = SandboxStatus.parse(JSON.parse(stdout))
    assert.equal((await npm('stop')).code, 0)
    assert.equal(await isAlive(daemon), false)
    assert.equal(await isAlive(sandbox), false)
    assert.equal((await npm('stop')).code, 0)
  })
})

const warmCache = (): string => process.env.npm_config_cache ?? join(homedir(), '.npm')
