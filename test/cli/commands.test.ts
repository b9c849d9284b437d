/** The commands at a daemon: what each asks, and what it prints. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { BUILD, VERSION } from '../../shared/contract/version.js'
import { connection, FakeDaemon, lease, statusWith, TOKEN } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli/commands', () => {
  let daemon: FakeDaemon
  const fob = (...words: readonly string[]) => typed(words, { env: daemon.env })

  setup(async () => {
    daemon = await new FakeDaemon().start()
  })

  teardown(() => daemon.remove())

  test('token prints the access token, one newline, and nothing else', async () => {
    daemon.on('GET /v1/connections/work/access-token', () => lease())
    assert.deepEqual(await fob('token', 'work'), { code: 0, out: `${TOKEN}\n`, err: '' })
  })

  test('token passes --min-validity on', async () => {
    daemon.on('GET /v1/connections/work/access-token?min_validity=300', () => lease())
    assert.equal((await fob('token', 'work', '--min-validity', '300')).code, 0)
  })

  test('status --json is the answer of the daemon', async () => {
    const { code, out } = await fob('status', '--json')
    assert.equal(code, 0)
    assert.deepEqual(JSON.parse(out), daemon.status)
  })

  test('status waits while the vault is being read, so that no connection is missing', async () => {
    const reading = {
      ...statusWith(),
      vault: { state: 'locked', keySource: 'keychain', reason: '…', fix: '' },
    }
    let looks = 0
    daemon.on('GET /v1/status', () => (++looks < 3 ? reading : statusWith(connection('work'))))
    assert.match((await fob('status')).out, /work +active/)
  })

  test('refresh, reject and sign-out ask what they say', async () => {
    const refreshed = { connection: 'work', generation: 2, expiresAt: null }
    daemon.on('POST /v1/connections/work/refresh', () => refreshed)
    daemon.on('POST /v1/connections/work/reject', () => ({
      connection: 'work',
      generation: 2,
      replaced: false,
    }))
    const signedOut = { connection: 'work', revoked: false, left: 'ask https://id.example.com to remove it' }
    daemon.on('DELETE /v1/connections/work?forget=true', () => signedOut)
    assert.match((await fob('refresh', 'work')).out, /generation 2, never expires/)
    assert.equal((await fob('reject', 'work', 'lease-12345678')).code, 0)
    const { out, err } = await fob('sign-out', 'work', '--forget')
    assert.equal(out, 'work is signed out and removed\n')
    assert.match(err, /not revoked: ask https/)
  })

  test('wrong usage ends with the help to type, and a bad value is named as it was typed', async () => {
    assert.match((await fob('token')).err, /\n {5}fix: fob token --help\n$/)
    daemon.on('GET /v1/connections/work/access-token?min_validity=-1', () => {
      throw new Refusal('bad_request', 'query.min_validity: use a whole number of seconds')
    })
    const { err } = await fob('token', 'work', '--min-validity', '-1')
    assert.equal(err, 'fob: min_validity: use a whole number of seconds\n     fix: fob help token\n')
  })

  test('vault moves by the words of the command, and a locked one ends with 7', async () => {
    daemon.on('POST /v1/vault', () => ({
      state: 'locked',
      keySource: 'keyFile',
      reason: 'the key is missing',
      fix: 'fob vault unlock',
    }))
    const { code, out } = await fob('vault', 'move', 'key-file')
    assert.equal(code, 7)
    assert.match(out, /fix: fob vault unlock/)
    assert.deepEqual(daemon.asked.at(-1)?.body, { action: 'move', to: 'keyFile' })
    assert.equal((await fob('vault', 'move', 'cloud')).code, 2)
  })

  test('audit --json is one object a line', async () => {
    const entry = {
      time: '2026-01-01T00:00:00.000Z',
      event: 'lease',
      connection: 'work',
      caller: { uid: 1000, pid: 7, executable: '/usr/bin/git' },
      outcome: 'ok',
      generation: 1,
      fingerprint: 'abc',
    }
    daemon.on('GET /v1/audit?limit=2', () => ({ entries: [entry, { ...entry, caller: null }] }))
    const { out } = await fob('audit', '--json', '--lines', '2')
    assert.deepEqual(
      out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as unknown),
      [entry, { ...entry, caller: null }],
    )
    assert.match((await fob('audit', '--lines', '2')).out, /lease work {2}ok {2}\/usr\/bin\/git \(pid 7\)/)
  })

  test('up says that one of this version runs already, and starts nothing', async () => {
    const { code, out } = await fob('up')
    assert.equal(code, 0)
    assert.equal(out, `fob ${VERSION} already running (pid ${process.pid})\n`)
  })

  test('a daemon of another version is asked to hand over to this installation', async () => {
    const other = { product: 'fob', version: '0.0.9', protocol: 1, capabilities: [], pid: 7 }
    let handedOver = false
    daemon.on('GET /v1/hello', () =>
      handedOver ? { ...other, version: VERSION, build: BUILD, pid: 8 } : other,
    )
    daemon.on('POST /v1/shutdown', () => {
      handedOver = true
      return { stopping: true, pid: 7 }
    })
    assert.equal((await fob('up')).out, `fob ${VERSION} handed over (pid 8)\n`)
    const successor = { node: process.execPath, program: '/nonexistent/daemon.mjs' }
    assert.deepEqual(daemon.asked.find(({ line }) => line.startsWith('POST'))?.body, { successor })
  })

  test('so is one of another build of this version', async () => {
    const other = { product: 'fob', version: VERSION, build: 'before', protocol: 1, capabilities: [], pid: 7 }
    let handedOver = false
    daemon.on('GET /v1/hello', () => (handedOver ? { ...other, build: BUILD, pid: 8 } : other))
    daemon.on('POST /v1/shutdown', () => {
      handedOver = true
      return { stopping: true, pid: 7 }
    })
    const { out, err } = await fob('version')
    assert.match(out, /daemon .* \(pid 7\)/)
    assert.match(err, /another version or build[^]*fix: fob up\n$/)
    assert.equal((await fob('up')).out, `fob ${VERSION} handed over (pid 8)\n`)
  })

  test('up tells why a hand-over failed and what mends it, and that the other version goes on', async () => {
    const other = { product: 'fob', version: '0.2.0', protocol: 1, capabilities: [], pid: 7 }
    daemon.on('GET /v1/hello', () => other)
    daemon.on('POST /v1/shutdown', () => {
      const handOverFailed = { at: '2026-01-01T00:00:00.000Z', message: 'no room', fix: 'fob do-this' }
      daemon.status = { ...daemon.status, daemon: { ...daemon.status.daemon, handOverFailed } }
      return { stopping: true, pid: 7 }
    })
    const { code, err } = await fob('up')
    assert.deepEqual([code, err], [1, 'fob: no room; fob 0.2.0 (pid 7) goes on\n     fix: fob do-this\n'])
  })
})
