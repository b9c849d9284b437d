/**
 * All that a person can click of fob, clicked, from nothing at all on: each does what it says. The window is one of
 * another machine, as far as the editor knows, so that a sign-in goes by a code without being told to.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Locator } from 'playwright-core'
import { routes, type Answer } from '../../shared/contract/routes.js'
import { figure } from '../figures.js'
import { appears } from './appears.js'
import { needChromium } from './browser.js'
import { codeServer } from './codeServer.js'
import { CONNECTION, Scene } from './scene.js'
import { Window } from './window.js'

const run = promisify(execFile)

/** Between looks at what has no event. Milliseconds. */
const LOOK_MS = 50

/** Long after a click that refreshes, on a busy machine. Milliseconds. */
const REFRESHED_MS = 15_000

const FRESH = '1 of 1 fresh'
const OUT = `${CONNECTION}: signed out`

/** Promised: an access token leaves the clipboard after this. Milliseconds. */
const CLIPBOARD_MS = 30_000

/** A name that leads to this machine, as the editor does not know. */
const ELSEWHERE = 'build.localhost'

/** A folder with all programs of PATH, where Node is one that is too old to run fob. */
async function pathWithOldNode(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'fob-path-'))
  await writeFile(join(folder, 'node'), '#!/bin/sh\necho v18.20.8\n', { mode: 0o755 })
  const there = new Set(['node', 'nodejs'])
  for (const directory of (process.env['PATH'] ?? '').split(':')) {
    for (const name of await readdir(directory).catch(() => [])) {
      if (there.has(name)) continue
      there.add(name)
      await symlink(join(directory, name), join(folder, name))
    }
  }
  return folder
}

suite('editor/clicks', () => {
  let scene: Scene
  let window: Window
  let view: Locator
  let path = ''

  suiteSetup(async function () {
    needChromium(this)
    path = await pathWithOldNode()
    scene = await Scene.set()
    // What the editor runs has the environment of its person's login shell.
    await writeFile(join(scene.editor.directory, 'home', '.profile'), `PATH='${path}'\n`)
    await leaveStartsToPerson()
    // Nothing is refreshed but by a click.
    await scene.home.set({ lifetime: 3600 })
    await scene.home.must('sign-out', CONNECTION, '--forget')
    await scene.home.must('down')
    const { port } = new URL(scene.editor.address)
    const address = `http://${ELSEWHERE}:${port}`
    window = await Window.open(scene.profile, { address }, await scene.folder('work'))
    view = await window.openView()
  })

  suiteTeardown(async () => {
    await scene?.remove()
    await rm(path, { recursive: true, force: true })
  })

  /** A setting of the machine that the daemon runs on: there the editor keeps those. */
  async function leaveStartsToPerson(): Promise<void> {
    const folder = join(scene.editor.directory, 'user', 'Machine')
    await mkdir(folder, { recursive: true })
    const settings = { 'fob.daemon.startAutomatically': false }
    await writeFile(join(folder, 'settings.json'), JSON.stringify(settings))
  }

  const row = (words: string): Locator => view.getByRole('treeitem', { name: `${CONNECTION}, ${words}` })

  /** A click on a row of the menu behind the status item. */
  async function menu(words: string | RegExp): Promise<void> {
    await window.openMenu()
    await window.choose(words)
  }

  /** A click on what a row of the tree offers while the pointer is on it. */
  async function inline(words: string, action: string): Promise<void> {
    await row(words).hover()
    await row(words).getByRole('button', { name: action }).click()
  }

  async function answerSignOut(button: string): Promise<void> {
    await window
      .dialog(`Sign out of ${CONNECTION}?`)
      .getByRole('button', { name: button, exact: true })
      .click()
  }

  /** A sign-in by a code, on the page that `action` opens. */
  async function signsIn(action: () => Promise<void>): Promise<void> {
    const page = await scene.opened(action)
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { name: 'Approved' }).waitFor()
    await page.close()
    await window.statusSays(FRESH)
    await row('fresh').waitFor()
    assert.equal((await scene.home.connection(CONNECTION)).state, 'active')
  }

  /** The one refresh that comes of `action`. */
  async function refreshes(action: () => Promise<void>): Promise<void> {
    await scene.home.forgetLedger()
    const before = (await scene.home.connection(CONNECTION)).generation
    await action()
    const until = Date.now() + REFRESHED_MS
    while ((await scene.home.connection(CONNECTION)).generation === before) {
      assert.ok(Date.now() < until, 'nothing was refreshed')
      await pause(LOOK_MS)
    }
    assert.equal((await scene.home.ledger()).received, 1)
  }

  test('the welcome of a window without fob starts it, with the editor’s own Node where no other does', async () => {
    await window.statusSays('not running')
    await view.getByText('fob is not running.').waitFor()
    await view.getByRole('button', { name: 'Start fob' }).click()
    await view.getByText('fob keeps your sign-ins fresh').waitFor()
    const { pid } = (await scene.home.status()).daemon
    const [program] = (await readFile(`/proc/${pid}/cmdline`, 'utf8')).split('\0')
    assert.equal(program, (await codeServer()).node)
    assert.deepEqual(await scene.daemons(), [pid])
  })

  test('V10 the welcome of who has no connection adds one from the catalogue, and signs in from elsewhere', async () => {
    const { issuer } = await scene.home.sandbox()
    await view.getByRole('button', { name: 'Add Connection', exact: true }).click()
    await window.picker.locator('input').first().fill('OpenID')
    await window.choose(/^OpenID Connect/)
    await window.answer('Not A Name')
    await window.picker.getByText('lower-case').waitFor()
    await window.answer(CONNECTION)
    await window.picker.getByText("The server's issuer").waitFor()
    await window.answer('http://login.example.com')
    await window.picker.getByText('use https; http is for this machine only').waitFor()
    await window.answer(issuer)
    await window.picker.getByText('The client id registered').waitFor()
    await window.answer('fob-sandbox')
    await window.picker.getByText('Scopes to ask for').waitFor()
    await window.answer('openid profile email offline_access')
    await window.choose(/^By browser/)
    await window.choose(/^Public client/)
    await row('signed out').waitFor()
    const added = await window.soughtNotice(`Added ${CONNECTION}. Sign in to it now?`)
    await signsIn(() => added.getByRole('button', { name: 'Sign In' }).click())
    assert.equal((await scene.home.lease(CONNECTION)).connection, CONNECTION)
    figure('V10', { value: 'signed in from elsewhere', bar: 'signed in from elsewhere', ok: true })
  })

  test('a row of the tree refreshes, signs out and signs in', async () => {
    await refreshes(() => inline('fresh', 'Refresh Now…'))
    await window.page.locator('.part.statusbar').getByText(`fob: refreshed ${CONNECTION}`).waitFor()
    await inline('fresh', 'Sign Out…')
    await answerSignOut('Cancel')
    assert.equal((await scene.home.connection(CONNECTION)).state, 'active')
    await inline('fresh', 'Sign Out…')
    await answerSignOut('Sign Out')
    await row('signed out').waitFor()
    assert.equal((await scene.home.connection(CONNECTION)).state, 'signedOut')
    await signsIn(() => inline('signed out', 'Sign In…'))
  })

  test('the menu refreshes, by its action and by the connection itself', async () => {
    await refreshes(() => menu('Refresh now…'))
    await refreshes(() => menu(new RegExp(`^\\s*${CONNECTION}`)))
  })

  test('the menu puts the access token at the cursor of the terminal, and does not enter it', async () => {
    const folder = await scene.folder('work')
    const { accessToken } = await scene.home.lease(CONNECTION)
    const left = appears(folder, 'got')
    await window.runInTerminal('clear; read -r got; echo "$got" > part; mv part got')
    await menu('Insert access token into terminal…')
    const shown = window.page.locator('.terminal-wrapper.active .xterm-rows')
    await shown.getByText(accessToken.slice(0, 20)).waitFor()
    assert.ok(!(await readdir(folder)).includes('got'))
    await window.typeInTerminal('')
    await left
    assert.equal((await readFile(join(folder, 'got'), 'utf8')).trim(), accessToken)
    await rm(join(folder, 'got'))
  })

  async function copies(): Promise<string> {
    await window.page.evaluate("navigator.clipboard.writeText('')")
    await menu('Copy access token…')
    return window.copied()
  }

  test('the menu copies the access token', async () => {
    assert.equal(await copies(), (await scene.home.lease(CONNECTION)).accessToken)
  })

  async function leavesTheClipboard(): Promise<void> {
    const began = Date.now()
    await copies()
    await window.page.evaluate(`(async () => {
      while ((await navigator.clipboard.readText()) !== '') await new Promise(requestAnimationFrame)
    })()`)
    const held = Date.now() - began
    assert.ok(held >= CLIPBOARD_MS, `it was gone after ${held} ms`)
    await copies()
    await window.page.evaluate("navigator.clipboard.writeText('a line of code')")
    await window.page.waitForTimeout(CLIPBOARD_MS + 2_000)
    assert.equal(await window.page.evaluate('navigator.clipboard.readText()'), 'a line of code')
  }

  // It takes a minute of waiting; `extension/briefClip` is tested against a clock of its own besides.
  if (process.env['FOB_TEST_FULL'])
    test(
      'a copied access token leaves the clipboard by itself, and what was copied since stays',
      leavesTheClipboard,
    )

  test('the menu shows the record, the doctor, the overview, the settings and the catalogue', async () => {
    const { page } = window
    const editor = page.locator('.editor-instance .view-lines')
    await menu('Show record of use')
    await editor.getByText('Who used which connection').waitFor()
    await editor
      .getByText(/refresh\s+sandbox\s+ok/)
      .first()
      .waitFor()
    await menu(/^\s*Doctor/)
    await editor.getByText('Looked at:').waitFor()
    await menu('Show overview')
    await window.overview.getByRole('heading', { name: CONNECTION }).waitFor()
    await menu('Settings')
    await page.locator('.settings-editor').getByText('Extensions: May Ask').waitFor()
    await menu('Add connection…')
    await window.row(/^GitHub/).waitFor()
    await page.keyboard.press('Escape')
  })

  test('the menu signs out and in', async () => {
    await menu('Sign out…')
    await answerSignOut('Sign Out')
    await window.statusSays(OUT)
    await signsIn(() => menu('Sign in…'))
  })

  /** Rules in fob.json that nobody accepted, told of in the window. */
  async function waiting(rule: object): Promise<Locator> {
    await writeRules(rule)
    await scene.home.must('down')
    await window.statusSays('not running')
    await scene.home.must('up')
    await window.statusSays(FRESH)
    return window.soughtNotice(/The rules of fob\.json changed/)
  }

  async function writeRules(rule: object): Promise<void> {
    await mkdir(join(scene.home.directory, 'config'), { recursive: true })
    await writeFile(join(scene.home.directory, 'config', 'fob.json'), JSON.stringify({ policy: [rule] }))
  }

  const inForce = async (): Promise<Answer<'config'>['inForce']> =>
    routes.config.answer.parse(JSON.parse((await scene.home.ask('/v1/config')).text)).inForce

  test('rules that wait are in force after a click on Accept, and not when the file changed meanwhile', async () => {
    const curl = await realpath('/usr/bin/curl')
    const deny = { decide: 'deny', connection: CONNECTION, programs: [curl] }
    const first = await waiting(deny)
    assert.match(await first.innerText(), /deny that .*curl gets an access token of sandbox/)
    const words = [
      '-s',
      '--unix-socket',
      scene.home.socket,
      `http://fob/v1/connections/${CONNECTION}/access-token`,
    ]
    assert.match((await run(curl, words)).stdout, /"accessToken"/)
    await first.getByRole('button', { name: 'Accept' }).click()
    await window.page.getByText('fob: the rules of fob.json are in force').waitFor()
    assert.match((await run(curl, words)).stdout, /refused_by_policy/)
    const before = await inForce()
    const second = await waiting({ ...deny, programs: ['/usr/bin/wget'] })
    await writeRules({ ...deny, programs: ['/usr/bin/nc'] })
    await second.getByRole('button', { name: 'Accept' }).click()
    await window.soughtNotice(/fob: .*changed/)
    assert.deepEqual(await inForce(), before)
  })
})
