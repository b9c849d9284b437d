import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { constants } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { programEnvironment } from '../../shared/contract/startEnvironment.js'
import { notRun } from '../notRun.js'
import { ask, firstLine, isAlive } from '../process/home.js'
import { end, OWNER, TwoUsers } from './otherUsers.js'

const STARTS = process.env.FOB_TEST_FULL ? 200 : 12
/** By then it has come to its first line on a machine that has time for it. */
const LATEST_MS = 240

/** Signals to which Node gives, or may be told to give, a meaning; a full run sends all that a program sees. */
const MEANT = ['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGPIPE', 'SIGTSTP', 'SIGWINCH']
const UNSEEN = ['SIGKILL', 'SIGSTOP']

/** Options of Node that show memory or traffic to others, or run their code. `--inspect-brk` runs nothing of ours. */
const OPTIONS = [
  ...['--inspect=127.0.0.1:0', '--inspect-port=0', '--experimental-network-inspection', '--require=node:fs'],
  ...['--import=node:fs', '--experimental-loader=node:fs', '--heapsnapshot-signal=SIGUSR2', '--heap-prof'],
  ...['--cpu-prof', '--report-on-signal', '--report-uncaught-exception', '--tls-keylog=/dev/null'],
  ...['--use-openssl-ca', '--tls-min-v1.0', '--openssl-legacy-provider', '--expose-gc', '--prof'],
].filter((option) => process.allowedNodeEnvironmentFlags.has(option.replace(/=.*/, '')))

/** They have done their work before the first line of ours. */
const TOO_LATE = [
  ...['NODE_OPTIONS', 'NODE_EXTRA_CA_CERTS', 'NODE_USE_SYSTEM_CA', 'NODE_USE_ENV_PROXY', 'NODE_PATH'],
  ...['NODE_COMPILE_CACHE', 'NODE_DEBUG', 'NODE_DEBUG_NATIVE', 'NODE_REDIRECT_WARNINGS', 'OPENSSL_CONF'],
  ...['OPENSSL_MODULES', 'OPENSSL_ENGINES', 'LD_PRELOAD', 'LD_AUDIT', 'LD_LIBRARY_PATH'],
]
const HOSTILE = [
  ...TOO_LATE,
  ...[
    'HTTP_PROXY',
    'HTTPS_PROXY',
    'ALL_PROXY',
    'NO_PROXY',
    'http_proxy',
    'https_proxy',
    'all_proxy',
    'no_proxy',
  ],
  // NODE_V8_COVERAGE, which Node itself hands to each child, tells what ran and no value of it.
  ...['NODE_TLS_REJECT_UNAUTHORIZED', 'NODE_REPL_HISTORY', 'NODE_NO_WARNINGS', 'NODE_ENV', 'NODE_ICU_DATA'],
  ...['NODE_PENDING_DEPRECATION', 'SSL_CERT_FILE', 'SSL_CERT_DIR', 'SSLKEYLOGFILE', 'CURL_CA_BUNDLE'],
  ...['REQUESTS_CA_BUNDLE', 'LD_DEBUG', 'LD_BIND_NOW', 'GCONV_PATH', 'LOCPATH', 'MALLOC_CHECK_', 'TMPDIR'],
  ...[
    'BASH_ENV',
    'ENV',
    'PROMPT_COMMAND',
    'IFS',
    'CDPATH',
    'SHELLOPTS',
    'PYTHONSTARTUP',
    'PERL5OPT',
    'RUBYOPT',
  ],
  ...['GIT_SSH_COMMAND', 'GIT_ASKPASS', 'GIT_CONFIG_GLOBAL', 'SSH_ASKPASS', 'EDITOR', 'VISUAL', 'PAGER'],
  ...['BROWSER', 'GITHUB_TOKEN', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN', 'NPM_TOKEN', 'VAULT_TOKEN'],
  ...['UV_THREADPOOL_SIZE', 'VSCODE_INSPECTOR_OPTIONS', 'ELECTRON_RUN_AS_NODE', 'RES_OPTIONS', 'HOSTALIASES'],
]

suite('a daemon among programs of its own user', function () {
  this.timeout(60_000)
  let users: TwoUsers
  let home: string
  const running = new Set<ChildProcess>()

  suiteSetup(function () {
    if (process.getuid?.() !== 0) notRun(this, 'root')
    if (spawnSync('strace', ['-V']).error !== undefined) notRun(this, 'strace')
    users = new TwoUsers()
    home = users.directoryOf(OWNER, join(users.open, 'home'))
  })
  teardown(async () => {
    await Promise.all([...running].map((child) => end(child, 'SIGKILL')))
    running.clear()
  })
  suiteTeardown(async () => {
    await users?.fob(home, ['down'])
    users?.remove()
  })

  function launched(
    environment: Readonly<Record<string, string>> = {},
    options: readonly string[] = [],
  ): ChildProcess {
    const child = users.daemon({ FOB_HOME: home, ...environment }, options)
    running.add(child)
    return child
  }

  async function started(): Promise<{ child: ChildProcess; pid: number }> {
    const child = launched()
    assert.match(await firstLine(child), /"ready":true/)
    assert.ok(child.pid !== undefined)
    return { child, pid: child.pid }
  }

  test('its memory, files and environment are closed to them, and nobody traces it', async () => {
    const { pid } = await started()
    const open = spawn('sleep', ['60'], { uid: OWNER, gid: OWNER })
    running.add(open)
    const probe = await users.probe(OWNER, '-', [pid])
    assert.deepEqual((await probe.end()).got, [])
    // And what it is kept from is there for the taking elsewhere.
    const control = await users.probe(OWNER, '-', [open.pid ?? 0])
    const { got } = await control.end()
    for (const what of ['read environ of', 'open mem of', 'list fd of', 'trace']) {
      assert.ok(
        got.some((each) => each.startsWith(what)),
        what,
      )
    }
    assert.match(readFileSync(`/proc/${pid}/limits`, 'utf8'), /^Max core file size\s+0\s+0\s/m)
  })

  test('no signal opens a debugger or writes a file', async () => {
    let { child, pid } = await started()
    for (const [name, number] of Object.entries(constants.signals)) {
      if (process.env.FOB_TEST_FULL ? UNSEEN.includes(name) || number > 31 : !MEANT.includes(name)) continue
      process.kill(pid, number)
      process.kill(pid, 'SIGCONT')
      // To root it is not at home, and that is an answer.
      const answers = await ask(join(home, 'run', 'fob.sock'), '/v1/hello').catch(() => undefined)
      assert.deepEqual(listeners(), [], name)
      if (answers !== undefined && (await isAlive(pid))) continue
      await end(child, 'SIGKILL')
      ;({ child, pid } = await started())
    }
  })

  test('a debugger’s signal at any moment of its start never leaves one that serves with a debugger', async () => {
    let served = 0
    for (let count = 0; count < STARTS; count += 1) {
      const child = launched()
      const line = firstLine(child).catch(() => '')
      await pause(count * (LATEST_MS / STARTS))
      child.kill('SIGUSR1')
      if (/"ready":true/.test(await line)) {
        served += 1
        assert.deepEqual(listeners(), [])
      }
      await end(child, 'SIGKILL')
    }
    console.log(`      ${served} of ${STARTS} served, the others were refused or ended by the signal`)
  })

  test('no option of Node goes with it', async () => {
    for (const option of OPTIONS) {
      const said = await firstLine(launched({}, [option]))
      assert.match(said, /"ready":false/, option)
      assert.ok(said.includes(option.replace(/=.*/, '')), said)
    }
    assert.ok(OPTIONS.length > 8)
  })

  test('what has steered it before its first line is refused by name', async () => {
    for (const name of TOO_LATE) {
      const value = name === 'NODE_OPTIONS' ? '--no-warnings' : '/nonexistent'
      const said = await firstLine(launched({ [name]: value }))
      assert.match(said, /"ready":false/, name)
      assert.ok(said.includes(`${name} is set`), said)
    }
  })

  test('of sixty hostile variables of whoever starts it none comes with it', async () => {
    assert.ok(HOSTILE.length >= 60)
    const hostile = Object.fromEntries(HOSTILE.map((name) => [name, '/nonexistent']))
    const { code, stderr } = await users.fob(home, ['up'], { ...hostile, NODE_OPTIONS: '--no-warnings' })
    assert.equal(code, 0, stderr)
    const { stdout } = await users.fob(home, ['status', '--json'])
    const pid = /"pid": ?(\d+)/.exec(stdout)?.[1] ?? ''
    const environ = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0')
    const names = environ.map((variable) => variable.replace(/=.*/s, '')).filter((name) => name !== '')
    const allowed = Object.keys(programEnvironment({ FOB_HOME: home, HOME: home }))
    assert.deepEqual(names.sort(), allowed.sort())
  })
})

/** TCP sockets on which a process of the owner listens, whichever. */
function listeners(): string[] {
  const LISTEN = '0A'
  return ['tcp', 'tcp6']
    .flatMap((name) => readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && Number(fields[7]) === OWNER)
    .map((fields) => String(fields[1]))
}
