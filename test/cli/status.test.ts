import assert from 'node:assert/strict'
import { Status } from '../../shared/contract/connection.js'
import { columns, relative, shortened, widthOf } from '../../daemon/cli/lines.js'
import { connection, FakeDaemon, statusWith } from './fakeDaemon.js'
import { typed } from './typed.js'

suite('cli/status', () => {
  let daemon: FakeDaemon

  setup(async () => {
    daemon = await new FakeDaemon().start()
    daemon.status = statusWith(
      connection('work', { scopes: ['https://example.com/a.very.long.scope', 'and.another.one.of.them'] }),
      connection('old', {
        state: 'consentRequired',
        reason: 'the grant was revoked',
        fix: 'fob sign-in old',
        expiresAt: '2020-01-01T00:00:00.000Z',
      }),
      connection('new', { state: 'signedOut', account: null, expiresAt: null, generation: 0 }),
    )
  })

  teardown(() => daemon.remove())

  test('a program gets whole lines without colour', async () => {
    const { out } = await typed(['status'], { env: daemon.env })
    assert.ok(!out.includes('\u001b'))
    assert.match(
      out,
      /work +active +kim@example\.com +in \d+ d +https:\/\/example\.com\/a\.very\.long\.scope and/,
    )
    assert.match(out, /! +old +sign-in needed +kim@example\.com +expired/)
    assert.match(out, /the grant was revoked\n +fix: fob sign-in old\n/)
  })

  test('a stored secret that has ended asks for a new one, not for a sign-in', async () => {
    const fix = 'fob provider set-secret npm'
    const reason = 'the stored secret has ended'
    daemon.status = statusWith(connection('npm', { flow: 'static', state: 'consentRequired', reason, fix }))
    const { out } = await typed(['status'], { env: daemon.env })
    assert.match(out, /! +npm +new secret needed/)
    assert.match(out, /the stored secret has ended\n +fix: fob provider set-secret npm\n/)
  })

  test('a rotation of the client secret is told, and which of the two serves', async () => {
    const secret = (proof: 'untried' | 'worked' | 'failed') => ({
      clientSecret: {
        source: 'vault',
        expiresAt: null,
        before: { until: '2099-01-01T00:00:00.000Z', proof },
      },
    })
    daemon.status = statusWith(
      connection('one', secret('worked')),
      connection('two', secret('failed')),
      connection('three', secret('untried')),
    )
    const { out } = await typed(['status'], { env: daemon.env })
    assert.match(out, /one [^]*before the new one goes in \d+ d[^]*two /)
    assert.match(out, /two [^]*the one before serves: fob provider rotate-secret two\n[^]*three /)
    assert.match(out, /three [^]*is not tried yet; the one before is kept/)
  })

  test('what will need a person is told with the day and the command, and in JSON as it is', async () => {
    const at = new Date(Date.now() + 3 * 86_400_000).toISOString()
    const ends = { matter: 'grant', why: 'the stored secret ends', known: 'named' } as const
    const needsYouBy = { at, ...ends, fix: 'fob provider set-secret npm' }
    daemon.status = statusWith(connection('npm', { needsYouBy }))
    const { out } = await typed(['status'], { env: daemon.env })
    assert.match(out, /needs you by \w+day: the stored secret ends\n +fix: fob provider set-secret npm\n/)
    const json = Status.parse(JSON.parse((await typed(['status', '--json'], { env: daemon.env })).out))
    assert.deepEqual(json.connections[0]?.needsYouBy, needsYouBy)
  })

  test('on a terminal no row of the table is wider than it, and states have colours', async () => {
    const { out } = await typed(['status'], { env: daemon.env, terminal: 80 })
    const table = out.split('\n\n')[0] ?? ''
    assert.ok(table.includes('\u001b[32m'))
    for (const line of table.split('\n')) assert.ok(widthOf(line) <= 80, line)
  })

  test('one connection is shown whole, with what its scopes drifted to', async () => {
    const hint = 'the provider did not grant write'
    const drift = { missing: ['write'], extra: [], unused: [], hint }
    const scopes = { scopesAsked: ['read', 'write'], scopesUsed: ['read'] }
    daemon.status = statusWith(connection('work', { drift, ...scopes }), connection('home', { leases: 3 }))
    const { out } = await typed(['status', 'work'], { env: daemon.env })
    assert.match(out, /work +active .*\n +scopes: the provider did not grant write\n\n/)
    assert.match(
      out,
      /account +kim@example\.com, id \S+\ngranted +openid email\nasked +read write\nused +read\n/,
    )
    assert.match(
      (await typed(['status', 'home'], { env: daemon.env })).out,
      /used +not known: callers name no/,
    )
    assert.match((await typed(['status'], { env: daemon.env })).out, /\n +scopes: the provider did not grant/)
    const json = await typed(['status', 'work', '--json'], { env: daemon.env })
    assert.deepEqual(JSON.parse(json.out), daemon.status.connections[0])
    assert.equal((await typed(['status', 'nobody'], { env: daemon.env })).code, 2)
  })

  test('--claims lists groups and roles by the name of their claim', async () => {
    const claims = { groups: ['makers', 'admins'], 'realm_access.roles': ['x'] }
    daemon.status = statusWith(connection('work', { claims }), connection('home'))
    const { out } = await typed(['status', '--claims'], { env: daemon.env })
    assert.equal(out, 'work  groups              makers, admins\nwork  realm_access.roles  x\n')
    const none = await typed(['status', 'home', '--claims'], { env: daemon.env })
    assert.match(none.out, /^No provider says anything of groups or roles/)
  })

  test('NO_COLOR and a dumb terminal are honoured', async () => {
    for (const wish of [{ NO_COLOR: '1' }, { TERM: 'dumb' }]) {
      const { out } = await typed(['status'], { env: { ...daemon.env, ...wish }, terminal: 80 })
      assert.ok(!out.includes('\u001b'), JSON.stringify(wish))
    }
  })

  test('a terminal without Unicode gets letters', async () => {
    const { out } = await typed(['status'], { env: { ...daemon.env, LC_ALL: 'C' } })
    assert.match(out, /^\* +work/m)
  })

  test('without connections it says how to add one', async () => {
    daemon.status = statusWith()
    assert.match((await typed(['status'], { env: daemon.env })).out, /No connections yet.*\n +fob add oidc/)
  })

  test('what is about fob.json is one line with the command', async () => {
    const reason = '1 rule of fob.json is not in force until you accept it'
    daemon.status = {
      ...statusWith(connection('work')),
      settings: { kind: 'waiting', reason, fix: 'fob config accept' },
    }
    const { out } = await typed(['status'], { env: daemon.env })
    assert.match(out, new RegExp(`^settings +${reason}: fob config accept$`, 'm'))
  })

  test('a locked vault and files set aside are shown with what to do', async () => {
    daemon.status = {
      ...statusWith(),
      vault: { state: 'locked', keySource: 'keychain', reason: 'it is locked', fix: 'fob vault unlock' },
      quarantined: ['/state/quarantine/x'],
    }
    const { out } = await typed(['status'], { env: daemon.env })
    assert.match(out, /locked, key in the keychain\n +it is locked\n/)
    assert.match(out, /fob vault unlock/)
    assert.match(out, /\/state\/quarantine\/x/)
  })
})

suite('cli/lines', () => {
  test('columns align by what is seen, colours not counted', () => {
    assert.deepEqual(
      columns([
        ['\u001b[1mab\u001b[22m', 'x'],
        ['a', 'y'],
        ['abc', ''],
      ]),
      ['\u001b[1mab\u001b[22m   x', 'a    y', 'abc'],
    )
  })

  test('times read as a person says them', () => {
    const at = (ms: number): string => relative(new Date(1_000_000 + ms).toISOString(), 1_000_000)
    assert.deepEqual([45_000, 119_000, 720_000, 7_500_000, 200_000_000, -10_800_000].map(at), [
      'in 45 s',
      'in 119 s',
      'in 12 min',
      'in 2 h',
      'in 2 d',
      '3 h ago',
    ])
  })

  test('what is too long is cut with a mark', () => {
    assert.equal(shortened('abcdef', 4), 'abc…')
    assert.equal(shortened('abcd', 4), 'abcd')
  })
})
