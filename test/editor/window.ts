/** One window of the editor: what a person sees and does in it, in their words. */
import type { BrowserContext, FrameLocator, JSHandle, Locator, Page } from 'playwright-core'
import type { Editor } from './editor.js'

/** A workbench on a cold machine with two busy cores. Milliseconds. */
const PATIENCE = 60_000

/** Between two looks through a list that others add to. Milliseconds. */
const NOTICE_MS = 500

/** Of the extension's own item, made of publisher, name and item. */
const STATUS_ITEM = '[id^="fob-dev.fob-vscode"].statusbar-item'

interface Label {
  readonly text: string
  readonly at: number
}

/** What the status item said, in its order. */
export class Labels {
  readonly #page: Page
  readonly #log: JSHandle<Label[]>

  constructor(page: Page, log: JSHandle<Label[]>) {
    this.#page = page
    this.#log = log
  }

  /** Waits until it said so, at or after `since`; resolves with when it first did. Milliseconds since the epoch. */
  async firstWith(words: string, since = 0): Promise<number> {
    const found = await this.#page.waitForFunction(
      ([log, wanted, from]) => log.find(({ text, at }) => at >= from && text.includes(wanted))?.at ?? 0,
      [this.#log, words, since] as const,
    )
    return found.jsonValue()
  }

  /** All it said so far. */
  said(): Promise<string[]> {
    return this.#log.evaluate((log) => log.map(({ text }) => text))
  }
}

export class Window {
  readonly page: Page

  private constructor(page: Page) {
    this.page = page
  }

  /** Opens a folder, or the workspace of a `.code-workspace` file, and waits until the workbench stands. */
  static async open(
    profile: BrowserContext,
    { address }: Pick<Editor, 'address'>,
    folder: string,
    query: Readonly<Record<string, string>> = {},
  ): Promise<Window> {
    const page = await profile.newPage()
    page.setDefaultTimeout(PATIENCE)
    const what = folder.endsWith('.code-workspace') ? 'workspace' : 'folder'
    const search = new URLSearchParams({ [what]: folder, ...query })
    await page.goto(`${address}/?${search.toString()}`, { waitUntil: 'domcontentloaded' })
    await page.waitForSelector('.monaco-workbench')
    return new Window(page)
  }

  async reload(): Promise<void> {
    await this.page.reload({ waitUntil: 'domcontentloaded' })
    await this.page.waitForSelector('.monaco-workbench')
  }

  async close(): Promise<void> {
    await this.page.close()
  }

  /** fob's item in the status bar. */
  get statusItem(): Locator {
    return this.page.locator(STATUS_ITEM)
  }

  /** Waits until the item says so to a screen reader. */
  async statusSays(words: string): Promise<void> {
    await this.page.locator(`${STATUS_ITEM}[aria-label*="${words}"]`).waitFor()
  }

  /** Writes down from now on what the item says, however briefly, and when. */
  async labels(): Promise<Labels> {
    const log = await this.page.evaluateHandle<Label[]>(`(() => {
      const log = []
      const item = () => document.querySelector('${STATUS_ITEM}')
      const note = () => {
        const text = item()?.getAttribute('aria-label') ?? ''
        if (log.at(-1)?.text !== text) log.push({ text, at: Date.now() })
      }
      const options = { subtree: true, childList: true, attributes: true, attributeFilter: ['aria-label'] }
      new MutationObserver(note).observe(document.querySelector('.part.statusbar'), options)
      return log
    })()`)
    return new Labels(this.page, log)
  }

  /** Opens the quick pick behind the status item. */
  async openMenu(): Promise<void> {
    await this.statusItem.locator('a').click()
    await this.picker.waitFor()
  }

  get picker(): Locator {
    return this.page.locator('.quick-input-widget:visible')
  }

  /** One row of the open quick pick. */
  row(text: string | RegExp): Locator {
    return this.picker.locator('.quick-input-list .monaco-list-row').filter({ hasText: text }).first()
  }

  async choose(text: string | RegExp): Promise<void> {
    await this.row(text).click()
  }

  /** Types an answer to the open question. */
  async answer(text: string): Promise<void> {
    await this.picker.locator('input').first().fill(text)
    await this.page.keyboard.press('Enter')
  }

  /** Opens fob's view at the side. */
  async openView(): Promise<Locator> {
    await this.page.locator('.activitybar').getByRole('tab', { name: 'fob' }).click()
    return this.page.locator('.part.sidebar')
  }

  /** The marks by which the editor asks to relaunch a terminal, since its environment would be another now. */
  get relaunchWarnings(): Locator {
    return this.page.locator('.part.panel .codicon-warning, .terminal-tab .codicon-warning')
  }

  /** Runs a command through the palette, by its title. */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press('F1')
    await this.picker.locator('input[type="text"]').first().fill(`>${title}`)
    await this.row(title).waitFor()
    await this.page.keyboard.press('Enter')
  }

  /** How long the editor waited for the extension to be ready, by its own list of running extensions. */
  async activationMs(): Promise<number> {
    await this.command('Developer: Show Running Extensions')
    const row = this.page
      .locator('.runtime-extensions-editor .extension')
      .filter({ has: this.page.locator('.name').getByText('fob', { exact: true }) })
    const words = await row.locator('.activation-time').innerText()
    return Number(/(\d+)\s*ms/.exec(words)?.[1])
  }

  /** Opens the list of notices: those that came while another page was in front are only in there. */
  async showNotices(): Promise<void> {
    await this.page.bringToFront()
    await this.command('Notifications: Show Notifications')
  }

  /** Answers the editor's question whether the authors of this workspace are to be trusted. */
  async answerTrust(answer: 'Cancel' | 'Trust Workspace & Continue'): Promise<void> {
    const dialog = this.dialog('Do you trust the authors')
    await dialog.getByRole('button', { name: answer }).click()
    await dialog.waitFor({ state: 'detached' })
  }

  /** Looks through the list of notices until this one is in sight: what is not is not there at all. */
  async soughtNotice(text: string | RegExp): Promise<Locator> {
    await this.showNotices()
    const found = this.notice(text)
    const list = this.page.locator('.notifications-center .monaco-list')
    while (!(await found.isVisible())) {
      // A list that was empty may close when something comes; in one that is not, others may come before it.
      if (await list.isVisible()) await list.press('Home')
      else await this.showNotices()
      await found.waitFor({ timeout: NOTICE_MS }).catch(() => undefined)
    }
    return found
  }

  notice(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item').filter({ hasText: text })
  }

  dialog(text: string | RegExp): Locator {
    return this.page.locator('.monaco-dialog-box').filter({ hasText: text })
  }

  /** The page inside the overview's tab. The editor keeps it in a frame of a frame. */
  get overview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame')
  }

  /** Opens a terminal, of the usual shell or of this one, and waits until it can be typed into. */
  async openTerminal(shell?: string): Promise<void> {
    const terminals = this.page.locator('.terminal-wrapper')
    const before = await terminals.count()
    if (shell === undefined) await this.command('Terminal: Create New Terminal')
    else {
      await this.command('Create New Terminal (With Profile)')
      await this.picker.getByPlaceholder(/profile/).waitFor()
      await this.choose(new RegExp(`^\\s*${shell}`))
    }
    await terminals.nth(before).locator('.xterm-helper-textarea').waitFor({ state: 'attached' })
  }

  /** Types a line into the terminal in front. */
  async typeInTerminal(line: string): Promise<void> {
    // A click may meet what hovers over it.
    await this.page.locator('.terminal-wrapper.active .xterm-helper-textarea').last().focus()
    await this.page.keyboard.type(`${line}\n`)
  }

  /** Opens a terminal and types `line` once its shell is there. What came of it shows in files, not here. */
  async runInTerminal(line: string): Promise<void> {
    await this.openTerminal()
    await this.typeInTerminal(line)
  }

  /** What the person can paste, once there is something. */
  copied(): Promise<string> {
    return this.page.evaluate<string>(`(async () => {
      for (;;) {
        const text = await navigator.clipboard.readText()
        if (text !== '') return text
        await new Promise(requestAnimationFrame)
      }
    })()`)
  }
}
