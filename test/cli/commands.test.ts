import assert from 'node:assert/strict'
import { allCommands } from '../../daemon/cli/commands.js'
import { exitOfCode } from '../../daemon/cli/exitCodes.js'
import { ERROR_KINDS, Refusal, type ErrorCode } from '../../shared/contract/errors.js'
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

  test('add sends what was typed, with the secret from standard input alone', async () => {
    daemon.on('POST /v1/connections', () => connection('work'))
    const words = 'add oidc --name work --issuer https://id.example.com --client-id abc --client-secret-stdin'
    const typedWords = [...words.split(' '), '--scopes', 'openid  email', '--flow', 'device']
    const { code, out } = await typed(typedWords, { env: daemon.env, input: 's3cret\n' })
    assert.equal(code, 0)
    assert.match(out, /fob sign-in work/)
    assert.deepEqual(daemon.asked.at(-1)?.body, {
      name: 'work',
      provider: 'oidc',
      issuer: 'https://id.example.com',
      clientId: 'abc',
      scopes: ['openid', 'email'],
      flow: 'device',
      clientSecret: 's3cret',
    })
  })

  test('add static takes the secret from standard input alone, with the day after its last one', async () => {
    daemon.on('POST /v1/connections', () => connection('npm', { flow: 'static', expiresAt: null }))
    const words = 'add static --name npm --expires 2027-03-01 --variable NPM_TOKEN'.split(' ')
    const { code, out } = await typed(words, { env: daemon.env, input: 'npm_s3cret\n' })
    assert.equal(code, 0)
    assert.equal(out, 'stored npm without an end; get it with: fob token npm\n')
    assert.deepEqual(daemon.asked.at(-1)?.body, {
      name: 'npm',
      provider: 'static',
      variable: 'NPM_TOKEN',
      secretExpiresAt: new Date(2027, 2, 2).toISOString(),
      clientSecret: 'npm_s3cret',
    })
  })

  test('add static without a secret, with one as a word, or with no date asks the daemon to add nothing', async () => {
    const words = 'add static --name npm'.split(' ')
    assert.equal((await typed(words, { env: daemon.env, input: '' })).code, 2)
    const asArgument = await fob(...words, '--secret=s3cret')
    assert.equal(asArgument.code, 2)
    assert.match(asArgument.err, /standard input/)
    assert.ok(!(asArgument.out + asArgument.err).includes('s3cret'))
    for (const date of ['soon', '2027-02-30', '2027-13-01']) {
      const { code, err } = await typed([...words, '--expires', date], { env: daemon.env, input: 'secret' })
      assert.equal(code, 2)
      assert.match(err, /is no date: write the last day it works/)
    }
    assert.ok(!daemon.lines.includes('POST /v1/connections'))
  })

  test('add says that there is no such provider before it asks for anything else', async () => {
    daemon.on('POST /v1/connections', () => {
      const fix = 'fob provider list'
      throw new Refusal('unknown_provider', 'there is no provider gitub; did you mean github?', { fix })
    })
    const { code, err } = await fob('add', 'gitub')
    assert.equal(code, 2)
    assert.equal(err, 'fob: there is no provider gitub; did you mean github?\n     fix: fob provider list\n')
  })

  test('add takes capital letters for the slip they are', async () => {
    const { code, err } = await fob('add', 'GitHub')
    assert.equal(code, 2)
    assert.equal(err, 'fob: there is no provider GitHub; did you mean github?\n     fix: fob add github\n')
  })

  test('add says which redirect URI the client has to have, where a browser is sent back', async () => {
    daemon.on('POST /v1/connections', () => connection('work'))
    const { out } = await fob(
      ...'add oidc --name work --issuer https://id.example.com --client-id abc'.split(' '),
    )
    assert.match(
      out,
      /the redirect URI registered for its client has to be http:\/\/127\.0\.0\.1\/callback\n/,
    )
  })

  test('add tells what the server says against the sign-in, with where to mend it, and has added it', async () => {
    const todo = 'see that there is a client abc, and that its redirect URI is http://127.0.0.1/callback'
    const fix = { kind: 'open', place: 'https://id.example.com/apps', todo }
    const doubt = { asked: 'the client abc', said: 'invalid_client: no such client', fix }
    daemon.on('POST /v1/connections', () => ({ ...connection('work'), doubt }))
    const words = 'add oidc --name work --issuer https://id.example.com --client-id abc'.split(' ')
    const { code, out, err } = await fob(...words)
    assert.equal(code, 0)
    assert.match(out, /added work/)
    assert.equal(
      err,
      'the server does not take this sign-in: invalid_client: no such client\n' +
        '  it was asked for the client abc\n' +
        `  fix: at https://id.example.com/apps: ${todo}; then fob sign-in work\n`,
    )
    const asJson: unknown = JSON.parse((await fob(...words, '--json')).out)
    assert.deepEqual(asJson, { ...connection('work'), doubt })
  })

  test('add names all that is missing at once', async () => {
    const { code, err } = await fob('add', 'oidc')
    assert.equal(code, 2)
    assert.match(err, /--issuer, --client-id/)
  })

  test('add says where a client is registered, and with which redirect URI', async () => {
    const { code, err } = await fob('add', 'github')
    assert.equal(code, 2)
    assert.match(
      err,
      /github\.com\/settings\/applications\/new with the redirect URI http:\/\/127\.0\.0\.1\/callback/,
    )
    // The usual flow of an OAuth app wants its secret too, so that nobody is refused twice.
    assert.match(err, /needs --client-id, --client-secret-stdin too/)
    assert.match(err, /fix: fob add github --client-id ID --client-secret-stdin\n/)
  })

  test('add asks for no secret where the flow needs none, nor again for what was given', async () => {
    const byDevice = await fob('add', 'github', '--flow', 'device')
    assert.match(byDevice.err, /needs --client-id too/)
    assert.match(byDevice.err, /fix: fob add github --flow 'device' --client-id ID\n/)
    const withoutSecret = await fob('add', 'github', '--client-id', 'abc')
    assert.match(withoutSecret.err, /needs --client-secret-stdin too\n/)
    assert.match(withoutSecret.err, /fix: fob add github --client-id 'abc' --client-secret-stdin\n/)
  })

  test('add sends whoever has an installation of their own to that, not to github.com and gitlab.com', async () => {
    const missing = async (...words: string[]) => (await fob('add', ...words)).err
    assert.match(
      await missing('github', '--issuer', 'https://git.example.com/'),
      /client at https:\/\/git\.example\.com\/settings\/applications\/new with/,
    )
    assert.match(
      await missing('github-app', '--issuer', 'https://acme.ghe.com'),
      /at https:\/\/acme\.ghe\.com\/settings\/apps\/new with the redirect URI http:\/\/127\.0\.0\.1:34113\/callback/,
    )
    assert.match(
      await missing('gitlab', '--issuer', 'https://example.com/git'),
      /at https:\/\/example\.com\/git\/-\/user_settings\/applications with/,
    )
    // Where only its owner knows the place, the redirect URI is known all the same.
    assert.match(
      await missing('oidc'),
      /register a client at the server with the redirect URI http:\/\/127\.0\.0\.1\/callback/,
    )
    assert.doesNotMatch(await missing('service-account'), /redirect URI/)
  })

  test('provider show says where to register, with which redirect URI, and what can be asked for', async () => {
    const { out } = await fob('provider', 'show', 'gitlab', '--issuer', 'https://git.example.com')
    assert.match(out, /^gitlab: GitLab\n/)
    assert.match(out, /^register +https:\/\/git\.example\.com\/-\/user_settings\/applications$/m)
    assert.match(out, /^redirect +http:\/\/127\.0\.0\.1\/callback$/m)
    assert.match(out, /^scopes +openid read_api read_repository$/m)
    assert.match(out, /^ +ci: openid read_api write_repository$/m)
    assert.match((await fob('provider', 'show', 'okta')).out, /^ +no others: each authorization server/m)
    // Nothing of github.com for an installation of one's own, and no option that is refused.
    const own = await fob('provider', 'show', 'github', '--issuer', 'https://git.example.com')
    assert.doesNotMatch(own.out, /github\.com/)
    assert.match((await fob('provider', 'show', 'github')).out, /^api +https:\/\/api\.github\.com$/m)
    const vault = await fob('provider', 'show', 'vault', '--issuer', 'https://vault.example.com/team')
    assert.match(vault.out, /^api +https:\/\/vault\.example\.com$/m)
    assert.match((await fob('provider', 'show', 'google')).out, /^needs +--client-id --client-secret-stdin$/m)
    // Nobody registers a client there: fob does.
    assert.doesNotMatch((await fob('provider', 'show', 'circleci')).out, /^(register|redirect)/m)
    const unknown = await fob('provider', 'show', 'gitub')
    assert.equal(unknown.err, 'fob: there is no provider gitub\n     fix: fob provider list\n')
  })

  test('wrong usage ends with the help to type, and a bad value is named as it was typed', async () => {
    assert.match((await fob('token')).err, /\n {5}fix: fob token --help\n$/)
    daemon.on('GET /v1/connections/work/access-token?min_validity=-1', () => {
      throw new Refusal('bad_request', 'query.min_validity: use a whole number of seconds')
    })
    const { err } = await fob('token', 'work', '--min-validity', '-1')
    assert.equal(err, 'fob: min_validity: use a whole number of seconds\n     fix: fob help token\n')
  })

  test('add by endpoints says when they are on more than one host, and not when they are on one', async () => {
    daemon.on('POST /v1/connections', () => connection('gate'))
    const add = (token: string) =>
      fob(
        ...'add oauth2 --name gate --client-id abc --authorization-endpoint https://a.example/auth'.split(
          ' ',
        ),
        ...['--token-endpoint', token, '--introspection-endpoint', 'https://a.example/introspect'],
      )
    assert.equal((await add('https://a.example/token')).err, '')
    assert.deepEqual(daemon.asked.at(-1)?.body, {
      name: 'gate',
      provider: 'oauth2',
      clientId: 'abc',
      endpoints: {
        authorization_endpoint: 'https://a.example/auth',
        token_endpoint: 'https://a.example/token',
        introspection_endpoint: 'https://a.example/introspect',
      },
    })
    assert.match((await add('https://b.example/token')).err, /one server: a\.example, b\.example/)
    assert.match((await fob('add', 'oauth2')).err, /needs --token-endpoint, --client-id/)
  })

  test('add shows how the tools of a provider get what they need', async () => {
    daemon.on('POST /v1/connections', () => connection('staging'))
    const words = 'add kubernetes --name staging --issuer https://id.example.com --client-id cluster'
    assert.match(
      (await fob(...words.split(' '))).out,
      /\n.*: fob credential kubernetes staging --kubeconfig\n$/,
    )
  })

  test('add with explicit endpoints needs the token endpoint', async () => {
    const words = 'add oidc --name work --issuer https://id.example.com --client-id abc'.split(' ')
    const { code, err } = await fob(...words, '--authorization-endpoint', 'https://id.example.com/auth')
    assert.equal(code, 2)
    assert.match(err, /fix: fob help add/)
  })

  test('an existing name ends with 2 and the way to sign in', async () => {
    daemon.on('POST /v1/connections', () => {
      throw new Refusal('connection_exists', 'there is a connection work already', {
        fix: 'fob sign-in work',
      })
    })
    const words = 'add oidc --name work --issuer https://id.example.com --client-id abc'.split(' ')
    const { code, err } = await fob(...words)
    assert.equal(code, 2)
    assert.match(err, /fix: fob sign-in work/)
  })

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

suite('cli without a daemon', () => {
  const env = { FOB_HOME: '/nonexistent/fob' }

  for (const words of [['status'], ['reject', 'work', 'lease-12345678'], ['audit'], ['vault', 'status']]) {
    test(`${words.join(' ')} ends with 6 and says how to start one`, async () => {
      const { code, err } = await typed(words, { env })
      assert.equal(code, 6)
      assert.match(err, /fix: fob up/)
    })
  }

  for (const words of [['token', 'work'], ['sign-in', 'work'], ['refresh', 'work'], ['up']]) {
    test(`${words.join(' ')} tries to start one, and says why that failed`, async () => {
      const { code, err } = await typed(words, { env })
      assert.equal(code, 6)
      assert.match(err, /the daemon did not start|nonexistent\/daemon\.mjs/)
    })
  }

  for (const [name, value, range] of [
    ['lifetime', '0', '1 to 86400'],
    ['lifetime', '90000', '1 to 86400'],
    ['lifetime', 'soon', '1 to 86400'],
    ['grace', '-1', '0 to 86400'],
  ] as const) {
    test(`a sandbox with --${name}=${value} is not started, and the range is named`, async () => {
      const env = { FOB_HOME: '/nonexistent' }
      const { code, err } = await typed(['sandbox', 'start', `--${name}=${value}`], { env })
      assert.equal(code, 2)
      assert.match(err, new RegExp(`--${name} takes whole seconds from ${range}, not "${value}"`))
      assert.match(err, new RegExp(`fob sandbox start --${name} 60`))
    })
  }

  test('down is content, and the sandbox is said not to run', async () => {
    assert.deepEqual(await typed(['down'], { env }), { code: 0, out: 'the daemon is not running\n', err: '' })
    const { out } = await typed(['sandbox', 'status', '--json'], { env })
    assert.equal((JSON.parse(out) as { running: unknown }).running, false)
  })

  test('__complete is silent', async () => {
    assert.deepEqual(await typed(['__complete'], { env }), { code: 0, out: '', err: '' })
  })

  test('a FOB_HOME that cannot be used is wrong usage, with what to type', async () => {
    const { code, err } = await typed(['status'], { env: { FOB_HOME: 'here' } })
    assert.equal(code, 2)
    assert.match(err, /fix: export FOB_HOME="\$PWD\/here"/)
  })

  test('a typo is guessed, and ends with 2', async () => {
    const command = await typed(['stauts'], { env })
    assert.equal(command.code, 2)
    assert.match(command.err, /Did you mean status\?/)
    assert.match((await typed(['token', 'work', '--min-valdity', '3'], { env })).err, /--min-validity/)
  })

  test('every command has help with an example, on standard output', async () => {
    for (const command of await allCommands()) {
      if (command.hidden === true) continue
      for (const inner of command.commands ?? [undefined]) {
        const words = [command.name, ...(inner ? [inner.name] : [])]
        const { code, out, err } = await typed([...words, '--help'], { env })
        assert.deepEqual([code, err], [0, ''], words.join(' '))
        assert.match(out, /Examples:\n {2}\S/, words.join(' '))
      }
    }
  })

  test('uninstall removes nothing that no daemon ever owned, and never without a yes', async () => {
    const { code, out } = await typed(['uninstall', '--yes'], { env })
    assert.deepEqual([code, out], [0, 'there is nothing to remove\n'])
  })
})
