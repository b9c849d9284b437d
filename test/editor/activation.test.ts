/** What the extension costs a window's start, as the editor itself measures it. */
import assert from 'node:assert/strict'
import { fact, figureWhenQuiet, FULL, keep, median } from '../bench/measuring.js'
import { statSync } from 'node:fs'
import { needChromium } from './browser.js'
import { packedIn, partsOf } from './packed.js'
import { packaged, Scene } from './scene.js'

const MB = 1024 * 1024

/** Enough to see where a megabyte went. */
const MOST_PARTS = 6

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
  test('the package holds what it runs and nothing to rehearse or compile with', async () => {
    const vsix = await packaged()
    const packed = packedIn(vsix)
    const names = packed.map(({ name }) => name)
    for (const needed of ['dist/extension.cjs', 'dist/overview.js', 'dist/overview.css', 'daemon/fob.js']) {
      assert.ok(names.includes(`extension/${needed}`), `${needed} is missing`)
    }
    assert.deepEqual(
      names.filter((name) => /sandbox|oidc-provider|\.(ts|map|c|cc|h|gyp)$|\.test\./.test(name)),
      [],
    )
    const parts = partsOf(packed).slice(0, MOST_PARTS)
    const told = parts.map(([part, size]) => `${part} ${(size / MB).toFixed(2)}`)
    fact('V1', `the .vsix has ${(statSync(vsix).size / MB).toFixed(2)} MB: ${told.join(', ')}`)
  })
})
