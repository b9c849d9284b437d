/** Signing in from the status bar, with the real pages of the provider in a real browser. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { cp, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { figure } from '../figures.js'
import { ROOT } from '../process/home.js'
import { appears } from './appears.js'
import { needChromium } from './browser.js'
import { CONNECTION, Scene } from './scene.js'
import type { Window } from './window.js'

const FRESH = '1 of 1 fresh'

/** What the other extension leaves. */
const Session = z.object({ account: z.string(), digest: z.string() })

suite('editor/signIn', () => {
  let scene: Scene
  let window: Window

  suiteSetup(async function () {
    needChromium(this)
    scene = await Scene.set()
    window = await scene.window()
  })

  suiteTeardown(async () => {
    await scene?.remove()
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
    const probe = join(scene.editor.directory, 'probe')
    await cp(join(ROOT, 'test', 'editor', 'probe'), probe, { recursive: true })
    const other = await scene.window('work', scene.developing(probe))
    await other.statusSays(FRESH)
    const left = appears(probe, 'session.json')
    await other.command('Probe: Ask for a Session')
    await other.dialog('wants to sign in using fob').getByRole('button', { name: 'Allow' }).click()
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
    await other.close()
  })
})
