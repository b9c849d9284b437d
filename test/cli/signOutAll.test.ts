import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { connection, FakeDaemon, statusWith } from './fakeDaemon.js'
import { typed } from './typed.js'

const asked = (name: string, forget: boolean): string =>
  `DELETE /v1/connections/${name}?forget=${String(forget)}&verify=true`

suite('cli/sign-out --all', () => {
  let daemon: FakeDaemon
  const fob = (...words: readonly string[]) => typed(words, { env: daemon.env })

  setup(async () => {
    daemon = await new FakeDaemon().start()
    daemon.status = statusWith(connection('work'), connection('old'), connection('stuck'))
    for (const forget of [true, false]) {
      daemon.on(asked('work', forget), () => ({
        connection: 'work',
        revoked: true,
        left: '',
        probe: 'refused',
      }))
      daemon.on(asked('old', forget), () => ({
        connection: 'old',
        revoked: false,
        left: 'the provider has no way to revoke the access token; end it in your account settings: https://x',
        probe: 'taken',
      }))
      daemon.on(asked('stuck', forget), () => {
        throw new Refusal('store_unwritable', 'the disk is full')
      })
    }
  })
  teardown(() => daemon.remove())

  test('every grant is revoked and verified; what is left is listed with where to click, and it ends with 5', async () => {
    const { code, out } = await fob('sign-out', '--all', '--yes', '--forget')
    assert.equal(code, 5)
    assert.match(out, /^work +revoked, and verified\nold +not revoked\nstuck +not revoked\n\nBy hand:\n/)
    assert.match(out, /\n {2}old: the provider has no way .* settings: https:\/\/x\n/)
    assert.match(out, /\n {2}stuck: the disk is full\n/)
  })

  test('when nothing is left it ends with 0', async () => {
    daemon.status = statusWith(connection('work'))
    const { code, out } = await fob('sign-out', '--all', '--yes')
    assert.deepEqual([code, out], [0, 'work  revoked, and verified\n'])
  })

  test('a program gets every answer', async () => {
    const { code, out } = await fob('sign-out', '--all', '--yes', '--json')
    assert.equal(code, 5)
    const { connections } = JSON.parse(out) as { connections: { connection: string; probe?: string }[] }
    assert.deepEqual(
      connections.map(({ connection: name, probe }) => [name, probe]),
      [
        ['work', 'refused'],
        ['old', 'taken'],
        ['stuck', undefined],
      ],
    )
  })

  test('without a yes nothing is revoked', async () => {
    const { code, err } = await fob('sign-out', '--all')
    assert.equal(code, 2)
    assert.match(err, /nothing was revoked\n.*fob sign-out --all --yes/)
    assert.ok(!daemon.lines.some((line) => line.startsWith('DELETE')))
  })

  for (const words of [['sign-out'], ['sign-out', 'work', '--all']]) {
    test(`fob ${words.join(' ')} is wrong usage`, async () => {
      assert.equal((await fob(...words)).code, 2)
      assert.ok(!daemon.lines.some((line) => line.startsWith('DELETE')))
    })
  }

  test('a locked vault is said, and is no empty list', async () => {
    const locked = {
      state: 'locked',
      keySource: 'keychain',
      reason: 'locked',
      fix: 'fob vault unlock',
    } as const
    daemon.status = { ...statusWith(), vault: locked }
    const { code, err } = await fob('sign-out', '--all', '--yes')
    assert.equal(code, 7)
    assert.match(err, /fix: fob vault unlock/)
  })
})
