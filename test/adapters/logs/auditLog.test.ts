import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { AuditLog } from '../../../daemon/adapters/logs/auditLog.js'
import { Secret } from '../../../daemon/core/secret.js'
import type { AuditEntry } from '../../../shared/contract/audit.js'
import { Refusal } from '../../../shared/contract/errors.js'

const module = new URL('../../../daemon/adapters/logs/auditLog.js', import.meta.url).href

const entry = (generation: number, connection = 'sandbox'): AuditEntry => ({
  time: '2030-01-01T00:00:00.000Z',
  event: 'lease',
  connection,
  caller: { uid: 1, pid: 2, executable: '/bin/sh' },
  outcome: 'ok',
  generation,
  fingerprint: 'abc',
})

const generations = (entries: AuditEntry[]): number[] => entries.map(({ generation }) => generation)

suite('audit log', () => {
  let home = ''
  let path = ''

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'fob-audit-'))
    path = join(home, 'audit', 'audit.log')
  })

  teardown(() => rmSync(home, { recursive: true }))

  test('a line is in the file, readable by nobody else, when record returns', () => {
    const previous = process.umask(0)
    try {
      new AuditLog(path).record(entry(1))
    } finally {
      process.umask(previous)
    }
    assert.deepEqual(JSON.parse(readFileSync(path, 'utf8')), entry(1))
    assert.equal(statSync(path).mode & 0o777, 0o600)
    assert.equal(statSync(join(home, 'audit')).mode & 0o777, 0o700)
  })

  test('read gives the newest lines in order, across rotated files', () => {
    const log = new AuditLog(path, { maxBytes: 1_000, files: 3 })
    for (let generation = 1; generation <= 12; generation++) log.record(entry(generation))
    assert.ok(statSync(`${path}.1`).size > 0)
    assert.deepEqual(generations(log.read(8, undefined)), [5, 6, 7, 8, 9, 10, 11, 12])
  })

  test('no more files are kept than allowed', () => {
    const log = new AuditLog(path, { maxBytes: 150, files: 3 })
    for (let generation = 1; generation <= 9; generation++) log.record(entry(generation))
    assert.deepEqual(generations(log.read(100, undefined)), [7, 8, 9])
    assert.throws(() => statSync(`${path}.3`), /ENOENT/)
  })

  test('read can be narrowed to one connection', () => {
    const log = new AuditLog(path)
    log.record(entry(1, 'a'))
    log.record(entry(2, 'b'))
    log.record(entry(3, 'a'))
    assert.deepEqual(generations(log.read(10, 'a')), [1, 3])
    assert.deepEqual(generations(log.read(1, 'a')), [3])
    assert.deepEqual(log.read(10, 'c'), [])
  })

  test('nothing recorded yet reads as nothing', () => {
    assert.deepEqual(new AuditLog(path).read(10, undefined), [])
  })

  test('lines longer than a chunk and many lines read back whole', () => {
    const log = new AuditLog(path)
    const long = { ...entry(1), outcome: 'ü'.repeat(100_000) }
    log.record(long)
    for (let generation = 2; generation <= 1_000; generation++) log.record(entry(generation))
    const [first, ...rest] = log.read(5_000, undefined)
    assert.deepEqual(first, long)
    assert.equal(rest.length, 999)
  })

  test('a line torn by a kill is passed over and never glued to the next', () => {
    new AuditLog(path).record(entry(1))
    appendFileSync(path, '{"time":"2030-01-01T00:00')
    const log = new AuditLog(path)
    log.record(entry(2))
    assert.deepEqual(generations(log.read(10, undefined)), [1, 2])
  })

  test('what was recorded before kill -9 is there after it', async () => {
    const program = `import { AuditLog } from ${JSON.stringify(module)}
      const log = new AuditLog(${JSON.stringify(path)})
      for (let generation = 1; ; generation++) {
        log.record({ ...${JSON.stringify(entry(0))}, generation })
        process.stdout.write(generation + '\\n')
        await new Promise((resolve) => setImmediate(resolve))
      }`
    const child = spawn(process.execPath, ['--input-type=module', '-e', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    let said = ''
    child.stdout.on('data', (bytes: Buffer) => {
      said += bytes.toString()
      if (said.length > 2_000) child.kill('SIGKILL')
    })
    await once(child, 'close')
    const answered = said.split('\n').slice(0, -1).length
    const log = new AuditLog(path)
    log.record(entry(0))
    const kept = generations(log.read(100_000, undefined))
    assert.ok(kept.length - 1 >= answered, `${answered} answered, ${kept.length - 1} kept`)
    assert.deepEqual(
      kept,
      kept.map((_, index) => (index + 1) % kept.length),
    )
  })

  test('a deleted file is made again instead of writing where nobody can read', () => {
    const log = new AuditLog(path)
    log.record(entry(1))
    unlinkSync(path)
    log.record(entry(2))
    assert.deepEqual(generations(log.read(10, undefined)), [2])
  })

  test('what cannot be written refuses with store_unwritable and a command to type', () => {
    writeFileSync(join(home, 'audit'), 'in the way')
    assert.throws(
      () => new AuditLog(path).record(entry(1)),
      (error) =>
        error instanceof Refusal && error.code === 'store_unwritable' && error.fix.includes('ls -la'),
    )
  })

  test('a symbolic link in the place of the file is refused', () => {
    mkdirSync(join(home, 'audit'))
    writeFileSync(join(home, 'victim'), '')
    symlinkSync(join(home, 'victim'), path)
    assert.throws(() => new AuditLog(path).record(entry(1)), /ELOOP/)
    assert.equal(readFileSync(join(home, 'victim'), 'utf8'), '')
  })

  test('fingerprints are short, equal for equal secrets, stable over restarts and keyed', () => {
    const first = new AuditLog(path).fingerprint(new Secret('token'))
    assert.match(first, /^[\w-]{12}$/)
    assert.equal(new AuditLog(path).fingerprint(new Secret('token')), first)
    assert.notEqual(new AuditLog(path).fingerprint(new Secret('other')), first)
    assert.notEqual(new AuditLog(join(home, 'second', 'a')).fingerprint(new Secret('token')), first)
    assert.equal(statSync(join(home, 'audit', 'fingerprint.key')).mode & 0o777, 0o600)
  })
})
