/** Several windows, a daemon that dies, and what is left on disk. */
import assert from 'node:assert/strict'
import { figure } from '../figures.js'
import { needChromium } from './browser.js'
import { CONNECTION, Scene } from './scene.js'
import type { Window } from './window.js'

const FRESH = '1 of 1 fresh'

/** Promised: both windows show a sign-in within this, milliseconds. */
const BOTH_SHOW_MS = 1_000

/** Promised: a daemon that died is back within this, milliseconds. */
const RECOVERED_MS = 5_000

suite('editor/windows', () => {
  let scene: Scene
  let first: Window
  let second: Window

  suiteSetup(async function () {
    needChromium(this)
    scene = await Scene.set()
    await scene.home.must('down')
    // At once, and nobody has started a daemon.
    const opening = [scene.window('one'), scene.window('two')] as const
    ;[first, second] = await Promise.all(opening)
  })

  suiteTeardown(async () => {
    await scene?.remove()
  })

  test('V8 two windows have one daemon, and one consent shows in both', async () => {
    await Promise.all([first.statusSays('signed out'), second.statusSays('signed out')])
    const daemons = await scene.daemons()
    assert.equal(daemons.length, 1)
    const [one, two] = await Promise.all([first.labels(), second.labels()])
    const page = await scene.signIn(first)
    await page.close()
    await Promise.all([first.statusSays(FRESH), second.statusSays(FRESH)])
    const [at, later] = [await one.firstWith(FRESH), await two.firstWith(FRESH)]
    const apart = Math.abs(at - later)
    const { counts } = await scene.home.ledger()
    assert.deepEqual(counts, [{ grantType: 'authorization_code', status: 200, count: 1 }])
    assert.equal(scene.profile.pages().length, 2, 'a second page was opened for the same consent')
    figure('V8', { value: `${apart} ms apart`, bar: `≤ ${BOTH_SHOW_MS} ms`, ok: apart <= BOTH_SHOW_MS })
  })

  test('V9 a daemon that was killed is shown as away and is back by itself', async () => {
    const labels = await first.labels()
    const killedAt = Date.now()
    await scene.home.killDaemon()
    const away = await labels.firstWith('. fob is ')
    const recovered = (await labels.firstWith(FRESH, away)) - killedAt
    await second.statusSays(FRESH)
    assert.equal((await scene.daemons()).length, 1)
    assert.equal(await first.page.locator('.monaco-dialog-box').count(), 0)
    assert.equal(await first.page.locator('.notification-toast').count(), 0)
    figure('V9', { value: `${recovered} ms`, bar: `≤ ${RECOVERED_MS} ms`, ok: recovered <= RECOVERED_MS })
    assert.equal((await scene.home.lease(CONNECTION)).connection, CONNECTION)
  })
})
