import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { Refusal } from '../../shared/contract/errors.js'
import { FakeDaemon, lease, TOKEN } from './fakeDaemon.js'

const FOB = fileURLToPath(new URL('../../daemon/cli/fob.js', import.meta.url))

suite('cli/run', () => {
  let daemon: FakeDaemon

  setup(async () => {
    daemon = await new FakeDaemon().start()
    daemon.on('GET /v1/connections/work/access-token', () => lease())
  })

  teardown(() => daemon.remove())

  const started = (...words: readonly string[]): ChildProcess => {
    const env = { ...process.env, ...daemon.env }
    return spawn(process.execPath, [FOB, 'run', ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  }

  const ended = async (child: ChildProcess) => {
    const out = child.stdout ? text(child.stdout) : ''
    const err = child.stderr ? text(child.stderr) : ''
    await once(child, 'close')
    const { exitCode: code, signalCode: signal } = child
    return { code, signal, out: await out, err: await err }
  }

  const run = (...words: readonly string[]) => ended(started(...words))

  test('the program has the token in its variable, in no argument, and its exit code is ours', async () => {
    const shown = 'echo "$T|$*"; exit 7'
    const { code, out } = await run('--connection', 'work=T', '--', 'sh', '-c', shown, '-', '--json', '$HOME')
    assert.deepEqual([code, out], [7, `${TOKEN}|--json $HOME\n`])
  })

  test('several connections go to several variables', async () => {
    daemon.on('GET /v1/connections/other/access-token', () => lease({ accessToken: 'second' }))
    const both = ['--connection', 'work=A', '--connection', 'other=B']
    assert.equal((await run(...both, '--', 'sh', '-c', 'echo "$A $B"')).out, `${TOKEN} second\n`)
  })

  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'] as const) {
    test(`${signal} reaches the program`, async () => {
      // Not a shell: it cannot catch what whoever runs these tests ignores.
      const program = `process.on('${signal}', () => process.exit(42)); console.log('on'); setInterval(() => 0, 1000)`
      const child = started('--connection', 'work=T', '--', process.execPath, '-e', program)
      if (child.stdout) await once(child.stdout, 'readable')
      child.kill(signal)
      assert.equal((await ended(child)).code, 42)
    })
  }

  for (const signal of ['SIGTERM', 'SIGKILL', 'SIGINT'] as const) {
    test(`a program that ${signal} ended ends us by ${signal}`, async () => {
      const { code, signal: ours } = await run(
        '--connection',
        'work=T',
        '--',
        'sh',
        '-c',
        `kill -${signal.slice(3)} $$`,
      )
      assert.deepEqual([code, ours], [null, signal])
    })
  }

  test('a program that is not there is 127, one that cannot be run 126', async () => {
    assert.equal((await run('--connection', 'work=T', '--', '/nonexistent/program')).code, 127)
    const plain = join(daemon.home, 'plain')
    writeFileSync(plain, 'text', { mode: 0o600 })
    assert.equal((await run('--connection', 'work=T', '--', plain)).code, 126)
  })

  const own: readonly (readonly [what: string, words: readonly string[]])[] = [
    ['no program', ['--connection', 'work=T']],
    ['no connection', ['--', 'true']],
    ['a connection without a variable', ['--connection', 'work', '--', 'true']],
    ['a variable that is none', ['--connection', 'work=1T', '--', 'true']],
    ['a variable that decides what runs', ['--connection', 'work=LD_PRELOAD', '--', 'true']],
    ['an unknown option', ['--conection', 'work=T', '--', 'true']],
  ]
  for (const [what, words] of own) {
    test(`${what} is a failure of our own: 125, and nothing runs`, async () => {
      const { code, out } = await run(...words)
      assert.deepEqual([code, out], [125, ''])
      assert.deepEqual(daemon.lines, [])
    })
  }

  test('a connection that needs a person is 125, with the fix', async () => {
    daemon.on('GET /v1/connections/work/access-token', () => {
      throw new Refusal('consent_required', 'work is not signed in', { fix: 'fob sign-in work' })
    })
    const { code, err } = await run('--connection', 'work=T', '--', 'echo', 'ran')
    assert.equal(code, 125)
    assert.match(err, /fix: fob sign-in work/)
  })
})

suite('cli/audit --follow', () => {
  test('goes on with what happens, each line once, until it is ended', async () => {
    const daemon = await new FakeDaemon().start()
    const entry = (pid: number) => ({
      time: '2026-01-01T00:00:00.000Z',
      event: 'lease',
      connection: 'work',
      caller: { uid: 1000, pid, executable: '/usr/bin/git' },
      outcome: 'ok',
      generation: 1,
      fingerprint: '',
    })
    const words = [FOB, 'audit', '--json', '--follow', '--connection', 'work']
    // Told and recorded while it asks: it must show once what comes to it on both ways.
    daemon.on('GET /v1/audit?limit=100&connection=work', () => {
      daemon.say({ type: 'audit', entry: entry(2) })
      return { entries: [entry(1), entry(2)] }
    })
    const child = spawn(process.execPath, words, {
      env: { ...process.env, ...daemon.env },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    try {
      const pids: unknown[] = []
      let rest = ''
      for await (const piece of child.stdout.setEncoding('utf8')) {
        const lines = (rest + String(piece)).split('\n')
        rest = lines.pop() ?? ''
        for (const line of lines) pids.push((JSON.parse(line) as ReturnType<typeof entry>).caller.pid)
        if (pids.length === 2) {
          daemon.say({ type: 'audit', entry: { ...entry(9), connection: 'other' } })
          daemon.say({ type: 'audit', entry: entry(3) })
        }
        if (pids.length === 3) child.kill('SIGINT')
      }
      assert.deepEqual(pids, [1, 2, 3])
    } finally {
      child.kill('SIGKILL')
      await daemon.remove()
    }
  })
})
