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
 * A person's browser profile. The editor in a browser sends loopback addresses through a proxy of its own, which
 * one on a desktop does not do; here they go straight again, so that the sandbox is met where it is.
 */
export async function newProfile(browser: Browser): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 } })
  // As a person answers who pastes.
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await context.route(/^http:\/\/[\w.]+:\d+\/proxy\/\d+\//, async (route) => {
    const { pathname, search } = new URL(route.request().url())
    const [, port = '', path = ''] = /^\/proxy\/(\d+)(\/.*)$/.exec(pathname) ?? []
    const location = `http://127.0.0.1:${port}${path}${search}`
    await route.fulfill({ status: 302, headers: { location } })
  })
  return context
}
