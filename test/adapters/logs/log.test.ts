import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { errorFacts, openLog, withoutSecrets } from '../../../daemon/adapters/logs/log.js'
import { Secret } from '../../../daemon/core/secret.js'

suite('log', () => {
  let home = ''
  let path = ''

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'fob-log-'))
    path = join(home, 'fob.log')
  })

  teardown(() => rmSync(home, { recursive: true }))

  test('lines are JSON with level, time and facts, in a file of one’s own', () => {
    openLog(path, 'info').info({ connection: 'sandbox' }, 'refreshed')
    assert.match(readFileSync(path, 'utf8'), /"level":"info".*"connection":"sandbox".*"msg":"refreshed"/)
    assert.equal(statSync(path).mode & 0o777, 0o600)
  })

  test('the level from the settings decides what is written', () => {
    const log = openLog(path, 'warn')
    log.info({}, 'quiet')
    log.warn({}, 'loud')
    assert.doesNotMatch(readFileSync(path, 'utf8'), /quiet/)
    assert.match(readFileSync(path, 'utf8'), /loud/)
  })

  test('a secret leaves no trace by type, by field name or inside an error', () => {
    const hidden = 'hunter2hunter2'
    const cause = Object.assign(new Error(`body was access_token=${hidden}&x=1`), { body: hidden })
    const error = new Error(`Authorization: Bearer ${hidden}`, { cause })
    const log = openLog(path, 'debug')
    log.error({ err: error, wrapped: { deep: new Secret(hidden) } }, 'by type and error')
    log.error({ accessToken: hidden, answer: { refresh_token: hidden, code: hidden } }, 'by name')
    const written = readFileSync(path, 'utf8')
    assert.ok(!written.includes(hidden), written)
    assert.match(written, /body was access_token=\[secret\]&x=1/)
  })

  test('it rotates by size and keeps three files', () => {
    const log = openLog(path, 'info', { maxBytes: 200, files: 3 })
    for (let line = 0; line < 10; line++) log.info({ line }, 'x'.repeat(100))
    assert.ok(existsSync(`${path}.2`))
    assert.ok(!existsSync(`${path}.3`))
    assert.match(readFileSync(path, 'utf8'), /"line":9/)
  })

  test('a place that cannot be written does not throw', () => {
    openLog(join(home, 'missing', 'fob.log'), 'info').info({}, 'lost')
  })

  test('token-like text is struck out and ordinary text is not', () => {
    assert.equal(withoutSecrets('got eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2ln back'), 'got [secret] back')
    assert.equal(withoutSecrets('{"refresh_token":"abcdefgh1234"}'), '{"refresh_token":"[secret]"}')
    const plain = 'connect ECONNREFUSED 127.0.0.1:4000 (code: ok)'
    assert.equal(withoutSecrets(plain), plain)
  })

  test('what is thrown and is no error is kept as text', () => {
    assert.deepEqual(errorFacts('boom'), { message: 'boom' })
  })
})
