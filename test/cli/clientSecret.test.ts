/** Where a client secret may come from: standard input or a place that keeps it, and never the command line. */
import assert from 'node:assert/strict'
import { connection, FakeDaemon } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli/client secret', () => {
  let daemon: FakeDaemon
  const fob = (...words: readonly string[]) => typed(words, { env: daemon.env })

  setup(async () => {
    daemon = await new FakeDaemon().start()
  })

  teardown(() => daemon.remove())

  for (const secret of [['--client-secret', 's3cret'], ['--client-secret=s3cret']]) {
    test(`a secret on the command line (${secret.length} words) is refused and not repeated`, async () => {
      const words = 'add oidc --name work --issuer https://id.example.com --client-id abc'.split(' ')
      const { code, out, err } = await fob(...words, ...secret)
      assert.equal(code, 2)
      assert.match(err, /--client-secret-stdin/)
      assert.ok(!(out + err).includes('s3cret'))
      assert.deepEqual(daemon.lines, [])
    })
  }

  test('provider set-secret reads standard input, and takes no secret as a word', async () => {
    daemon.on('POST /v1/connections/work/client-secret', () => connection('work'))
    const set = ['provider', 'set-secret', 'work']
    assert.equal((await typed(set, { env: daemon.env, input: 'new\n' })).code, 0)
    assert.deepEqual(daemon.asked.at(-1)?.body, { clientSecret: 'new' })
    const ended = await typed([...set, '--expires', '2027-03-01T12:00:00Z'], {
      env: daemon.env,
      input: 'newer',
    })
    assert.equal(ended.code, 0)
    const expiresAt = '2027-03-01T12:00:00.000Z'
    assert.deepEqual(daemon.asked.at(-1)?.body, { clientSecret: 'newer', expiresAt })
    const { code, err } = await fob(...set, 's3cret')
    assert.equal(code, 2)
    assert.ok(!err.includes('s3cret'))
    assert.equal((await typed(set, { env: daemon.env, input: '' })).code, 2)
  })

  const places: readonly (readonly [string, unknown])[] = [
    ['file:/run/secrets/work', { kind: 'file', path: '/run/secrets/work' }],
    ['exec:/usr/bin/pass show  work', { kind: 'exec', argv: ['/usr/bin/pass', 'show', 'work'] }],
    ['exec:["/bin/op","read","a b"]', { kind: 'exec', argv: ['/bin/op', 'read', 'a b'] }],
  ]
  for (const [place, clientSecretFrom] of places) {
    test(`a client secret may stay at ${place}`, async () => {
      daemon.on('POST /v1/connections/work/client-secret', () => connection('work'))
      const set = ['provider', 'set-secret', 'work', '--client-secret-from', place]
      assert.equal((await fob(...set)).code, 0)
      assert.deepEqual(daemon.asked.at(-1)?.body, { clientSecretFrom })
      daemon.on('POST /v1/connections', () => connection('work'))
      const add = [
        'add',
        'oidc',
        '--name',
        'work',
        '--issuer',
        'https://id.example.com',
        '--client-id',
        'abc',
      ]
      assert.equal((await fob(...add, '--client-secret-from', place)).code, 0)
      assert.deepEqual(daemon.asked.at(-1)?.body, {
        ...{ name: 'work', provider: 'oidc', issuer: 'https://id.example.com', clientId: 'abc' },
        clientSecretFrom,
      })
    })
  }

  for (const place of [
    's3cret',
    'file:s3cret',
    'exec:s3cret',
    'exec:',
    'exec:["s3cret',
    'exec:[]',
    'env:s3cret',
  ]) {
    test(`a place like ${place.replace('s3cret', '…')} is refused, and not repeated`, async () => {
      const { code, out, err } = await fob('provider', 'set-secret', 'work', '--client-secret-from', place)
      assert.equal(code, 2)
      assert.match(err, /--client-secret-from is not understood: /)
      assert.match(err, /fob provider set-secret --help/)
      assert.ok(!(out + err).includes('s3cret'))
      assert.ok(!daemon.lines.some((line) => line.startsWith('POST')))
    })
  }

  test('a client secret comes from one place', async () => {
    const add = ['add', 'oidc', '--name', 'work', '--issuer', 'https://id.example.com', '--client-id', 'abc']
    const { code, err } = await fob(...add, '--client-secret-stdin', '--client-secret-from', 'file:/a')
    assert.equal(code, 2)
    assert.match(err, /from standard input or stays where it is, not both/)
  })

  test('provider rotate-secret keeps the old one for a day, or as long as it is told', async () => {
    const told = (proof: 'worked' | 'untried') => ({
      clientSecret: {
        source: 'vault',
        expiresAt: null,
        before: { until: '2030-01-02T00:00:00.000Z', proof },
      },
    })
    daemon.on('POST /v1/connections/work/client-secret/rotation', () => connection('work', told('worked')))
    const rotate = ['provider', 'rotate-secret', 'work']
    const { code, out } = await typed(rotate, { env: daemon.env, input: 'new\n' })
    assert.equal(code, 0)
    assert.match(out, /rotated: the new one works, and the old one is kept until 2030-01-02/)
    assert.deepEqual(daemon.asked.at(-1)?.body, { clientSecret: 'new', overlapSeconds: 86_400 })
    daemon.on('POST /v1/connections/work/client-secret/rotation', () => connection('work', told('untried')))
    const words = [...rotate, '--overlap', '3d', '--client-secret-from', 'file:/run/secrets/work']
    assert.match((await fob(...words)).out, /could not be tried yet; both are kept/)
    assert.deepEqual(daemon.asked.at(-1)?.body, {
      clientSecretFrom: { kind: 'file', path: '/run/secrets/work' },
      overlapSeconds: 259_200,
    })
    const json = JSON.parse((await fob(...words, '--json')).out) as { clientSecret: unknown }
    assert.deepEqual(json.clientSecret, told('untried').clientSecret)
    for (const overlap of ['long', '31d', '-1h']) {
      const wrong = await typed([...rotate, '--overlap', overlap], { env: daemon.env, input: 'new' })
      assert.equal(wrong.code, 2)
      assert.match(wrong.err, /--overlap/)
    }
    assert.equal((await fob(...rotate, 's3cret')).code, 2)
  })
})
