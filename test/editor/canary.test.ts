/** What the editor keeps on disk and in the browser after a day of tokens: none of them. */
import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { figure } from '../figures.js'
import { needChromium } from './browser.js'
import { CONNECTION, Scene } from './scene.js'

/** Looks like an opaque token or part of a JWT, or the digest of one; most of these are something else. */
const CANDIDATE = /[A-Za-z0-9_-]{20,}/g

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url')

suite('editor/canary', () => {
  let scene: Scene
  /** What the windows logged, and the hosts of extensions by them. */
  const consoles: string[] = []

  suiteSetup(async function () {
    needChromium(this)
    scene = await Scene.set()
    scene.profile.on('console', (message) => consoles.push(message.text()))
  })

  suiteTeardown(async () => {
    await scene?.remove()
  })

  /** Digests of all tokens ever issued, as the provider knows them. */
  async function issued(): Promise<Set<string>> {
    const { entries } = await scene.home.ledger()
    const digests = entries.flatMap(({ accessTokenIssued, refreshTokenIssued }) => [
      accessTokenIssued,
      refreshTokenIssued,
    ])
    return new Set(digests.filter((one) => one !== null))
  }

  /** Where one of them is kept: paths below the editor's folders, or `browser`, `consoles` of windows, `printed` by the server. */
  async function found(digests: ReadonlySet<string>): Promise<string[]> {
    const holds = (text: string): boolean =>
      (text.match(CANDIDATE) ?? []).some((word) => digests.has(digest(word)))
    const browser = JSON.stringify(await scene.profile.storageState({ indexedDB: true }))
    const places = [
      ...(holds(browser) ? ['browser'] : []),
      ...(holds(consoles.join('\n')) ? ['consoles'] : []),
      ...(holds(scene.editor.printed.join('')) ? ['printed'] : []),
    ]
    const entries = await readdir(scene.editor.directory, { recursive: true, withFileTypes: true })
    for (const entry of entries.filter((one) => one.isFile())) {
      const path = join(entry.parentPath, entry.name)
      if (holds(await readFile(path, 'latin1'))) places.push(path)
    }
    return places
  }

  test('V14 no token is in the user data, the logs or the browser, and a planted one is found', async () => {
    const window = await scene.window()
    await window.statusSays('signed out')
    await (await scene.signIn(window)).close()
    await window.statusSays('1 of 1 fresh')
    await scene.home.must('refresh', CONNECTION)
    await window.reload()
    await window.statusSays('1 of 1 fresh')
    const digests = await issued()
    assert.ok(digests.size >= 4, `two of each kind were issued, and ${digests.size} are known`)
    assert.ok(consoles.length > 0 && scene.editor.printed.length > 0, 'nobody logged anything')
    const kept = await found(digests)
    figure('V14', { value: kept.length, bar: 0, ok: kept.length === 0 })
    assert.deepEqual(kept, [])
    const planted = join(scene.editor.directory, 'user', 'planted.log')
    const token = await scene.home.token(CONNECTION)
    await writeFile(planted, `token=${token}\n`)
    const logged = window.page.waitForEvent('console', (message) => message.text().includes(token))
    await Promise.all([logged, window.page.evaluate((text) => console.log('token', text), token)])
    assert.deepEqual(await found(digests), ['consoles', planted])
  })
})
