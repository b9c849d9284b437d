/** What a terminal of the editor has, seen from inside it: typed lines, and the files they leave. */
import assert from 'node:assert/strict'
import { appendFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Lease } from '../../shared/contract/lease.js'
import { figure } from '../figures.js'
import { notRun } from '../notRun.js'
import { GitServer } from '../tools/gitServer.js'
import { appears } from './appears.js'
import { needChromium } from './browser.js'
import { CONNECTION, Scene } from './scene.js'
import type { Window } from './window.js'

const SHELLS = ['bash', 'zsh', 'fish']

const CURL = `curl -s --unix-socket "$FOB_SOCKET" http://fob/v1/connections/${CONNECTION}/access-token`

const ZSH_OFFER = 'zsh needs one line'

/** Windows loaded anew with a terminal in them. */
const RELOADS = process.env['FOB_TEST_FULL'] ? 20 : 3

/** The editor looks at its terminals a second after the last change of what they are given. Milliseconds. */
const CONSIDERED_MS = 2_000

/** A file has no event across editors and shells alike, so it is looked for. Milliseconds. */
const LOOK_MS = 50

suite('editor/terminals', () => {
  let scene: Scene
  let server: GitServer
  let window: Window
  let place = ''
  let probe = ''
  let count = 0

  suiteSetup(async function () {
    needChromium(this)
    for (const shell of SHELLS) if (!existsSync(`/usr/bin/${shell}`)) notRun(this, shell)
    place = await mkdtemp(join(tmpdir(), 'fob-et-'))
    await mkdir(join(place, 'served'))
    scene = await Scene.set({ settings: { 'fob.terminal.env': { SANDBOX_TOKEN: CONNECTION } } })
    server = await GitServer.listen(join(place, 'served'), async (username, password) => {
      const { issuer } = await scene.home.sandbox()
      const headers = { authorization: `Bearer ${password}` }
      const answer = await fetch(`${issuer.replace(/\/$/, '')}/userinfo`, { headers })
      return username === 'oauth2' && answer.ok
    })
    await mkdir(join(scene.home.directory, 'config'), { recursive: true })
    await writeFile(
      join(scene.home.directory, 'config', 'fob.json'),
      JSON.stringify({ delivery: { git: [{ host: server.host, connection: CONNECTION }] } }),
    )
    await scene.home.must('down')
    await scene.home.must('up')
    await scene.home.signIn(CONNECTION)
    probe = await scene.probe()
    // Missing, fish would fill it from all manual pages, in a process that outlives the shell.
    await mkdir(join(scene.editor.directory, 'home', '.local', 'share', 'fish', 'generated_completions'), {
      recursive: true,
    })
    window = await scene.window('work', scene.developing(probe))
    await window.statusSays('1 of 1 fresh')
  })

  suiteTeardown(async () => {
    await scene?.remove()
    await server?.close()
    await rm(place, { recursive: true, force: true })
  })

  /** Where the next typed line leaves what it says. */
  const nextFile = (): string => join(place, `said-${(count += 1)}`)

  async function content(file: string): Promise<string> {
    const until = Date.now() + 30_000
    while (!existsSync(file)) {
      assert.ok(Date.now() < until, `nothing came of the line for ${file}`)
      await pause(LOOK_MS)
    }
    return (await readFile(file, 'utf8')).trimEnd()
  }

  /** In words that all shells understand. */
  const leaving = (command: string, file: string): string =>
    `sh -c '${command}' > ${file}.part 2>&1; mv ${file}.part ${file}`

  /** A line for each terminal, in the order they were opened. */
  async function typeIntoEach(lines: readonly string[]): Promise<void> {
    await writeFile(join(probe, 'lines.json'), JSON.stringify(lines))
    await window.command('Probe: Type into Terminals')
  }

  /** What each shell made of a line, by its name. */
  async function eachSays(line: (shell: string, file: string) => string): Promise<Map<string, string>> {
    const files = SHELLS.map((shell) => [shell, nextFile()] as const)
    await typeIntoEach(files.map((one) => line(...one)))
    const said = new Map<string, string>()
    for (const [shell, file] of files) said.set(shell, await content(file))
    return said
  }

  const clone = (shell: string): string => join(place, `clone-${shell}`)

  test('zsh, which takes no hook from the environment, is offered its line once', async () => {
    const zshrc = join(scene.editor.directory, 'home', '.zshrc')
    // A person who uses zsh has one; without any it asks them things.
    await writeFile(zshrc, 'PS1="%# "\n')
    await window.openTerminal('zsh')
    const offer = await window.soughtNotice(ZSH_OFFER)
    await offer.getByRole('button', { name: 'Copy the Line' }).click()
    await appendFile(zshrc, await window.copied())
    await window.typeInTerminal('exit')
    await window.page.locator('.terminal-wrapper').waitFor({ state: 'detached' })
  })

  test('V3 a new terminal of each shell gets an access token by curl and clones with git', async () => {
    // Long enough that both have the same.
    await scene.home.set({ lifetime: 3600 })
    await scene.home.must('refresh', CONNECTION)
    for (const shell of SHELLS) await window.openTerminal(shell)
    const leased = await eachSays((_, file) => leaving(CURL, file))
    const cloned = await eachSays((shell, file) =>
      leaving(`git clone -q ${server.url} ${clone(shell)} && echo cloned`, file),
    )
    for (const shell of SHELLS) {
      const { accessToken } = Lease.parse(JSON.parse(leased.get(shell) ?? ''))
      assert.equal(cloned.get(shell), 'cloned', shell)
      assert.ok(server.brought.includes(accessToken), shell)
    }
    figure('V3', { value: 'token and clone', bar: 'token and clone', ok: true, n: SHELLS.length })
  })

  test('the editor’s list of what terminals are given tells what fob gives them, and no access token', async () => {
    const { accessToken } = await scene.home.lease(CONNECTION)
    await window.command('Terminal: Show Environment Contributions')
    const lines = window.page.locator('.editor-instance .view-lines')
    await lines.getByText('git and scripts get fresh credentials from fob').first().waitFor()
    await lines.getByText('FOB_SOCKET=').first().waitFor()
    assert.ok(!(await lines.innerText()).includes(accessToken))
  })

  test('V4 the same terminals do so after two expiries, with their variable current at the next prompt', async () => {
    const spent: string[] = []
    for (let expiry = 1; expiry <= 2; expiry++) {
      await scene.home.set({ lifetime: 1 })
      await scene.home.must('refresh', CONNECTION)
      await pause(1_500)
      await scene.home.set({ lifetime: 60 })
      spent.push((await scene.home.lease(CONNECTION)).accessToken)
    }
    server.brought.length = 0
    const fetched = await eachSays((shell, file) =>
      leaving(`git -C ${clone(shell)} fetch -q && echo fetched`, file),
    )
    const leased = await eachSays((_, file) => leaving(CURL, file))
    const variables = await eachSays(
      (_, file) => `echo $SANDBOX_TOKEN > ${file}.part; mv ${file}.part ${file}`,
    )
    const { accessToken } = await scene.home.lease(CONNECTION)
    for (const shell of SHELLS) {
      assert.equal(fetched.get(shell), 'fetched', shell)
      assert.equal(Lease.parse(JSON.parse(leased.get(shell) ?? '')).accessToken, accessToken, shell)
      assert.equal(variables.get(shell), accessToken, shell)
    }
    assert.deepEqual([...new Set(server.brought.filter((password) => password !== ''))], [accessToken])
    assert.equal(new Set(spent).size, 2)
    figure('V4', { value: 'all current', bar: 'all current', ok: true, n: SHELLS.length })
  })

  async function notOfferedAgain(): Promise<void> {
    await window.showNotices()
    assert.equal(await window.notice(ZSH_OFFER).count(), 0)
  }

  test('zsh was offered its line in none of the terminals after the first', async () => {
    await notOfferedAgain()
    await typeIntoEach(SHELLS.map((shell) => (shell === 'bash' ? '' : 'exit')))
    await window.page.locator('.terminal-wrapper').nth(1).waitFor({ state: 'detached' })
  })

  test('V5 nothing that happens after the start of a window asks to relaunch its terminals', async () => {
    const warnings = async (): Promise<number> => window.relaunchWarnings.count()
    const seen = [await warnings()]
    await scene.home.must('refresh', CONNECTION)
    await scene.home.must('down')
    await window.statusSays('not running')
    seen.push(await warnings())
    await scene.home.must('up')
    await window.statusSays('1 of 1 fresh')
    seen.push(await warnings())
    for (let reload = 0; reload < RELOADS; reload++) {
      await window.reload()
      await window.statusSays('1 of 1 fresh')
      // The terminal of before comes back, with what it was given then.
      await window.page.locator('.terminal-wrapper.active .xterm').last().waitFor()
      await pause(CONSIDERED_MS)
      seen.push(await warnings())
    }
    const most = Math.max(...seen)
    figure('V5', { value: most, bar: 0, ok: most === 0, n: seen.length })
    assert.equal(most, 0)
    // Another extension does change what terminals have: else nothing above could fail.
    await window.command('Probe: Change Terminals')
    await window.relaunchWarnings.first().waitFor()
  })

  test('nor is it after the window was loaded anew', async () => {
    await window.openTerminal('zsh')
    await pause(CONSIDERED_MS)
    await notOfferedAgain()
  })

  test('signed out, nothing in the background opens a page or begins to sign in', async () => {
    await scene.signOut()
    await window.statusSays('signed out')
    const labels = await window.labels()
    const pages: string[] = []
    scene.profile.on('page', (page) => pages.push(page.url()))
    assert.notEqual((await scene.home.fob('token', CONNECTION)).code, 0)
    const left = appears(probe, 'silent.json')
    await window.command('Probe: See Whether There Is One')
    await left
    assert.deepEqual(JSON.parse(await readFile(join(probe, 'silent.json'), 'utf8')), { session: false })
    const fetched = nextFile()
    const fetch = `GIT_TERMINAL_PROMPT=0 git -C ${join(place, 'served', 'source')} fetch -q ${server.url}`
    const asked = server.brought.length
    await window.runInTerminal(leaving(`${fetch} || echo refused`, fetched))
    assert.match(await content(fetched), /refused$/)
    assert.ok(server.brought.length > asked, 'git did not ask the server')
    assert.deepEqual(pages, [])
    assert.deepEqual(
      (await labels.said()).filter((label) => !label.includes('signed out')),
      [],
    )
    assert.equal((await scene.home.connection(CONNECTION)).state, 'signedOut')
  })
})
