/** Signing in from the status bar, with the real pages of the provider in a real browser. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { ConsentBegun } from '../../shared/contract/consent.js'
import { gitFileOf } from '../../shared/contract/terminal.js'
import { figure } from '../figures.js'
import { appears } from './appears.js'
import { needChromium } from './browser.js'
import { addGitlab } from './gitlabServer.js'
import { CONNECTION, Scene } from './scene.js'
import type { Window } from './window.js'

const FRESH = '1 of 1 fresh'

/** What the other extension leaves. */
const Session = z.object({ account: z.string(), digest: z.string() })

const Settings = z.object({ 'fob.terminal.git': z.array(z.string()) })

/** At a provider that git has to do with. */
const WORK = 'work'

/** A server of which nobody knows more than its addresses; what its page is asked for is looked at, byte for byte. */
const EXACT = {
  name: 'exact',
  page: 'https://login.example.test/authorize',
  query: 'audience=a%2Bb%26c%3Dd%25',
  scopes: 'read+write a&b 100%',
}

/** Of each attempt its own, in an address to sign in at. */
const OWN = /(?<=[?&](state|code_challenge)=)[A-Za-z0-9_-]+|(?<=127\.0\.0\.1%3A)\d+/g

suite('editor/signIn', () => {
  let scene: Scene
  let gitlab: Server | undefined
  let window: Window
  let probe = ''

  suiteSetup(async function () {
    needChromium(this)
    scene = await Scene.set()
    probe = await scene.probe()
    window = await scene.window('work', scene.developing(probe))
  })

  suiteTeardown(async () => {
    await scene?.remove()
    gitlab?.close()
  })

  test('V1 a window that opens shows how the connection stands', async () => {
    await window.statusSays('sandbox: signed out')
    const shown = await window.statusItem.innerText()
    assert.match(shown, /fob 1 signed out/)
    figure('V1', { value: shown.trim(), bar: 'the item says what is', ok: true })
  })

  test('V2 clicks lead from signed out through the browser to fresh', async () => {
    const page = await scene.signIn(window)
    await page.close()
    await window.statusSays(FRESH)
    assert.equal((await scene.home.connection(CONNECTION)).state, 'active')
    figure('V2', { value: 'signed in', bar: 'signed in', ok: true })
  })

  test('V13 a window that is loaded anew asks the provider for nothing', async () => {
    await scene.home.set({ lifetime: 3600 })
    await scene.home.signIn(CONNECTION)
    await scene.home.forgetLedger()
    await window.reload()
    await window.statusSays(FRESH)
    const { received } = await scene.home.ledger()
    figure('V13', { value: received, bar: 0, ok: received === 0 })
    assert.equal(received, 0)
  })

  test('V11 a consent that was cancelled leaves nothing behind and can be tried again', async () => {
    await scene.signOut()
    await window.statusSays('signed out')
    const broken = { kind: 'status', status: 503, body: 'html', endpoint: 'authorization' } as const
    await scene.home.fault(broken)
    await window.openMenu()
    const waiting = await scene.opened(() => window.choose(CONNECTION))
    await window.showNotices()
    const progress = window.notice('Signing in to sandbox')
    await progress.getByRole('button', { name: 'Cancel' }).click()
    await window.statusSays('signed out')
    await window.showNotices()
    const ended = window.notice('did not finish')
    await ended.waitFor()
    assert.equal((await scene.home.connection(CONNECTION)).state, 'signedOut')
    await waiting.close()
    await scene.home.clearFaults()
    const page = await scene.opened(() => ended.getByRole('button', { name: 'Try Again' }).click())
    await page.getByRole('heading', { name: 'Signed in' }).waitFor()
    await page.close()
    await window.statusSays(FRESH)
    figure('V11', { value: 'signed in at the second try', bar: 'signed in at the second try', ok: true })
  })

  test('V10 by a code, which is approved on a page of the provider', async () => {
    await scene.signOut()
    await window.statusSays('signed out')
    await scene.editor.setSettings({ 'fob.signIn.method': 'device' })
    await window.reload()
    await window.statusSays('signed out')
    await window.openMenu()
    const page = await scene.opened(() => window.choose(CONNECTION))
    await page.getByRole('button', { name: 'Approve' }).click()
    await page.getByRole('heading', { name: 'Approved' }).waitFor()
    await page.close()
    await window.statusSays(FRESH)
    figure('V10', { value: 'signed in', bar: 'signed in', ok: true })
  })

  test('V12 another extension gets a session once the person allows it', async () => {
    const left = appears(probe, 'session.json')
    await window.command('Probe: Ask for a Session')
    await window.dialog('wants to sign in using fob').getByRole('button', { name: 'Allow' }).click()
    await left
    const session = Session.parse(JSON.parse(await readFile(join(probe, 'session.json'), 'utf8')))
    const lease = await scene.home.lease(CONNECTION)
    // The editor's own list tells which connection it is as well.
    assert.equal(session.account, `${lease.account?.label} (${CONNECTION})`)
    assert.equal(session.digest, createHash('sha256').update(lease.accessToken).digest('base64url'))
    const changed = appears(probe, 'changes.json')
    await scene.home.must('refresh', CONNECTION)
    await changed
    figure('V12', { value: 'a session and its change', bar: 'a session and its change', ok: true })
  })

  /** What git is told in a new terminal. */
  async function gitInTerminal(): Promise<Map<string, string>> {
    const folder = await scene.folder('seen')
    const left = appears(folder, 'git')
    await window.runInTerminal(`cd ${folder}; env | grep ^GIT_CONFIG_ > part; mv part git`)
    await left
    const lines = (await readFile(join(folder, 'git'), 'utf8')).trim().split('\n')
    return new Map(lines.map((line) => [line.replace(/=.*/, ''), line.replace(/^[^=]*=/, '')]))
  }

  test('the first sign-in to a provider asks once what terminals may have, and keeps the answer', async () => {
    gitlab = await addGitlab(scene.home, WORK)
    await scene.editor.setSettings({})
    await window.reload()
    await window.statusSays('1 of 2 fresh')
    const before = await gitInTerminal()
    await (await scene.signIn(window, WORK)).close()
    await window.statusSays('2 of 2 fresh')
    const question = await window.soughtNotice(`Make ${WORK} available in your terminals?`)
    await question.getByRole('button', { name: 'git and Tools (Recommended)' }).click()
    let after = await gitInTerminal()
    // What was chosen is with the editor a moment later.
    for (let more = 3; more > 0 && after.size === before.size; more--) after = await gitInTerminal()
    assert.equal(Number(after.get('GIT_CONFIG_COUNT')), Number(before.get('GIT_CONFIG_COUNT')) + 1)
    assert.ok([...after.values()].includes(join(dirname(scene.home.socket), gitFileOf(WORK))))
    const settings = Settings.parse(JSON.parse(await readFile(scene.editor.settingsFile, 'utf8')))
    assert.deepEqual(settings['fob.terminal.git'], [WORK])
    await scene.home.must('sign-out', WORK)
    await window.statusSays('1 of 2 fresh')
    await (await scene.signIn(window, WORK)).close()
    await window.statusSays('2 of 2 fresh')
    await window.showNotices()
    assert.equal(await window.notice('available in your terminals').count(), 0)
  })

  test('the address to sign in at is opened byte for byte as it was made', async () => {
    const { name, page, query, scopes } = EXACT
    const server = ['--authorization-endpoint', `${page}?${query}`, '--token-endpoint', `${page}/token`]
    await scene.home.must(
      'add',
      'oauth2',
      '--name',
      name,
      '--client-id',
      'a&b',
      '--scopes',
      scopes,
      ...server,
    )
    let asked = ''
    await scene.profile.route(
      ({ href }) => href.startsWith(page),
      (route) => {
        asked = route.request().url()
        return route.fulfill({ body: 'the page' })
      },
    )
    await window.statusSays('2 of 3 fresh')
    await window.openMenu()
    await window.choose(new RegExp(`^\\s*${name}`))
    const question = window.dialog('external website').getByRole('button', { name: 'Open' })
    const opened = await scene.opened(() => question.click())
    await opened.getByText('the page').waitFor()
    await opened.close()
    const begun = await scene.home.ask(`/v1/connections/${name}/consent`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ preempt: true }),
    })
    const made = ConsentBegun.parse(JSON.parse(begun.text))
    assert.ok(made.kind === 'browser' && made.url.includes(query), made.kind)
    assert.equal(asked.replace(OWN, ''), made.url.replace(OWN, ''))
  })
})
