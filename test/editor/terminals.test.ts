/** What a terminal of the editor has, seen from inside it: typed lines, and the files they leave. */
import assert from 'node:assert/strict'
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Lease } from '../../shared/contract/lease.js'
import { figure } from '../figures.js'
import { ROOT } from '../process/home.js'
import { GitServer } from '../tools/gitServer.js'
import { appears } from './appears.js'
import { needChromium } from './browser.js'
import { CONNECTION, Scene } from './scene.js'
import type { Window } from './window.js'

const TOKEN_PATH = `http://fob/v1/connections/${CONNECTION}/access-token`

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
    probe = join(scene.editor.directory, 'probe')
    await cp(join(ROOT, 'test', 'editor', 'probe'), probe, { recursive: true })
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

  const leaving = (command: string, file: string): string =>
    `(${command}) > ${file}.part 2>&1; mv ${file}.part ${file}`

  test('V3 a new terminal gets an access token by curl and clones with git', async () => {
    // Long enough that both have the same.
    await scene.home.set({ lifetime: 3600 })
    await scene.home.must('refresh', CONNECTION)
    const [leased, cloned] = [nextFile(), nextFile()]
    const curl = leaving(`curl -s --unix-socket "$FOB_SOCKET" ${TOKEN_PATH}`, leased)
    const clone = leaving(`git clone -q ${server.url} ${join(place, 'clone')} && echo cloned`, cloned)
    await window.runInTerminal(`${curl}; ${clone}`)
    const { accessToken } = Lease.parse(JSON.parse(await content(leased)))
    assert.equal(await content(cloned), 'cloned')
    assert.ok(server.brought.includes(accessToken))
    figure('V3', { value: 'token and clone', bar: 'token and clone', ok: true })
  })

  test('V4 the same terminal does so after two expiries, with its variable current at the next prompt', async () => {
    for (let expiry = 1; expiry <= 2; expiry++) {
      await scene.home.set({ lifetime: 1 })
      await scene.home.must('refresh', CONNECTION)
      await pause(1_500)
      await scene.home.set({ lifetime: 60 })
      await scene.home.lease(CONNECTION)
    }
    const [fetched, variable] = [nextFile(), nextFile()]
    const fetch = leaving(`git -C ${join(place, 'clone')} fetch -q && echo fetched`, fetched)
    await window.page.keyboard.type(`${fetch}\n`)
    assert.equal(await content(fetched), 'fetched')
    await window.page.keyboard.type(`${leaving('echo $SANDBOX_TOKEN', variable)}\n`)
    assert.equal(await content(variable), (await scene.home.lease(CONNECTION)).accessToken)
    figure('V4', { value: 'fetched and current', bar: 'fetched and current', ok: true })
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
