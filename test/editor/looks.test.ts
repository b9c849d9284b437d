/** What people see, in light, dark and high contrast: each part is there, whole and readable, and kept as a picture. */
import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { Locator, Page } from 'playwright-core'
import { figure } from '../figures.js'
import { ROOT } from '../process/home.js'
import { needChromium } from './browser.js'
import { dayOf } from './day.js'
import { cutCells, leastReadable, type Read } from './page/reading.js'
import { CONNECTION, Scene } from './scene.js'
import type { Window } from './window.js'

/** By the name that the editor lists, with what its workbench wears then. */
const LOOKS = {
  light: { theme: 'Light Modern', wears: 'vs' },
  dark: { theme: 'Dark Modern', wears: 'vs-dark' },
  contrast: { theme: 'Dark High Contrast', wears: 'hc-black' },
  contrastLight: { theme: 'Light High Contrast', wears: 'hc-light' },
} as const
type Look = keyof typeof LOOKS

/** The last is looked at in the whole run only. */
const SHOWN = (Object.keys(LOOKS) as Look[]).filter(
  (look) => look !== 'contrastLight' || process.env['FOB_TEST_FULL'] !== undefined,
)

const PARTS = ['status', 'tooltip', 'menu', 'tree', 'walkthrough', 'finished', 'overview']

/** What WCAG 2.2 asks of text (1.4.3). */
const READABLE = 4.5

/** The item says what matters most. */
const TROUBLE = 'play: sign-in needed'

const FOLDER = join(ROOT, 'out', 'looks')

suite('editor/looks', () => {
  let scene: Scene
  let window: Window
  const taken = new Set<string>()
  let least: Read = { contrast: Infinity, text: '' }

  suiteSetup(async function () {
    needChromium(this)
    scene = await Scene.set()
    await makeDay(scene)
    window = await scene.window()
    await window.statusSays(TROUBLE)
    await mkdir(FOLDER, { recursive: true })
  })

  suiteTeardown(async () => {
    await scene?.remove()
  })

  async function keep(look: Look, part: string, what: Page | Locator): Promise<void> {
    // Parts come into view within a few frames; what is half there is shown as it will be.
    await what.screenshot({ path: join(FOLDER, `${look}-${part}.png`), animations: 'disabled' })
    taken.add(`${look}-${part}`)
  }

  async function dress(look: Look): Promise<void> {
    // As a person does: what is written into the settings' file counts from the next load alone.
    await window.page.keyboard.press('Control+K')
    await window.page.keyboard.press('Control+T')
    await window.picker.locator('input[type="text"]').first().fill(LOOKS[look].theme)
    await window.choose(LOOKS[look].theme)
    await window.picker.waitFor({ state: 'hidden' })
    await window.page.locator(`.monaco-workbench.${LOOKS[look].wears}`).waitFor()
    await window.statusSays(TROUBLE)
  }

  async function lookAtStatus(look: Look): Promise<void> {
    await keep(look, 'status', window.page.locator('.part.statusbar'))
    await window.statusItem.hover()
    const table = window.page.locator('.workbench-hover table')
    await table.waitFor()
    await keep(look, 'tooltip', window.page)
    for (const text of ['nightly', /sign.in.needed/, 'sandbox']) await table.getByText(text).first().waitFor()
    assert.deepEqual(await table.evaluate(cutCells), [])
  }

  async function lookAtMenu(look: Look): Promise<void> {
    await window.openMenu()
    for (const text of ['play', 'nightly', 'Show overview', 'Settings']) await window.row(text).waitFor()
    await keep(look, 'menu', window.page)
    await window.page.keyboard.press('Escape')
  }

  async function lookAtTree(look: Look): Promise<void> {
    const sides = window.page.locator('.activitybar')
    await sides.getByRole('tab', { name: 'fob' }).click()
    const row = window.page.getByRole('treeitem', { name: /^nightly, fresh/ })
    await row.click()
    await window.page.getByRole('treeitem', { name: /Used by/ }).waitFor()
    await keep(look, 'tree', window.page)
    await row.click()
    // A click on what is open would close it, in the next look.
    await sides.getByRole('tab', { name: /^Explorer/ }).click()
  }

  async function lookAtWalkthrough(look: Look): Promise<void> {
    await window.command('fob: Get Started')
    await window.page.getByText('From nothing to a terminal').waitFor()
    await keep(look, 'walkthrough', window.page)
  }

  async function lookAtFinishedPage(look: Look): Promise<void> {
    await scene.signOut()
    const page = await scene.signIn(window)
    await page.emulateMedia({
      colorScheme: /light$/i.test(look) ? 'light' : 'dark',
      forcedColors: look.startsWith('contrast') ? 'active' : 'none',
    })
    await keep(look, 'finished', page)
    await page.close()
  }

  async function lookAtOverview(look: Look): Promise<void> {
    await window.command('fob: Show Overview')
    const page = window.overview
    await page.getByRole('heading', { name: 'nightly' }).waitFor()
    await page
      .getByRole('listbox', { name: /^nightly/ })
      .getByRole('option')
      .nth(5)
      .waitFor()
    await keep(look, 'overview', window.page)
    const read = await page.locator('body').evaluate(leastReadable)
    if (read.contrast < least.contrast) least = read
    assert.ok(read.contrast >= READABLE, `"${read.text}" has a contrast of ${read.contrast}`)
  }

  for (const look of SHOWN) {
    test(`V15 every part in ${look}`, async () => {
      await dress(look)
      await lookAtStatus(look)
      await lookAtMenu(look)
      await lookAtTree(look)
      await lookAtWalkthrough(look)
      await lookAtFinishedPage(look)
      await lookAtOverview(look)
    })
  }

  test('V15 the overview is walked with the arrow keys, and every mark says what it is', async () => {
    const page = window.overview
    await page.getByRole('button', { name: '24 h' }).focus()
    await window.page.keyboard.press('Tab')
    const here = page.locator('[role=option]:focus')
    const first = await here.getAttribute('aria-label')
    await window.page.keyboard.press('ArrowLeft')
    const second = await here.getAttribute('aria-label')
    assert.notEqual(second, first)
    await page
      .locator('#callout')
      .getByText(second ?? '')
      .waitFor()
    await window.page.keyboard.press('ArrowDown')
    const below = page.getByRole('listbox').nth(1).locator('[role=option]:focus')
    await below.waitFor()
    await window.page.keyboard.press('Home')
    assert.match((await here.getAttribute('aria-label')) ?? '', /signed in/)
    assert.equal(await page.locator('[role=listbox]:has([role=option]:focus) [tabindex="0"]').count(), 1)
  })

  test('V15 a refresh shows in the open overview at once, and whoever is in it stays where they are', async () => {
    const page = window.overview
    const here = page.locator('[role=option]:focus')
    const before = await here.getAttribute('data-key')
    const counts = page.locator('section').filter({ hasText: 'nightly' }).locator('.counts')
    const said = await counts.innerText()
    await scene.home.must('refresh', 'nightly')
    await counts.filter({ hasNotText: said }).waitFor()
    assert.equal(await here.getAttribute('data-key'), before)
    const all = SHOWN.flatMap((look) => PARTS.map((part) => `${look}-${part}`))
    const missing = all.filter((picture) => !taken.has(picture))
    figure('V15', {
      value: `${taken.size} pictures, least contrast of the overview ${least.contrast.toFixed(1)}`,
      bar: `${all.length} pictures, ≥ ${READABLE}`,
      ok: missing.length === 0 && least.contrast >= READABLE,
    })
  })
})

/** Three connections with a day behind two of them: one fresh, one whose grant was revoked, one of today. */
async function makeDay({ home }: Scene): Promise<void> {
  for (const name of ['nightly', 'play']) await home.addSandbox(name)
  await home.must('down')
  const record = join(home.directory, 'state', 'audit', 'audit.log')
  await mkdir(dirname(record), { recursive: true, mode: 0o700 })
  const now = Date.now()
  await writeFile(record, dayOf('nightly', now) + dayOf('play', now), { mode: 0o600 })
  await home.set({ lifetime: 5400 })
  await home.must('up')
  await home.signIn('play')
  await home.revokeAll()
  assert.notEqual((await home.fob('refresh', 'play')).code, 0)
  await home.signIn('nightly')
  await home.must('token', 'nightly')
  await home.signIn(CONNECTION)
}
