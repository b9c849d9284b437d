import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  closeSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { Agent, request } from 'node:http'
import { connect, Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { AuditEntry } from '../../shared/contract/audit.js'
import { ErrorBody } from '../../shared/contract/errors.js'
import { LockRecord } from '../../shared/contract/lockRecord.js'
import { routes } from '../../shared/contract/routes.js'
import { notRun } from '../notRun.js'

const program = fileURLToPath(new URL('../../daemon/main.js', import.meta.url))
const Ready = z.object({
  ready: z.literal(true),
  socket: z.string(),
  pid: z.number(),
  alreadyRunning: z.literal(true).optional(),
})
const Failed = z.object({
  ready: z.literal(false),
  error: z.object({ message: z.string(), fix: z.string() }),
})

interface Reply {
  readonly status: number
  readonly body: unknown
}

suite('the life of a daemon', function () {
  this.timeout(30_000)
  let home = ''
  let socketPath = ''
  const pids = new Set<number>()

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'fob-life-'))
    socketPath = join(home, 'run', 'fob.sock')
  })

  teardown(() => {
    // A test that failed in the middle of a hand-over knows only half of those it started.
    const lock = join(home, 'state', 'lock')
    if (existsSync(lock) && readFileSync(lock, 'utf8') !== '') pids.add(record().pid)
    for (const pid of pids) {
      try {
        process.kill(pid, 'SIGKILL')
      } catch {
        // It has ended by itself.
      }
    }
    pids.clear()
    rmSync(home, { recursive: true, force: true })
  })

  function launch(environment: Record<string, string> = {}, options: string[] = []): ChildProcess {
    const child = spawn(process.execPath, [...options, program], {
      env: { FOB_HOME: home, PATH: '/usr/bin:/bin', ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    if (child.pid !== undefined) pids.add(child.pid)
    return child
  }

  async function start(environment?: Record<string, string>): Promise<{ child: ChildProcess; pid: number }> {
    const child = launch(environment)
    if (!child.stdout) throw new Error('no standard output')
    for await (const line of createInterface(child.stdout)) {
      const ready = Ready.parse(JSON.parse(line))
      assert.equal(ready.socket, socketPath)
      return { child, pid: ready.pid }
    }
    throw new Error('it said nothing')
  }

  async function refusedStart(
    child: ChildProcess,
  ): Promise<{ code: unknown; said: unknown; complaint: string }> {
    const ended = once(child, 'close')
    const [said, complaint] = await Promise.all([
      child.stdout ? text(child.stdout) : '',
      child.stderr ? text(child.stderr) : '',
    ])
    const given: unknown[] = await ended
    return { code: given[0], said: JSON.parse(said), complaint }
  }

  function ask(method: string, path: string, body?: object, agent: Agent | false = false): Promise<Reply> {
    return new Promise((resolve, reject) => {
      const headers = body === undefined ? {} : { 'Content-Type': 'application/json' }
      const asking = request({ socketPath, method, path, headers, agent }, (answer) => {
        text(answer).then(
          (json) => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(json) }),
          reject,
        )
      })
      asking.on('error', reject).end(body === undefined ? undefined : JSON.stringify(body))
    })
  }

  const pidOf = ({ body }: Reply): number => routes.hello.answer.parse(body).pid
  const hello = async (agent?: Agent): Promise<number> =>
    pidOf(await ask('GET', '/v1/hello', undefined, agent))

  const handOver = (to: string, node = process.execPath): Promise<Reply> =>
    ask('POST', '/v1/shutdown', { successor: { node, program: to } })

  const record = (): LockRecord =>
    LockRecord.parse(JSON.parse(readFileSync(join(home, 'state', 'lock'), 'utf8')))

  const audited = (): string[] =>
    readFileSync(join(home, 'state', 'audit', 'audit.log'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => AuditEntry.parse(JSON.parse(line)).event)

  /** A program that claims to be a successor and then does as told. */
  function impostor(code: string): string {
    const path = join(home, 'impostor.mjs')
    writeFileSync(path, `import { Socket } from 'node:net'\nconst control = new Socket({ fd: 3 })\n${code}`)
    return path
  }

  test('it is ready when it says so, and lets its starter’s pipes go', async () => {
    const { child, pid } = await start()
    assert.equal(await hello(), pid)
    assert.equal(pid, child.pid)
    // The daemon is alive, and yet both of its starter's pipes come to their end.
    for (const pipe of [child.stdout, child.stderr]) if (pipe && !pipe.readableEnded) await text(pipe)
    assert.equal(await hello(), pid)
    assert.equal(lstatSync(socketPath).mode & 0o777, 0o600)
  })

  test('a second start names the first and ends well', async () => {
    const { pid } = await start()
    const second = launch()
    const { code, said } = await refusedStart(second)
    assert.equal(code, 0)
    assert.deepEqual(Ready.parse(said), { ready: true, socket: socketPath, pid, alreadyRunning: true })
  })

  test('asked to shut down it answers, leaves socket and lock free, and records its end', async () => {
    const { child, pid } = await start()
    const ended = once(child, 'exit')
    const { status, body } = await ask('POST', '/v1/shutdown', {})
    assert.deepEqual([status, body], [200, { stopping: true, pid }])
    assert.deepEqual(await ended, [0, null])
    assert.ok(!existsSync(socketPath))
    assert.equal(readFileSync(join(home, 'state', 'lock'), 'utf8'), '')
    assert.deepEqual(audited(), ['start', 'stop'])
  })

  test('a start during a slow end waits for the lock and then serves', async () => {
    const { child } = await start()
    const open = connect(socketPath)
    await once(open, 'connect')
    // A request that never ends holds the old one up.
    open.write('POST /v1/connections HTTP/1.1\r\nContent-Length: 5\r\n\r\n')
    await hello()
    const ended = once(child, 'exit')
    child.kill('SIGTERM')
    while (existsSync(socketPath)) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(record().stopping, true)
    const next = start()
    open.destroy()
    assert.deepEqual(await ended, [0, null])
    assert.equal(
      await hello()
        .catch(() => 0)
        .then(async () => (await next).pid),
      (await next).pid,
    )
    assert.equal(record().pid, (await next).pid)
  })

  test('after kill -9 a new start serves at once', async () => {
    const { child } = await start()
    const ended = once(child, 'exit')
    child.kill('SIGKILL')
    await ended
    const { pid } = await start()
    assert.equal(await hello(), pid)
  })

  test('a daemon whose socket is taken away ends, so that the next start serves', async () => {
    const { child } = await start()
    const ended = once(child, 'exit')
    rmSync(join(home, 'run'), { recursive: true })
    assert.deepEqual(await ended, [0, null])
    const { pid } = await start()
    assert.equal(await hello(), pid)
  })

  test('SIGUSR1 opens no debugger', async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    const { pid } = await start()
    const before = listeningTcp(pid)
    process.kill(pid, 'SIGUSR1')
    for (let call = 0; call < 20; call++) await hello()
    assert.deepEqual(listeningTcp(pid), before)
  })

  test('a debugger or a variable that steers code is refused before anything is touched', async () => {
    const inspected = await refusedStart(launch({}, ['--inspect=127.0.0.1:0']))
    const steered = await refusedStart(launch({ NODE_OPTIONS: '--no-warnings' }))
    for (const { code, said, complaint } of [inspected, steered]) {
      assert.equal(code, 2)
      assert.match(Failed.parse(said).error.fix, /^fob up/)
      assert.match(complaint, /fob: /)
    }
    assert.ok(!existsSync(join(home, 'state')))
  })

  test('settings that cannot be read are refused with line and column, and nothing is claimed', async () => {
    mkdirSync(join(home, 'config'), { recursive: true })
    writeFileSync(join(home, 'config', 'fob.json'), '{\n  "logs": { "level": "loud" }\n}')
    const { code, said, complaint } = await refusedStart(launch())
    assert.equal(code, 2)
    assert.match(Failed.parse(said).error.message, /fob\.json:2:\d+/)
    assert.equal(complaint.trim().split('\n').length, 1)
    assert.ok(!existsSync(join(home, 'state', 'lock')))
  })

  suite('handing over to another version', () => {
    test('no call fails, on new or on kept connections, and the old one leaves', async () => {
      const { child, pid } = await start()
      const ended = once(child, 'exit')
      const agent = new Agent({ keepAlive: true })
      const served = new Map<number, number>()
      const goOn = () => (served.get(newPid()) ?? 0) < 40
      const newPid = (): number => [...served.keys()].find((key) => key !== pid) ?? 0
      const caller = async (kept: Agent | undefined): Promise<void> => {
        while (goOn()) {
          const by = await hello(kept)
          served.set(by, (served.get(by) ?? 0) + 1)
        }
      }
      const callers = [agent, agent, undefined, undefined].map(caller)
      assert.equal((await handOver(program)).status, 200)
      assert.deepEqual(await ended, [0, null])
      await Promise.all(callers)
      agent.destroy()
      pids.add(newPid())
      assert.equal(served.size, 2)
      assert.equal(record().pid, newPid())
      assert.deepEqual(audited(), ['start', 'stop', 'start'])
    })

    test('a successor that runs on an editor’s own Node is told to be one', async () => {
      const { child } = await start()
      const ended = once(child, 'exit')
      const editor = join(home, 'editor')
      const asked = '[ "$ELECTRON_RUN_AS_NODE" = 1 ] || exit 1'
      writeFileSync(editor, `#!/bin/sh\n${asked}\nexec '${process.execPath}' "$@"\n`, { mode: 0o700 })
      const { status, body } = await handOver(program, editor)
      assert.equal(status, 200, JSON.stringify(body))
      assert.deepEqual(await ended, [0, null])
      pids.add(await hello())
    })

    test('a program that is missing, writable by others or broken is refused and changes nothing', async () => {
      const { pid } = await start()
      const missing = await handOver(join(home, 'missing.mjs'))
      const broken = await handOver(impostor('throw new Error("no such module")'))
      const other = impostor('')
      chmodSync(other, 0o666)
      const open = await handOver(other)
      assert.match(errorOf(missing), /bad_request body\.successor\.program .* does not exist/)
      assert.match(errorOf(broken), /misconfigured .*no such module/)
      assert.match(errorOf(open), /bad_request .*changed by other users/)
      assert.equal(await hello(), pid)
      assert.equal(record().stopping, false)
    })

    test('a successor that fails after its turn came gives everything back', async () => {
      const { pid } = await start()
      const refusing = impostor(`control.write('loaded\\n')
        const words = 'fob: the state is of a newer format; try: fob do-this'
        control.on('data', () => { console.error(words); process.exit(2) })`)
      assert.equal((await handOver(refusing)).status, 200)
      while (!readFileSync(join(home, 'state', 'log', 'fob.log'), 'utf8').includes('newer format'))
        await hello()
      assert.equal(await hello(), pid)
      assert.equal(record().pid, pid)
      const { handOverFailed } = routes.status.answer.parse((await ask('GET', '/v1/status')).body).daemon
      assert.match(handOverFailed?.message ?? '', /the state is of a newer format$/)
      assert.equal(handOverFailed?.fix, 'fob do-this')
      // And it can still do it right.
      assert.equal((await handOver(program)).status, 200)
      let next = await hello()
      while (next === pid) next = await hello()
      pids.add(next)
    })

    test('a successor whose predecessor goes away before its turn ends itself', async () => {
      const { pid } = await start()
      const nothing = openSync('/dev/null', 'r+')
      const heir = spawn(process.execPath, [program, '--successor'], {
        env: { FOB_HOME: home },
        stdio: ['ignore', 'ignore', 'pipe', 'pipe', nothing, nothing],
      })
      closeSync(nothing)
      if (heir.pid !== undefined) pids.add(heir.pid)
      const control = heir.stdio[3]
      if (!(control instanceof Socket)) throw new Error('no control')
      const word: unknown[] = await once(control, 'data')
      assert.equal(String(word[0]), 'loaded\n')
      const complaint = heir.stderr ? text(heir.stderr) : ''
      control.destroy()
      assert.match(await complaint, /the predecessor went away/)
      assert.equal(await hello(), pid)
      assert.equal(record().pid, pid)
    })
  })
})

/**
 * Sockets of TCP on which this process listens: none, but for the browser's way back during a consent. Its
 * descriptors are closed to its own user, so seen from there these are all sockets of the user.
 */
function listeningTcp(pid: number): string[] {
  const rows = ['tcp', 'tcp6'].flatMap((name) =>
    readFileSync(`/proc/net/${name}`, 'utf8').split('\n').slice(1),
  )
  const LISTEN = '0A'
  const listening = rows
    .map((row) => row.trim().split(/\s+/))
    .filter((fields) => fields[3] === LISTEN && Number(fields[7]) === process.getuid?.())
    .map((fields) => `socket:[${fields[9]}]`)
  if (process.getuid?.() !== 0) return listening
  const own = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`)
    } catch {
      // Closed since the listing.
      return ''
    }
  })
  return listening.filter((socket) => own.includes(socket))
}

function errorOf({ body }: Reply): string {
  const { code, field = '', message } = ErrorBody.parse(body).error
  return `${code} ${field} ${message}`
}
