/** The distribution's Chromium, in which the editor's windows and the provider's pages are. */
import { existsSync } from 'node:fs'
import { chromium, type Browser, type BrowserContext } from 'playwright-core'
import { notRun } from '../notRun.js'

const PROGRAM = '/usr/bin/chromium'

/** For a suite's set-up: without Chromium its tests are counted as not run. */
export function needChromium(context: Mocha.Context): void {
  if (!existsSync(PROGRAM)) notRun(context, 'chromium')
}

export function startBrowser(): Promise<Browser> {
  const words = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync']
  return chromium.launch({
    executablePath: PROGRAM,
    args: [...words, '--disable-background-networking', '--disable-component-update'],
  })
}

/**
 * The editor in a browser opens loopback addresses through a proxy of its own, which one on a desktop does not do;
 * here they are opened straight again, so that the sandbox is met where it is.
 */
const OPEN_STRAIGHT = `{
  const open = window.open
  window.open = (address, ...how) => {
    const [, port, path] = /^http:\\/\\/[\\w.]+:\\d+\\/proxy\\/(\\d+)(\\/.*)$/.exec(address) ?? []
    return open(port === undefined ? address : 'http://127.0.0.1:' + port + path, ...how)
  }
}`

/** A person's browser profile. No request of it is routed: that would keep the browser from caching the editor. */
export async function newProfile(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  // As a person answers who pastes.
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await context.addInitScript(OPEN_STRAIGHT)
  return context
}
