import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { TERMINAL_FILES } from '../../shared/contract/terminal.js'
import { notRun } from '../notRun.js'
import { Home } from '../process/home.js'
import { fact, FULL, interleaved, keep, median, worded } from './measuring.js'

const ROUNDS = FULL ? 100 : 15
const WARM_UP = 2

/** No host of theirs: it says nothing, which is what it costs to be asked at all. */
const UNKNOWN = 'protocol=https\nhost=git.example.test\n\n'

/** As gh keeps it after `gh auth login`, in the clear; nobody's token. */
const GH_HOSTS = 'github.com:\n    user: ada\n    oauth_token: gho_nobodys\n    git_protocol: https\n'

suite('git helpers beside each other', function () {
  this.timeout(300_000)
  let home: Home
  let place = ''

  suiteSetup(async () => {
    home = await Home.make()
    await mkdir(join(home.directory, 'config'))
    const settings = { delivery: { git: [{ host: '127.0.0.1:8080', connection: 'sandbox' }] } }
    await writeFile(join(home.directory, 'config', 'fob.json'), JSON.stringify(settings))
    await home.must('sandbox', 'start', '--lifetime', '3600')
    await home.addSandbox('sandbox')
    await home.signIn('sandbox')
    place = await mkdtemp(join(tmpdir(), 'fob-helpers-'))
    await writeFile(join(place, 'hosts.yml'), GH_HOSTS)
  })

  suiteTeardown(async () => {
    await home?.remove()
    if (place !== '') await rm(place, { recursive: true })
  })

  /** What the helper prints for these lines, as git calls it. */
  const asked = async (words: readonly string[], lines: string): Promise<string> => {
    const [program = '', ...args] = words
    const child = spawn(program, args, {
      env: { PATH: process.env.PATH, HOME: place, GH_CONFIG_DIR: place },
      stdio: ['pipe', 'pipe', 'ignore'],
    })
    const ended = once(child, 'close')
    child.stdin.end(lines)
    const [said] = await Promise.all([text(child.stdout), ended])
    return said
  }

  test('fob answers git about as fast as helpers that keep tokens in a file', async function () {
    const fob = ['sh', join(home.directory, 'run', TERMINAL_FILES.command), 'credential', 'git', 'get']
    const gh = ['gh', 'auth', 'git-credential', 'get']
    const oauth = ['git-credential-oauth', 'get']
    for (const [program] of [gh, oauth]) {
      await asked([program ?? '', '--version'], '').catch(() => notRun(this, program ?? ''))
    }
    const ours = 'protocol=http\nhost=127.0.0.1:8080\n\n'
    const theirs = 'protocol=https\nhost=github.com\n\n'
    assert.match(await asked(fob, ours), /^password=/m)
    assert.match(await asked(gh, theirs), /^password=gho_nobodys$/m)
    assert.equal(await asked(oauth, UNKNOWN), '')
    const times = await interleaved(
      {
        fob: () => asked(fob, ours).then(() => undefined),
        gh: () => asked(gh, theirs).then(() => undefined),
        oauth: () => asked(oauth, UNKNOWN).then(() => undefined),
        node: () => asked([process.execPath, '-e', '0'], '').then(() => undefined),
      },
      ROUNDS,
      WARM_UP,
    )
    keep('gitHelpers', times)
    fact('V3', `git helper beside gh auth git-credential: ${worded(times, 'fob', 'gh')}`)
    fact('V3', `git helper beside node -e 0: ${worded(times, 'fob', 'node')}`)
    fact(
      'V3',
      `git-credential-oauth, asked about a host it does not know: ${median(times.oauth).toFixed(2)} ms`,
    )
  })
})
