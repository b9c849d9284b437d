import assert from 'node:assert/strict'
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { connection, FakeDaemon, statusWith } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli/simulate', () => {
  let daemon: FakeDaemon
  const fob = (...words: readonly string[]) => typed(words, { env: daemon.env })
  let simulated: ConnectionStatus

  setup(async () => {
    daemon = await new FakeDaemon().start()
    simulated = connection('work', {
      state: 'consentRequired',
      reason: 'the grant was revoked (simulated)',
      fix: 'fob sign-in work',
      simulation: { kind: 'revoke', until: new Date(Date.now() + 3_599_000).toISOString() },
    })
    daemon.on('POST /v1/simulate', () => simulated)
  })
  teardown(() => daemon.remove())

  const bodies = (): unknown[] =>
    daemon.asked.flatMap(({ line, body }) => (line === 'POST /v1/simulate' ? [body] : []))

  test('it says what is pretended, until when, and how to end it', async () => {
    const { code, out } = await fob('simulate', 'work', 'revoke')
    assert.equal(code, 0)
    assert.match(out, /^work simulates revoke; over in 59 min, or with: fob simulate work stop\n$/)
    assert.deepEqual(bodies(), [
      { action: 'start', connection: 'work', kind: 'revoke', seconds: 300, really: false },
    ])
  })

  test('--for takes seconds, minutes and hours', async () => {
    for (const time of ['90s', '5m', '1h']) await fob('simulate', 'work', 'offline', '--for', time)
    const seconds = bodies().map((body) => (body as { seconds: number }).seconds)
    assert.deepEqual(seconds, [90, 300, 3_600])
  })

  for (const time of ['5', 'soon', '0s', '25h', '-1m', '5 m']) {
    test(`--for ${time} is wrong usage`, async () => {
      const { code, err } = await fob('simulate', 'work', 'offline', `--for=${time}`)
      assert.equal(code, 2)
      assert.match(err, /--for takes a time such as 90s, 5m or 1h/)
      assert.deepEqual(bodies(), [])
    })
  }

  test('an unknown trouble is refused with the known ones', async () => {
    const { code, err } = await fob('simulate', 'work', 'flood')
    assert.equal(code, 2)
    assert.match(err, /no trouble called "flood"; there is expire, revoke, .*clock-skew, stop/)
  })

  test('stop ends it', async () => {
    daemon.on('POST /v1/simulate', () => connection('work'))
    const { out } = await fob('simulate', 'work', 'stop')
    assert.equal(out, 'work is active\n')
    assert.deepEqual(bodies(), [{ action: 'stop', connection: 'work' }])
  })

  test('--really is done only after a yes, which a script has to say beforehand', async () => {
    const { code, err } = await fob('simulate', 'work', 'revoke', '--really')
    assert.equal(code, 2)
    assert.match(err, /nothing was revoked\n.*fob simulate work revoke --really --yes/)
    assert.deepEqual(bodies(), [])
    assert.equal((await fob('simulate', 'work', 'revoke', '--really', '--yes')).code, 0)
    assert.equal((bodies()[0] as { really: boolean }).really, true)
  })

  test('status shows it below its connection', async () => {
    daemon.status = statusWith(simulated, connection('home'))
    const { out } = await fob('status')
    assert.match(
      out,
      /revoked \(simulated\)\n.*\n +simulated revoke, over in 59 min; end it with: fob simulate work stop\n. +home/,
    )
  })
})
