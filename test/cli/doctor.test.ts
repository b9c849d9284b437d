import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { execFileSync } from 'node:child_process'
import { Refusal } from '../../shared/contract/errors.js'
import { Diagnosis, type Finding } from '../../shared/contract/doctor.js'
import { redacted } from '../../daemon/cli/bundle.js'
import { SCAN, scanForPlaintext } from '../../daemon/cli/plaintext.js'
import { Canaries } from '../canary.js'
import { connection, FakeDaemon, statusWith } from './fakeDaemon.js'
import { typed, type Typed } from './typed.js'

const SICK: Finding = {
  matter: 'client',
  connection: 'work',
  urgency: 'person',
  what: 'the client secret is wrong',
  evidence: ['id.example.com answered 401 invalid_client'],
  fix: { kind: 'run', command: 'fob provider set-secret work' },
}

const LATE: Finding = { ...SICK, matter: 'network', urgency: 'wait', what: 'no route', fix: { kind: 'wait' } }

const diagnosis = (...findings: Finding[]): Diagnosis => ({
  at: '2026-01-01T00:00:00.000Z',
  findings,
  checked: ['the vault'],
})

suite('cli/doctor', () => {
  let daemon: FakeDaemon
  let home: string

  setup(async () => {
    daemon = await new FakeDaemon().start()
    daemon.on('GET /v1/doctor', () => diagnosis())
    home = mkdtempSync(join(tmpdir(), 'fob-doctor-'))
  })

  teardown(async () => {
    await daemon.remove()
    rmSync(home, { recursive: true, force: true })
  })

  const fob = (words: readonly string[], env = {}): Promise<Typed> =>
    typed(['doctor', ...words], { env: { ...daemon.env, HOME: home, ...env } })

  test('nothing wrong ends with 0 and says what was looked at', async () => {
    const { code, out } = await fob([])
    assert.equal(code, 0)
    assert.match(out, /^nothing is wrong\nlooked at: the daemon, the vault, \d+ files/)
  })

  test('what needs a person comes with how it is known and the one command, and ends with 3', async () => {
    daemon.on('GET /v1/doctor', () => diagnosis(LATE, SICK))
    const { code, out } = await fob([])
    assert.equal(code, 3)
    assert.match(
      out,
      /^✗ work: the client secret is wrong\n {4}id\.example\.com answered 401 invalid_client\n {2}fix: fob provider set-secret work\n/,
    )
    assert.match(out, /◌ work: no route[^]*fix: none needed/)
    assert.match(out, /1 thing needs you; 1 more to know/)
  })

  test('what passes by itself ends with 0', async () => {
    daemon.on('GET /v1/doctor', () => diagnosis(LATE))
    const { code, out } = await fob([])
    assert.equal(code, 0)
    assert.match(out, /nothing needs you; 1 more to know/)
  })

  test('a locked vault ends with 7', async () => {
    daemon.on('GET /v1/doctor', () => diagnosis({ ...SICK, matter: 'vault', connection: '' }))
    assert.equal((await fob([])).code, 7)
  })

  test('about one connection it asks for that one, and searches no files', async () => {
    daemon.on('GET /v1/doctor?connection=work', () => diagnosis(SICK))
    writeFileSync(join(home, '.netrc'), 'machine example.com login me password abcdefgh\n')
    const { code, out } = await fob(['work'])
    assert.equal(code, 3)
    assert.ok(!out.includes('netrc'))
  })

  test('an unknown connection is refused as everywhere', async () => {
    daemon.on('GET /v1/doctor?connection=wrok', () => {
      throw new Refusal('unknown_connection', 'there is no connection wrok; did you mean work?')
    })
    const { code, err } = await fob(['wrok'])
    assert.equal(code, 2)
    assert.match(err, /did you mean work/)
  })

  test('--json is what the contract says', async () => {
    daemon.on('GET /v1/doctor', () => diagnosis(SICK))
    const { findings } = Diagnosis.parse(JSON.parse((await fob(['--json'])).out))
    assert.deepEqual(findings, [SICK])
  })

  test('without a daemon it says so, ends with 6, and still looks at files', async () => {
    await daemon.close()
    writeFileSync(join(home, '.npmrc'), '//registry.example.com/:_authToken=abcdefghijkl\n')
    const { code, out } = await fob([])
    assert.equal(code, 6)
    assert.match(out, /✗ the daemon cannot be reached[^]*fix: fob up/)
    assert.match(out, /a secret for registry\.example\.com lies in a file\n {4}~\/\.npmrc:1 \(npmrc\)/)
  })

  test('a daemon from before there was a doctor is to be replaced', async () => {
    daemon.on('GET /v1/doctor', () => {
      throw new Refusal('unknown_route', 'no such route')
    })
    const { code, out } = await fob([])
    assert.equal(code, 3)
    assert.match(out, /older than this command[^]*fix: fob up/)
  })

  test('a daemon of another build and a hand-over that failed are told', async () => {
    const other = { product: 'fob', version: '0.0.9', protocol: 1, capabilities: [], pid: 7 }
    daemon.on('GET /v1/hello', () => other)
    const { daemon: facts, ...rest } = statusWith(connection('work'))
    const handOverFailed = { at: '2026-01-01T00:00:00.000Z', message: 'it did not start', fix: 'fob logs' }
    daemon.status = { ...rest, daemon: { ...facts, handOverFailed } }
    const { code, out } = await fob([])
    assert.equal(code, 0)
    assert.match(
      out,
      /another version or build than this command\n.*\n.*the daemon is 0\.0\.9, build unknown \(pid 7\)/,
    )
    assert.match(out, /another version was to take over[^]*it did not start/)
  })

  test('a proxy that only the shell knows of is named when the network fails', async () => {
    daemon.on('GET /v1/doctor', () => diagnosis(LATE))
    const { out } = await fob([], { HTTPS_PROXY: 'http://user:hunter22@proxy.example:3128' })
    assert.match(out, /a proxy in its environment[^]*set here: HTTPS_PROXY\n/)
    assert.ok(!out.includes('hunter22'))
  })

  test('what lies in files is told with the connection that stands in for it', async () => {
    daemon.status = statusWith({
      ...connection('code'),
      provider: 'github' as (typeof daemon.status.connections)[0]['provider'],
    })
    daemon.on('GET /v1/git/host?protocol=https&host=github.com', () => ({
      connection: 'code',
      username: 'x',
      scope: '',
      among: ['code'],
      say: null,
    }))
    writeFileSync(join(home, '.git-credentials'), 'https://me:ghp_abcdefghijklmnop@github.com\n')
    writeFileSync(join(home, '.env'), 'GITHUB_TOKEN=ghp_abcdefghijklmnop\n')
    const { code, out, err } = await fob([])
    assert.equal(code, 0, 'advice is no emergency')
    assert.match(out, /`fob credential git` serves github\.com by code/)
    assert.match(out, /fob run --connection code=GITHUB_TOKEN -- COMMAND/)
    assert.ok(!(out + err).includes('ghp_'))
  })
})

suite('cli/plaintext', () => {
  let home: string
  let project: string

  setup(() => {
    home = mkdtempSync(join(tmpdir(), 'fob-plain-'))
    project = join(home, 'work', 'project')
    mkdirSync(project, { recursive: true })
  })

  teardown(() => rmSync(home, { recursive: true, force: true }))

  const put = (path: string, text: string): void => {
    mkdirSync(dirname(join(home, path)), { recursive: true })
    writeFileSync(join(home, path), text)
  }

  /** Each as `file:line kind name`. */
  const found = (): string[] =>
    scanForPlaintext(project, home).secrets.map(
      ({ file, line, kind, name }) => `${file.slice(home.length + 1)}:${line} ${kind} ${name}`,
    )

  test('each kind of file is read in its own way, and names its hosts or variables', () => {
    put('.git-credentials', 'https://me:s3cret-one@git.example.com\nhttps://me@plain.example.com\n')
    put('.config/git/credentials', 'https://x-token:abcdefgh12@bitbucket.org\n')
    put(
      '.netrc',
      '# password no\nmachine a.example\n  login me\n  password abcdefgh\ndefault login me password ijklmnop\n',
    )
    put('.npmrc', 'registry=https://r.example/\n//r.example/:_authToken=abcdefghijkl\n_auth = YWJjZGVmZ2g=\n')
    put('work/project/.env', 'A=1\nexport API_TOKEN="abcdefgh1"\nCOLOUR=ghp_abcdefghijklmnop\n')
    put('work/project/sub/.env.local', "DB_PASSWORD='correct horse'\n")
    assert.deepEqual(found().sort(), [
      '.config/git/credentials:1 git-credentials bitbucket.org',
      '.git-credentials:1 git-credentials git.example.com',
      '.netrc:4 netrc a.example',
      '.netrc:5 netrc any host',
      '.npmrc:2 npmrc r.example',
      '.npmrc:3 npmrc its registry',
      'work/project/.env:2 env API_TOKEN',
      'work/project/.env:3 env COLOUR',
      'work/project/sub/.env.local:1 env DB_PASSWORD',
    ])
  })

  test('references, blanks and templates are no secrets', () => {
    put('.npmrc', '//r.example/:_authToken=${NPM_TOKEN}\n')
    put(
      'work/project/.env',
      'API_TOKEN=$OTHER\nB_SECRET=\nC_TOKEN=<your token>\nD_TOKEN=changeme\nTOKENIZER=abcdefghij\nE_TOKEN=short\n',
    )
    put('work/project/.env.example', 'API_TOKEN=abcdefghijkl\n')
    assert.deepEqual(found(), [])
  })

  test('it stays out of what others wrote, of the deep and of the large', () => {
    const line = 'API_TOKEN=abcdefghijkl\n'
    put('work/project/node_modules/a/.env', line)
    put('work/project/a/b/c/.env', line)
    put('work/project/a/b/c/d/.env', line)
    put('work/project/.env', line.repeat(SCAN.bytes / line.length + 1))
    put('work/other/.env', line)
    assert.deepEqual(found(), ['work/project/a/b/c/.env:1 env API_TOKEN'])
  })

  test('pipes, directories and links to nowhere are passed by', () => {
    execFileSync('mkfifo', [join(home, '.netrc')])
    mkdirSync(join(home, '.npmrc'))
    symlinkSync('/nonexistent', join(home, '.git-credentials'))
    symlinkSync(home, join(project, 'loop'))
    assert.deepEqual(found(), [])
  })

  test('a huge tree is looked at in part', () => {
    for (let n = 0; n < 60; n++) {
      for (let m = 0; m < 100; m++) mkdirSync(join(project, `d${n}`, `e${m}`), { recursive: true })
    }
    put('work/project/zz/.env', 'API_TOKEN=abcdefghijkl\n')
    scanForPlaintext(project, home)
  })

  test('no value is in what it gives', () => {
    put('work/project/.env', 'API_TOKEN=Zk3uV0qWm1xT8bLr5YcN2eHs7dAaPfJg\n')
    const text = JSON.stringify(scanForPlaintext(project, home))
    assert.deepEqual(
      new Canaries([{ kind: 'value', text: 'Zk3uV0qWm1xT8bLr5YcN2eHs7dAaPfJg' }]).hits(text),
      [],
    )
  })
})

suite('cli/bundle', () => {
  let daemon: FakeDaemon
  let file: string

  setup(async () => {
    daemon = await new FakeDaemon().start()
    daemon.on('GET /v1/doctor', () => diagnosis(SICK))
    file = join(daemon.home, 'report.json')
  })

  teardown(() => daemon.remove())

  const bundle = (): Promise<Typed> =>
    typed(['doctor', 'work', '--bundle', file], { env: { ...daemon.env, HOME: '/home/kim' } })

  const secret = 'Zk3uV0qWm1xT8bLr5YcN2eHs7dAaPfJgKi4oQtXw9'

  test('holds what a ticket needs and nothing of people or secrets, for its owner alone', async () => {
    daemon.on('GET /v1/doctor?connection=work', () => diagnosis(SICK))
    daemon.on('GET /v1/audit?limit=200', () => ({
      entries: [
        {
          time: '2026-01-01T00:00:00.000Z',
          event: 'lease',
          connection: 'work',
          caller: { uid: 1000, pid: 7, executable: '/home/kim/bin/tool' },
          outcome: 'ok',
          generation: 1,
          fingerprint: 'abcdef0123456789',
        },
      ],
    }))
    mkdirSync(join(daemon.home, 'state', 'log'), { recursive: true })
    writeFileSync(
      join(daemon.home, 'state', 'log', 'fob.log'),
      `{"msg":"asked with Bearer ${secret} for kim@example.com","url":"https://x/?code=${secret}&state=abc"}\n`,
    )
    const { code, err } = await bundle()
    assert.equal(code, 3)
    assert.match(err, /written: .*report\.json; look it over before you send it/)
    assert.equal(statSync(file).mode & 0o777, 0o600)
    const text = readFileSync(file, 'utf8')
    const facts = JSON.parse(text) as Record<string, unknown>
    assert.deepEqual(Object.keys(facts), ['fob', 'node', 'system', 'diagnosis', 'status', 'audit', 'log'])
    assert.match(text, /the client secret is wrong/)
    assert.match(text, /https:\/\/id\.example\.com/)
    assert.match(text, /~\/bin\/tool/)
    for (const hidden of ['kim@', '/home/kim', 'abcdef0123456789']) assert.ok(!text.includes(hidden), hidden)
    assert.deepEqual(new Canaries([{ kind: 'accessToken', text: secret }]).hits(text), [])
  })

  test('writes over nothing', async () => {
    daemon.on('GET /v1/doctor?connection=work', () => diagnosis())
    writeFileSync(file, 'mine')
    const { code, err } = await bundle()
    assert.equal(code, 2)
    assert.match(err, /is there already/)
    assert.equal(readFileSync(file, 'utf8'), 'mine')
  })

  for (const token of [
    'ghp_16CharactersLong0',
    'glpat-abc123',
    'xoxb-1-2-3',
    'eyJhbGciOi.eyJzdWIi.c2ln',
    secret,
  ]) {
    test(`${token.slice(0, 6)}… is struck out wherever it stands`, () => {
      for (const text of [
        token,
        `"${token}"`,
        `token=${token}`,
        `a ${token} b`,
        `https://h/p?token=${token}&x=1`,
      ]) {
        assert.ok(!redacted(text, '').includes(token), text)
      }
    })
  }

  test('names, hosts, paths and sentences stay as they are', () => {
    const text =
      'git.example.com answered 400 invalid_grant: work cannot be refreshed; see /var/lib/fob/state/log'
    assert.equal(redacted(text, '/home/kim'), text)
  })
})
