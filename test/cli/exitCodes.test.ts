/** What a script can tell from how a command ends. */
import assert from 'node:assert/strict'
import { exitOfCode } from '../../daemon/cli/exitCodes.js'
import { ERROR_KINDS, Refusal, type ErrorCode } from '../../shared/contract/errors.js'
import { FakeDaemon } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli/exit codes', () => {
  let daemon: FakeDaemon
  const fob = (...words: readonly string[]) => typed(words, { env: daemon.env })

  setup(async () => {
    daemon = await new FakeDaemon().start()
  })

  teardown(() => daemon.remove())

  for (const [code, exit] of Object.entries(exitOfCode)) {
    if (code === 'stopping') continue
    test(`a refusal with ${code} ends with ${exit}, its message and its fix`, async () => {
      daemon.on('GET /v1/connections/work/access-token', () => {
        throw new Refusal(code as ErrorCode, 'the reason', { fix: 'fob do-this' })
      })
      const { code: ended, out, err } = await fob('token', 'work')
      assert.deepEqual([ended, out], [exit, ''])
      assert.equal(err, 'fob: the reason\n     fix: fob do-this\n')
    })
  }

  test('the exit codes scripts branch on are those that were promised', () => {
    const promised = {
      connection_exists: 2,
      unknown_connection: 2,
      bad_request: 2,
      consent_required: 3,
      refused_by_policy: 4,
      provider_refused: 5,
      provider_unreachable: 5,
      retry_later: 5,
      vault_locked: 7,
    }
    assert.deepEqual({ ...exitOfCode, ...promised }, exitOfCode)
  })

  test('every code of the contract has an exit code, and none is 0', () => {
    assert.deepEqual(Object.keys(exitOfCode).sort(), Object.keys(ERROR_KINDS).sort())
    assert.ok(Object.values(exitOfCode).every((exit) => exit >= 1 && exit <= 7))
  })

  test('a setting at fault is wrong usage, a provider that refuses is not', async () => {
    const misconfigured = (field?: string) => () => {
      throw new Refusal('misconfigured', 'no', field === undefined ? {} : { field })
    }
    daemon.on('GET /v1/connections/work/access-token', misconfigured('body.issuer'))
    assert.equal((await fob('token', 'work')).code, 2)
    daemon.on('GET /v1/connections/work/access-token', misconfigured())
    assert.equal((await fob('token', 'work')).code, 5)
  })

  test('retry-later says when it is worth another try', async () => {
    daemon.on('GET /v1/connections/work/access-token', () => {
      throw new Refusal('retry_later', 'no network', { retryAt: Date.now() + 9_500 })
    })
    assert.match((await fob('token', 'work')).err, /no network \(worth another try in (9|10) s\)/)
  })
})
