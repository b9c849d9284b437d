import assert from 'node:assert/strict'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Caller } from '../../shared/client/call.js'
import { startDaemon } from '../../shared/client/startDaemon.js'
import { ProgramFailed, startProgram } from '../../shared/client/startProgram.js'
import { DaemonUnreachable } from '../../shared/client/unreachable.js'
import { SocketHome } from './socketHome.js'
import { notRun } from '../notRun.js'

/** Tells where it finds itself, says it is ready, and ends: nothing is left to clean up. */
const REPORTER = `
const fs = require('node:fs')
const facts = {
  cwd: process.cwd(), env: process.env, pid: process.pid, args: process.argv.slice(2),
  session: fs.readFileSync('/proc/self/stat', 'utf8').split(') ')[1].split(' ')[3],
  files: fs.readdirSync('/proc/self/fd').map((fd) => { try { return fs.readlinkSync('/proc/self/fd/' + fd) } catch { return '' } }),
}
fs.writeFileSync(__dirname + '/facts.json', JSON.stringify(facts))
console.log('a line that is not it')
console.log(JSON.stringify({ ready: true }))
`

interface Facts {
  readonly cwd: string
  readonly env: Record<string, string>
  readonly pid: number
  readonly args: readonly string[]
  readonly session: string
  readonly files: readonly string[]
}

suite('client/startProgram', () => {
  let directory: string

  setup(() => {
    directory = mkdtempSync(join(tmpdir(), 'fob-program-'))
  })

  teardown(() => rmSync(directory, { recursive: true, force: true }))

  const program = (text: string) => {
    const script = join(directory, 'program.cjs')
    writeFileSync(script, text)
    return { name: 'daemon', node: process.execPath, script, args: ['--one'] }
  }

  const facts = (): Facts => JSON.parse(readFileSync(join(directory, 'facts.json'), 'utf8')) as Facts

  const failure = async (text: string): Promise<ProgramFailed> => {
    try {
      await startProgram(program(text), {})
    } catch (error) {
      assert.ok(error instanceof ProgramFailed)
      return error
    }
    return assert.fail('it started')
  }

  test('a started program has its own session, the root as directory and the allowed environment', async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    await startProgram(program(REPORTER), { FOB_HOME: '/h', NODE_OPTIONS: '--no-warnings', SECRET: 'x' })
    const { cwd, env, args, pid, session } = facts()
    assert.deepEqual([cwd, args, session], ['/', ['--one'], String(pid)])
    // Node itself hands this one on, while coverage is measured.
    const passed = Object.keys(env).filter((name) => name !== 'NODE_V8_COVERAGE')
    assert.deepEqual(passed.sort(), ['ELECTRON_RUN_AS_NODE', 'FOB_HOME', 'PATH'])
  })

  test('it has none of our descriptors, the inheritable ones of a shell included', async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    const mark = join(directory, 'open by the caller')
    const descriptor = openSync(mark, 'w')
    const starter = join(directory, 'starter.mjs')
    const module = new URL('../../shared/client/startProgram.js', import.meta.url).href
    writeFileSync(
      starter,
      `import { startProgram } from '${module}'\nawait startProgram(${JSON.stringify(program(REPORTER))}, {})`,
    )
    // As a shell leaves them: 9 is within what Node marks by itself, 77 behind a gap is not.
    const { execFileSync } = await import('node:child_process')
    execFileSync('/bin/bash', [
      '-c',
      `exec 9>"$1" 77>"$1"; exec "$2" "$3"`,
      '-',
      mark,
      process.execPath,
      starter,
    ])
    closeSync(descriptor)
    assert.deepEqual(
      facts().files.filter((file) => file === mark),
      [],
    )
  })

  test('a program that says why it does not start is believed, with its fix', async () => {
    const line = { ready: false, error: { message: 'the port is taken', fix: 'fob sandbox stop' } }
    const { message, fix } = await failure(`console.log(${JSON.stringify(JSON.stringify(line))})`)
    assert.deepEqual([message, fix], ['the port is taken', 'fob sandbox stop'])
  })

  test('a program that just ends is told by its last line', async () => {
    const { message } = await failure(`console.error('first\\nfob.json:3:4: wrong'); process.exit(3)`)
    assert.equal(message, 'the daemon did not start: fob.json:3:4: wrong')
  })

  test('a program that is not there is told', async () => {
    const gone = { name: 'daemon', node: join(directory, 'no-node'), script: '/x' }
    await assert.rejects(startProgram(gone, {}), /cannot be started: .*ENOENT/)
  })

  test('whoever loses the race to start is content with the winner', async () => {
    const place = new SocketHome()
    const hello = { product: 'fob', version: '1.2.3', protocol: 1, capabilities: [], pid: 7 }
    const caller = new Caller(place.env)
    try {
      await place.listen((_request, answer) => answer.end(JSON.stringify(hello)))
      const loser = program(`console.error('somebody has the lock'); process.exit(1)`)
      assert.equal((await startDaemon(caller, loser, place.env)).pid, 7)
    } finally {
      caller.close()
      await place.remove()
    }
  })

  test('a daemon that listens elsewhere than FOB_SOCKET says is told at once, with the way out', async () => {
    const place = new SocketHome()
    const caller = new Caller(place.env)
    const ready = JSON.stringify({ ready: true, socket: '/elsewhere/fob.sock', pid: 7 })
    const other = program(`console.log(${JSON.stringify(ready)})`)
    try {
      await assert.rejects(startDaemon(caller, other, { FOB_SOCKET: place.socket }), (error) => {
        assert.ok(error instanceof DaemonUnreachable)
        return error.fix === 'unset FOB_SOCKET' && error.message.includes(place.socket)
      })
    } finally {
      caller.close()
      await place.remove()
    }
  })

  test('one that finds its settings wrong is told apart', async () => {
    const place = new SocketHome()
    const caller = new Caller(place.env)
    const error = { message: 'fob.json:3:4: wrong', fix: 'fob help', code: 'misconfigured' }
    const line = JSON.stringify({ ready: false, error })
    try {
      await assert.rejects(
        startDaemon(caller, program(`console.log(${JSON.stringify(line)})`), place.env),
        (thrown) => thrown instanceof DaemonUnreachable && thrown.kind === 'misconfigured',
      )
    } finally {
      caller.close()
      await place.remove()
    }
  })

  test('a daemon that cannot start is unreachable for the reason it gave', async () => {
    const place = new SocketHome()
    const caller = new Caller(place.env)
    const broken = program(`console.error('fob.json:3:4: wrong'); process.exit(2)`)
    try {
      await assert.rejects(startDaemon(caller, broken, place.env), (error) => {
        assert.ok(error instanceof DaemonUnreachable)
        return error.kind === 'failed' && error.message.includes('fob.json:3:4')
      })
    } finally {
      await place.remove()
    }
  })
})
