/**
 * All a test of the editor needs: a fob home with a sandbox as provider, an editor with the packaged extension,
 * and a person's browser profile.
 */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { cp, mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { Home, ROOT } from '../process/home.js'
import { newProfile, startBrowser } from './browser.js'
import { Editor, install, type EditorOptions } from './editor.js'
import { Window } from './window.js'

const run = promisify(execFile)

/** The connection all tests look at. */
export const CONNECTION = 'sandbox'

let packaging: Promise<string> | undefined

/** The packaged extension, made once a run. */
export function packaged(): Promise<string> {
  packaging ??= run(process.execPath, [join(ROOT, 'extension', 'setup', 'package.mjs')], { cwd: ROOT }).then(
    () => join(ROOT, 'extension', 'dist', `fob-vscode-${process.platform}-${process.arch}.vsix`),
  )
  return packaging
}

let installing: Promise<string> | undefined

/** A folder of extensions with the packaged one in it, installed once a run. */
function installed(): Promise<string> {
  const extensions = join(ROOT, 'out', 'extensions')
  installing ??= packaged()
    .then((vsix) => install(vsix, extensions))
    .then(() => extensions)
  return installing
}

export class Scene {
  readonly home: Home
  readonly editor: Editor
  readonly browser: Browser
  readonly profile: BrowserContext

  private constructor(home: Home, editor: Editor, browser: Browser, profile: BrowserContext) {
    this.home = home
    this.editor = editor
    this.browser = browser
    this.profile = profile
  }

  /** With the connection added, nobody signed in, and no window open. */
  static async set(options: Pick<EditorOptions, 'settings' | 'trusting'> = {}): Promise<Scene> {
    const extensions = await installed()
    const home = await Home.make()
    // None of these waits for the others.
    const starting = Editor.start({ extensions, environment: home.environment, ...options })
    const opening = startBrowser()
    const adding = home.must('sandbox', 'start').then(() => home.addSandbox(CONNECTION))
    try {
      const [editor, browser] = await Promise.all([starting, opening, adding])
      return new Scene(home, editor, browser, await newProfile(browser))
    } catch (error) {
      await Promise.allSettled([
        starting.then((editor) => editor.remove()),
        opening.then((browser) => browser.close()),
        adding,
      ])
      await home.remove()
      throw error
    }
  }

  /** A folder to open; made when it is not there. */
  async folder(name: string): Promise<string> {
    const folder = join(this.editor.directory, name)
    await mkdir(folder, { recursive: true })
    return folder
  }

  async window(folder = 'work', query: Readonly<Record<string, string>> = {}): Promise<Window> {
    return Window.open(this.profile, this.editor, await this.folder(folder), query)
  }

  /** A copy of the extension that asks fob as any other would, and leaves what it got in its own folder. */
  async probe(): Promise<string> {
    const probe = join(this.editor.directory, 'probe')
    await cp(join(ROOT, 'test', 'editor', 'probe'), probe, { recursive: true })
    return probe
  }

  /** What to open a window with so that the extension in this folder runs beside fob's. */
  developing(extension: string): Readonly<Record<string, string>> {
    const { host } = new URL(this.editor.address)
    return { payload: JSON.stringify([['extensionDevelopmentPath', `vscode-remote://${host}${extension}`]]) }
  }

  /** The page that `action` opens beside the window. */
  async opened(action: () => Promise<void>): Promise<Page> {
    const [page] = await Promise.all([this.profile.waitForEvent('page'), action()])
    return page
  }

  /** Signs in by a click in the window's menu and the browser's pages, up to the finished page. */
  async signIn(window: Window, name: string = CONNECTION): Promise<Page> {
    await window.openMenu()
    const page = await this.opened(() => window.choose(new RegExp(`^\\s*${name}`)))
    await page.getByRole('heading', { name: 'Signed in' }).waitFor()
    return page
  }

  /**
   * Process ids of the daemons that this editor's extension started, by the program they run: a daemon's
   * environment is hidden from programs of its own user, its command line is not.
   */
  async daemons(): Promise<number[]> {
    const extensions = join(this.editor.directory, 'extensions')
    const found: number[] = []
    for (const pid of await readdir('/proc')) {
      if (!/^\d+$/.test(pid)) continue
      const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
      if (command.includes(extensions) && command.includes('daemon.mjs')) found.push(Number(pid))
    }
    return found
  }

  /** Signed out behind the editor's back, as a script would. */
  async signOut(): Promise<void> {
    await this.home.must('sign-out', CONNECTION)
    const { state } = await this.home.connection(CONNECTION)
    assert.equal(state, 'signedOut')
  }

  async remove(): Promise<void> {
    await this.browser.close()
    await this.editor.remove()
    await this.home.remove()
  }
}
