/** A client secret that is not fob's to keep, from the provider to the files it must not reach. */
import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sandboxRoutes } from '../../shared/contract/sandbox.js'
import { control } from '../sandbox/sandboxProcess.js'
import { Home } from './home.js'

suite('a client whose secret is kept elsewhere', () => {
  let home: Home
  /** The team's: no part of the home, which is searched for secrets at the end. */
  let place: string

  setup(async () => {
    home = await Home.make()
    place = await mkdtemp(join(tmpdir(), 'fob-team-'))
    await home.must('sandbox', 'start')
  })
  teardown(async () => {
    await home.remove()
    await rm(place, { recursive: true })
  })

  /** Registers the client at the provider, or gives it another secret: the one before is refused from now on. */
  async function secretFromProvider(): Promise<string> {
    const client = { clientId: 'team', authentication: 'client_secret_basic' }
    const { body } = await control(home.sandboxSocket, 'POST', '/clients', client)
    const { clientSecret } = sandboxRoutes.addClient.answer.parse(body)
    assert.ok(clientSecret !== undefined)
    return clientSecret
  }

  async function file(name: string, content: string, mode = 0o600): Promise<string> {
    const at = join(place, name)
    await writeFile(at, content, { mode })
    await chmod(at, mode)
    return at
  }

  async function added(from: string): Promise<void> {
    const { issuer } = await home.sandbox()
    const client = ['--issuer', issuer, '--client-id', 'team', '--scopes', 'openid offline_access']
    await home.must('add', 'oidc', '--name', 'work', ...client, '--client-secret-from', from)
  }

  test('in a file: signs in and refreshes by it, and by the next one as soon as that is there', async () => {
    const at = await file('secret', `${await secretFromProvider()}\n`)
    await added(`file:${at}`)
    assert.deepEqual((await home.connection('work')).clientSecret, {
      source: `file:${at}`,
      expiresAt: null,
      before: null,
    })
    await home.signIn('work')
    await home.must('refresh', 'work')
    const next = await secretFromProvider()
    const refused = await home.fob('refresh', 'work')
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, /client id or client secret/)
    await file('secret', next)
    await home.must('refresh', 'work')
    assert.equal((await home.connection('work')).state, 'active')
    assert.equal((await home.ledger()).reused, 0)
  })

  test('with a program: a secret changed at provider and manager costs nobody anything', async () => {
    const answer = await file('answer', await secretFromProvider())
    const program = await file('manager', `#!/bin/sh\n[ "$1" = "read it" ] && cat '${answer}'\n`, 0o700)
    await added(`exec:${JSON.stringify([program, 'read it'])}`)
    assert.deepEqual((await home.connection('work')).clientSecret, {
      source: `exec:${program}`,
      expiresAt: null,
      before: null,
    })
    await home.signIn('work')
    await home.must('refresh', 'work')
    await file('answer', await secretFromProvider())
    await home.must('refresh', 'work')
    await home.killDaemon()
    await home.must('up')
    await home.must('refresh', 'work')
    await rm(answer)
    await home.must('down')
    await home.must('up')
    const { generation } = await home.lease('work')
    const refused = await home.fob('refresh', 'work')
    assert.notEqual(refused.code, 0)
    assert.match(refused.stderr, new RegExp(`the client secret's program ${program} ended with exit code 1`))
    const { state, reason } = await home.connection('work')
    assert.equal(state, 'retrying')
    assert.match(reason, /ended with exit code 1; works until/)
    assert.equal((await home.lease('work')).generation, generation)
    assert.match((await home.fob('doctor', 'work')).stdout, /secret of the client could not be read/)
  })

  test('rotated: a wrong one is not kept, a right one is proved, and no crash loses both', async () => {
    const { issuer } = await home.sandbox()
    const words = ['--issuer', issuer, '--client-id', 'team', '--scopes', 'openid offline_access']
    const first = await secretFromProvider()
    const add = ['add', 'oidc', '--name', 'work', ...words, '--client-secret-stdin']
    assert.equal((await home.fobReading(first, ...add)).code, 0)
    await home.signIn('work')
    const rotate = ['provider', 'rotate-secret', 'work']
    const wrong = await home.fobReading('mistyped', ...rotate)
    assert.notEqual(wrong.code, 0)
    assert.match(wrong.stderr, /does not take the new client secret of work; the one before stays in use/)
    await home.must('refresh', 'work')
    const second = await secretFromProvider()
    const soon = new Date(Date.now() + 3 * 86_400_000).toISOString()
    const right = await home.fobReading(second, ...rotate, '--expires', soon, '--json')
    assert.equal(right.code, 0, right.stderr)
    const ahead = /needs you by \w+: the client secret ends\n +fix: fob provider rotate-secret work\n/
    assert.match(await home.must('status'), ahead)
    assert.match(await home.must('doctor', 'work'), /it needs you by .*: the client secret ends/)
    assert.equal((await home.connection('work')).needsYouBy?.at, soon)
    assert.equal((await home.connection('work')).clientSecret?.before?.proof, 'worked')
    await home.killDaemon()
    await home.must('up')
    await home.must('refresh', 'work')
    const record = await home.must('audit')
    for (const line of [/rotateSecret work +provider_refused/, /rotateSecret work +ok/])
      assert.match(record, line)
    assert.equal((await home.ledger()).reused, 0)
  })

  test('killed while the new one is tried: both are there, and the old one serves on', async () => {
    const { issuer } = await home.sandbox()
    const words = ['--issuer', issuer, '--client-id', 'team', '--scopes', 'openid offline_access']
    const add = ['add', 'oidc', '--name', 'work', ...words, '--client-secret-stdin']
    assert.equal((await home.fobReading(await secretFromProvider(), ...add)).code, 0)
    await home.signIn('work')
    const { daemon } = await home.status()
    await home.fault({ kind: 'kill', pids: [daemon.pid], at: 'received', times: 1 })
    await home.fault({ kind: 'hang', times: 1 })
    const cut = await home.fobReading('mistyped', 'provider', 'rotate-secret', 'work')
    assert.notEqual(cut.code, 0)
    await home.must('up')
    assert.notEqual((await home.connection('work')).clientSecret?.before, null)
    await home.must('refresh', 'work')
    const { state, clientSecret } = await home.connection('work')
    assert.deepEqual([state, clientSecret?.before?.proof], ['active', 'failed'])
    assert.match(await home.must('status'), /the one before serves: fob provider rotate-secret work/)
  })

  test('where others may write nothing is read or run, and nothing changes', async () => {
    const secret = await secretFromProvider()
    await added(`file:${await file('secret', secret)}`)
    await home.signIn('work')
    const before = await home.connection('work')
    const ran = join(place, 'ran')
    const program = await file('open', `#!/bin/sh\ntouch '${ran}'\necho x\n`, 0o722)
    await symlink(program, join(place, 'link'))
    const cases: readonly (readonly [string, RegExp, RegExp])[] = [
      [`exec:${program}`, /others may write to .*open/, /chmod go-w/],
      [`exec:${join(place, 'link')}`, /others may write to .*open/, /chmod go-w/],
      [`file:${await file('readable', secret, 0o644)}`, /others may read or write/, /chmod go=/],
      [`file:${join(place, 'missing')}`, /ENOENT/, /ls -l/],
    ]
    for (const [from, message, fix] of cases) {
      const { code, stderr } = await home.fob('provider', 'set-secret', 'work', '--client-secret-from', from)
      assert.notEqual(code, 0)
      assert.match(stderr, message)
      assert.match(stderr, fix)
    }
    await assert.rejects(rm(ran), /ENOENT/)
    assert.deepEqual((await home.connection('work')).clientSecret, before.clientSecret)
    await home.must('refresh', 'work')
  })
})
