import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gitVariables, TERMINAL_FILES } from '../../shared/contract/terminal.js'
import { Home, ran, type Ran } from '../process/home.js'
import { GitServer, type Door } from './gitServer.js'

suite('git asks fob for each credential', function () {
  this.timeout(60_000)
  let place = ''
  let home: Home
  let server: GitServer
  /** The user names and passwords of a host that is none of fob's. */
  let elsewhere: GitServer
  /** Where two accounts have repositories. */
  let shared: GitServer

  suiteSetup(async () => {
    place = mkdtempSync(join(tmpdir(), 'fob-git-'))
    home = await Home.make()
    const [root, other, both] = [join(place, 'served'), join(place, 'other'), join(place, 'shared')]
    for (const folder of [root, other, both, join(place, 'person')]) mkdirSync(folder)
    const byUserinfo: Door = async (username, password) => {
      const { issuer } = await home.sandbox()
      const userinfo = `${issuer.replace(/\/$/, '')}/userinfo`
      const answer = await fetch(userinfo, { headers: { authorization: `Bearer ${password}` } })
      return username === 'oauth2' && answer.ok
    }
    server = await GitServer.listen(root, byUserinfo)
    shared = await GitServer.listen(both, byUserinfo)
    elsewhere = await GitServer.listen(other, async (_username, password) => password === 'of the person')
    mkdirSync(join(home.directory, 'config'))
    writeFileSync(
      join(home.directory, 'config', 'fob.json'),
      JSON.stringify({
        delivery: {
          git: [
            { host: server.host, connection: 'sandbox' },
            { host: shared.host, connection: 'sandbox' },
            { host: shared.host, path: 'acme', connection: 'second' },
          ],
        },
      }),
    )
    await home.must('sandbox', 'start')
    for (const name of ['sandbox', 'second']) {
      await home.addSandbox(name)
      await home.signIn(name)
    }
    // Helpers the person has already: what they keep must not come between, and must go on serving other hosts.
    writeFileSync(
      join(place, 'person', '.gitconfig'),
      `[credential]\n\thelper = store --file=${join(place, 'stored')}\n`,
    )
    writeFileSync(
      join(place, 'stored'),
      `http://me:stale@127.0.0.1%3a${server.host.split(':')[1]}\n` +
        `http://me:of%20the%20person@127.0.0.1%3a${elsewhere.host.split(':')[1]}\n`,
      { mode: 0o600 },
    )
  })

  suiteTeardown(async () => {
    for (const each of [server, elsewhere, shared]) await each.close()
    await home.remove()
    rmSync(place, { recursive: true, force: true })
  })

  setup(() => {
    for (const each of [server, elsewhere, shared]) each.brought.length = 0
  })

  /** A terminal of the editor: constants, and nothing else of fob's. */
  function git(...words: string[]): Promise<Ran> {
    const constants = gitVariables([join(home.directory, 'run', TERMINAL_FILES.git)], 0)
    const env = {
      PATH: process.env['PATH'],
      HOME: join(place, 'person'),
      GIT_TERMINAL_PROMPT: '0',
      ...constants,
    }
    return ran(spawn('git', words, { cwd: place, env, stdio: ['ignore', 'pipe', 'pipe'] }))
  }

  const helper = (operation: string, input: string): Promise<Ran> =>
    home.fobReading(input, 'credential', 'git', operation)

  const question = (): string => `protocol=http\nhost=${server.host}\n`

  test('a clone brings the access token, and no stored password of another helper', async () => {
    const { code, stderr } = await git('clone', '-q', server.url, 'clone')
    assert.equal(code, 0, stderr)
    const { accessToken } = await home.lease('sandbox')
    assert.deepEqual([...new Set(server.brought)], ['', accessToken])
    assert.ok(existsSync(join(place, 'clone', '.git')))
    assert.ok(!readFileSync(join(place, 'stored'), 'utf8').includes(accessToken), 'no helper stored it')
  })

  test('an access token that the server refuses is replaced, and the next fetch goes well', async () => {
    const refused = await home.lease('sandbox')
    const answer = await helper('erase', `${question()}username=oauth2\npassword=${refused.accessToken}\n\n`)
    assert.deepEqual(answer, { code: 0, stdout: '', stderr: '' })
    const fetched = await git('-C', 'clone', 'fetch', '-q')
    assert.equal(fetched.code, 0, fetched.stderr)
    assert.ok(!server.brought.includes(refused.accessToken))
    const { generation } = await home.connection('sandbox')
    assert.ok(generation > refused.generation)
  })

  test('a password that fob did not give is not erased', async () => {
    const before = await home.lease('sandbox')
    const answer = await helper('erase', `${question()}username=me\npassword=another\n\n`)
    assert.deepEqual(answer, { code: 0, stdout: '', stderr: '' })
    assert.equal((await home.lease('sandbox')).accessToken, before.accessToken)
  })

  test('the same terminal fetches again after the access token has expired', async () => {
    const before = await home.lease('sandbox')
    await home.set({ lifetime: 1 })
    await home.must('refresh', 'sandbox')
    await pause(1_500)
    await home.set({ lifetime: 60 })
    const { code, stderr } = await git('-C', 'clone', 'fetch', '-q')
    assert.equal(code, 0, stderr)
    const brought = server.brought.filter((password) => password !== '')
    assert.ok(brought.length > 0 && !brought.includes(before.accessToken))
  })

  test('of two accounts on one host the path decides, or the user that the URL or a setting names', async () => {
    const [first, second] = [await home.lease('sandbox'), await home.lease('second')]
    const asUser = shared.url.replace('//', '//second@')
    const setting = ['-c', `credential.http://${shared.host}.username=second`]
    for (const [words, lease] of [
      [['clone', '-q', shared.url, 'rest'], first],
      [['clone', '-q', shared.url.replace('/repo.git', '/acme/repo.git'), 'acme'], second],
      [['clone', '-q', asUser, 'named'], second],
      [[...setting, 'clone', '-q', shared.url, 'set'], second],
    ] as const) {
      shared.brought.length = 0
      const { code, stderr } = await git(...words)
      assert.equal(code, 0, stderr)
      assert.deepEqual([...new Set(shared.brought)], ['', lease.accessToken], words.join(' '))
    }
    // Given under the name of the second, it comes back under the name that the host wants.
    const erased = `protocol=http\nhost=${shared.host}\nusername=oauth2\npassword=${second.accessToken}\n\n`
    assert.deepEqual(await helper('erase', erased), { code: 0, stdout: '', stderr: '' })
    assert.notEqual((await home.lease('second')).accessToken, second.accessToken)
    assert.equal((await home.lease('sandbox')).accessToken, first.accessToken)
  })

  test('a git that tells no path is told how to, and gets nothing', async () => {
    const { code, stdout, stderr } = await helper('get', `protocol=http\nhost=${shared.host}\n\n`)
    assert.deepEqual([code, stdout], [0, 'quit=1\n'])
    assert.match(stderr, /fix: git config --global credential\.http:\/\/127\.0\.0\.1:\d+\.useHttpPath true/)
  })

  test('another host gets nothing from fob and everything from the helper it had', async () => {
    const { code, stderr } = await git('clone', '-q', elsewhere.url, 'elsewhere')
    assert.equal(code, 0, stderr)
    assert.deepEqual([...new Set(elsewhere.brought)], ['', 'of the person'])
    for (const input of [
      `protocol=http\nhost=${elsewhere.host}\n\n`,
      'protocol=https\nhost=github.com\n\n',
      `protocol=ssh\nhost=${server.host}\n\n`,
      '\n',
      '',
    ]) {
      assert.deepEqual(await helper('get', input), { code: 0, stdout: '', stderr: '' }, input)
    }
  })

  test('git stores nothing with fob, and learns what fob can do', async () => {
    const stored = await helper('store', `${question()}username=me\npassword=secret\n\n`)
    assert.deepEqual(stored, { code: 0, stdout: '', stderr: '' })
    const capability = await helper('capability', '')
    assert.equal(capability.stdout, 'version 0\ncapability authtype\n')
    assert.equal((await helper('somethingnew', question())).stdout, '')
  })

  test('broken input is refused with a sentence and gets nothing', async () => {
    for (const input of [`${question()}password=a\0b\n\n`, `protocol=http\nhost=${server.host}\r\n\n`]) {
      const { code, stdout, stderr } = await helper('get', input)
      assert.deepEqual([code, stdout], [1, ''])
      assert.match(stderr, /^fob: git's question is not understood: /)
    }
  })

  test('with no daemon running the helper starts it', async () => {
    await home.killDaemon()
    const { code, stderr } = await git('-C', 'clone', 'fetch', '-q')
    assert.equal(code, 0, stderr)
  })

  test('signed out, git says which command mends it and asks nobody for a password', async () => {
    await home.must('sign-out', 'sandbox')
    const { code, stderr } = await git('-C', 'clone', 'fetch', '-q')
    assert.notEqual(code, 0)
    assert.match(stderr, /fix: fob sign-in sandbox/)
    assert.deepEqual(server.brought, [''])
  })
})
