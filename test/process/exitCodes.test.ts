import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { Home, ran, ROOT } from './home.js'

suite('what a script gets from the command', () => {
  let home: Home

  suiteSetup(async () => void (home = await Home.signedIn({ lifetime: 3_600 })))
  suiteTeardown(() => home?.remove())

  /** A line of a shell script; `fob` is the command. */
  const shell = (script: string): ReturnType<typeof ran> => {
    const env = { ...home.environment, PATH: `${join(ROOT, 'node_modules', '.bin')}:${process.env.PATH}` }
    return ran(spawn('sh', ['-c', script], { env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  test('0: the bare access token and one newline, nothing else', async () => {
    const { accessToken } = await home.lease('sandbox')
    assert.deepEqual(await home.fob('token', 'sandbox'), { code: 0, stdout: `${accessToken}\n`, stderr: '' })
  })

  test('$(fob token x) returns, even when it had to start the daemon', async () => {
    await home.must('down')
    const { code, stdout } = await shell('t=$(fob token sandbox) && printf %s "$t"')
    assert.equal(code, 0)
    assert.equal(stdout, (await home.lease('sandbox')).accessToken)
  })

  for (const words of [
    ['token', 'sandbox'],
    ['refresh', 'sandbox'],
    ['sign-in', 'nobody'],
    // What it lacks is known to the daemon, but that a provider is missing is not worth one.
    ['add'],
  ]) {
    test(`\`fob ${words[0]}\` starts the daemon when none runs, unless it is called wrongly`, async () => {
      await home.must('down')
      await home.fob(...words)
      const { code } = await home.fob('status')
      assert.equal(code, words[0] === 'add' ? 6 : 0)
    })
  }

  test('2: wrong usage, an unknown connection, an existing name', async () => {
    assert.equal((await home.fob('tokken')).code, 2)
    assert.equal((await home.fob('token')).code, 2)
    assert.equal((await home.fob('token', 'sandbox', '--min-validity', 'soon')).code, 2)
    assert.equal((await home.fob('token', 'nobody')).code, 2)
    const before = await home.status()
    const { issuer } = await home.sandbox()
    const again = await home.fob(
      'add',
      'oidc',
      '--name',
      'sandbox',
      '--issuer',
      issuer,
      '--client-id',
      'another',
    )
    assert.equal(again.code, 2)
    assert.match(again.stderr, /fob sign-in sandbox/)
    assert.deepEqual((await home.status()).connections[0]?.generation, before.connections[0]?.generation)
  })

  test('6: no daemon, where none is started', async () => {
    await home.must('down')
    const { code, stderr, stdout } = await home.fob('status')
    assert.equal(code, 6)
    assert.equal(stdout, '')
    assert.match(stderr, /fob up/)
  })

  test('5: the provider cannot be reached, and the access token that still lives is served', async () => {
    await home.must('up')
    await home.must('sandbox', 'stop')
    assert.equal((await home.fob('refresh', 'sandbox')).code, 5)
    assert.equal((await home.fob('token', 'sandbox')).code, 0)
    await home.must('sandbox', 'start')
  })

  test('3: only a new consent helps, and signing in again mends it', async () => {
    await home.revokeAll()
    const refused = await home.fob('refresh', 'sandbox')
    assert.equal(refused.code, 3, refused.stderr)
    assert.match(refused.stderr, /fob sign-in sandbox/)
    await home.must('sign-out', 'sandbox')
    assert.equal((await home.fob('token', 'sandbox')).code, 3)
    await home.signIn('sandbox')
    assert.equal((await home.fob('token', 'sandbox')).code, 0)
  })

  test('7: the vault is locked while its key is away, and nothing is lost', async () => {
    const key = join(home.directory, 'state', 'key')
    const before = await home.lease('sandbox')
    await home.must('down')
    await rename(key, `${key}.away`)
    await home.must('up')
    const refused = await home.fob('token', 'sandbox')
    assert.equal(refused.code, 7, refused.stderr)
    await home.must('down')
    await rename(`${key}.away`, key)
    assert.equal(
      (await home.lease('sandbox').catch(() => home.token('sandbox').then(() => home.lease('sandbox'))))
        .accessToken,
      before.accessToken,
    )
  })
})

suite('two homes side by side', () => {
  const homes: Home[] = []

  suiteTeardown(() => Promise.all(homes.map((home) => home.remove())))

  test('have daemons, sandboxes and tokens of their own, and ending one leaves the other', async () => {
    for (let count = 0; count < 2; count++) homes.push(await Home.signedIn({ lifetime: 3_600 }))
    const [one, other] = homes
    assert.ok(one && other)
    assert.notEqual((await one.status()).daemon.pid, (await other.status()).daemon.pid)
    assert.notEqual((await one.sandbox()).issuer, (await other.sandbox()).issuer)
    const kept = await other.token('sandbox')
    assert.notEqual(await one.token('sandbox'), kept)
    await one.must('down')
    assert.equal(await other.token('sandbox'), kept)
  })
})
