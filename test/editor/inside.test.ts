/** The suite that runs inside the extension host, as another extension of the same editor. */
import assert from 'node:assert/strict'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { build } from 'esbuild'
import { z } from 'zod'
import { figure } from '../figures.js'
import { ROOT } from '../process/home.js'
import { appears } from './appears.js'
import { needChromium } from './browser.js'
import { RESULTS_FILE, TITLES } from './inside/titles.js'
import { CONNECTION, Scene } from './scene.js'

const Results = z.record(z.string(), z.string())

/** Below out/, where packages are found from. */
const EXTENSION = join(ROOT, 'out', 'inside')

/** An extension of nobody's: the suite is what it does. */
async function buildExtension(): Promise<void> {
  await mkdir(EXTENSION, { recursive: true })
  const manifest = {
    name: 'fob-inside',
    publisher: 'fob-dev',
    version: '0.0.1',
    engines: { vscode: '^1.100.0' },
    main: './run.js',
    activationEvents: ['onStartupFinished'],
  }
  await writeFile(join(EXTENSION, 'package.json'), JSON.stringify(manifest))
  await build({
    entryPoints: [join(ROOT, 'out', 'test', 'editor', 'inside', 'run.js')],
    outfile: join(EXTENSION, 'run.js'),
    bundle: true,
    platform: 'node',
    format: 'cjs',
    external: ['vscode'],
    logLevel: 'warning',
  })
}

suite('editor/inside', () => {
  let scene: Scene
  let results: z.output<typeof Results> = {}

  suiteSetup(async function () {
    needChromium(this)
    await buildExtension()
    scene = await Scene.set()
    await scene.home.signIn(CONNECTION)
    const work = await scene.folder('work')
    const ended = appears(work, RESULTS_FILE)
    const window = await scene.window('work', scene.developing(EXTENSION))
    // The editor's own question to the person, once for each extension that asks.
    const allow = window.dialog(/wants to sign in/).getByRole('button', { name: 'Allow' })
    await Promise.race([allow.click(), ended])
    await ended
    results = Results.parse(JSON.parse(await readFile(join(work, RESULTS_FILE), 'utf8')))
  })

  suiteTeardown(async () => {
    await scene?.remove()
    await rm(EXTENSION, { recursive: true, force: true })
  })

  for (const title of TITLES) {
    test(title, () => {
      assert.equal(results[title], '', results[title] ?? 'it was not run')
      const [id] = /^V\d+/.exec(title) ?? []
      if (id !== undefined)
        figure(id, { value: 'holds inside the host', bar: 'holds inside the host', ok: true })
    })
  }
})
