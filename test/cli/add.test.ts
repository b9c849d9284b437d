/** Adding a connection: what is sent, what is asked for first, and what is told of the provider. */
import assert from 'node:assert/strict'
import { Refusal } from '../../shared/contract/errors.js'
import { connection, FakeDaemon } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli/add', () => {
  let daemon: FakeDaemon
  const fob = (...words: readonly string[]) => typed(words, { env: daemon.env })

  setup(async () => {
    daemon = await new FakeDaemon().start()
  })

  teardown(() => daemon.remove())

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
    const { code, err } = await fob('add', 'keycloak')
    assert.equal(code, 2)
    assert.match(err, /--issuer, --client-id/)
  })

  test('add asks a person at a terminal for what is missing alone, and says first where a client is made', async () => {
    daemon.on('POST /v1/connections', () => connection('github'))
    const asked = await typed(['add', 'github'], { env: daemon.env, answers: ['Iv1.abc ', 's3cret'] })
    assert.equal(asked.code, 0, asked.err)
    assert.match(
      asked.err,
      /settings\/applications\/new with the redirect URI .*\nClient id: Client secret: \n$/,
    )
    assert.ok(!(asked.out + asked.err).includes('s3cret'))
    const { clientId, clientSecret } = daemon.asked.at(-1)?.body as Record<string, unknown>
    assert.deepEqual([clientId, clientSecret], ['Iv1.abc', 's3cret'])
    const answers = ['https://sso.example.com/realms/work', 'fob']
    const keycloak = await typed(['add', 'keycloak'], { env: daemon.env, answers })
    assert.match(keycloak.err, /^Address of the server.*: register a client at .*\nClient id: $/)
    assert.deepEqual(daemon.asked.at(-1)?.body, {
      name: 'keycloak',
      provider: 'keycloak',
      issuer: 'https://sso.example.com/realms/work',
      clientId: 'fob',
    })
  })

  test('add adds nothing when a question stays without an answer, and asks nobody where JSON is wanted', async () => {
    for (const answers of [[''], []]) {
      const { code, err } = await typed(['add', 'keycloak'], { env: daemon.env, answers })
      assert.equal(code, 2)
      assert.match(err, /nothing was added: --issuer is needed/)
    }
    const forScript = await typed(['add', 'keycloak', '--json'], { env: daemon.env, answers: ['x', 'y'] })
    assert.match(forScript.err, /needs --issuer, --client-id too/)
    assert.ok(!daemon.lines.includes('POST /v1/connections'))
  })

  test('add needs no client id where fob may register a client, and says where it will', async () => {
    daemon.on('POST /v1/connections', () => connection('work'))
    const { code, out } = await fob(...'add oidc --name work --issuer https://id.example.com'.split(' '))
    assert.equal(code, 0)
    assert.match(out, /each sign-in registers a client of fob's own at https:\/\/id\.example\.com\n/)
    const withSecret = await fob(
      ...'add oidc --issuer https://id.example.com --client-secret-stdin'.split(' '),
    )
    assert.match(withSecret.err, /needs --client-id too; register a client at the server with/)
    const alone = await fob(
      ...'add oidc --issuer https://id.example.com --flow client-credentials'.split(' '),
    )
    assert.match(alone.err, /needs --client-id, --client-secret-stdin too/)
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
      await missing('oauth2'),
      /register a client at the server with the redirect URI http:\/\/127\.0\.0\.1\/callback/,
    )
    assert.doesNotMatch(await missing('service-account'), /redirect URI/)
  })

  test('provider show says where to register, with which redirect URI, and what can be asked for', async () => {
    const { out } = await fob('provider', 'show', 'gitlab', '--issuer', 'https://git.example.com')
    assert.match(out, /^gitlab: GitLab\n/)
    assert.doesNotMatch(out, /^address/m)
    const usual = await fob('provider', 'show', 'gitlab')
    assert.match(usual.out, /^address +https:\/\/gitlab\.com; --issuer names an installation of your own$/m)
    const any = await fob('provider', 'show', 'oidc')
    assert.match(any.out, /^needs +--issuer \[--client-id\]\nregister .*\n +fob does it by itself where/m)
    assert.doesNotMatch((await fob('provider', 'show', 'keycloak')).out, /by itself/)
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
})
