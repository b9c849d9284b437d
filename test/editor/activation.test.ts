/** What the extension costs a window's start, as the editor itself measures it. */
import assert from 'node:assert/strict'
import { figureWhenQuiet, FULL, keep, median } from '../bench/measuring.js'
import { needChromium } from './browser.js'
import { Scene } from './scene.js'

/** Starts of a window. */
const STARTS = FULL ? 10 : 3
const BAR_MS = 150

suite('editor/activation', () => {
  let scene: Scene

  suiteSetup(async function () {
    needChromium(this)
    scene = await Scene.set()
  })

  suiteTeardown(async () => {
    await scene?.remove()
  })

  test('V1 the extension is there at once when a window starts', async () => {
    const window = await scene.window()
    const times: number[] = []
    for (let start = 0; start < STARTS; start++) {
      if (start > 0) await window.reload()
      await window.statusSays('signed out')
      times.push(await window.activationMs())
    }
    keep('activation', times)
    assert.ok(times.every((ms) => ms > 0))
    figureWhenQuiet('V1', {
      value: `activated in ${median(times)} ms`,
      bar: `${BAR_MS} ms`,
      ok: median(times) <= BAR_MS,
      n: STARTS,
    })
  })
})
