/**
 * Opens the person's browser through the desktop's own opener. Whatever goes wrong is `false`, so the caller
 * shows the address instead.
 */
import type { ChildProcess } from 'node:child_process'
import type { Browser } from '../../core/ports.js'

/** An opener that is still running by then has become the browser; one that fails does so at once. */
const OPENER_DEADLINE_MS = 3_000

/** Starts the opener for a URL that is safe to pass. Separate so that tests need no desktop. */
export type Opener = (url: string) => Promise<ChildProcess>

/** Loaded only when a browser is wanted: it is rarely needed and costs start-up. */
const desktopOpener: Opener = async (url) => (await import('open')).default(url, { wait: false })

/**
 * The URL in canonical form, or undefined when it is not one to open: only web addresses, and nothing that a
 * parser would quietly drop (controls, spaces, backslashes), since the opener may parse otherwise.
 */
export function openable(url: string): string | undefined {
  if (!/^https?:\/\/[\x21\x23-\x26\x28-\x3b\x3d\x3f-\x5b\x5d\x5f\x61-\x7a\x7e]+$/i.test(url)) return undefined
  if (!URL.canParse(url)) return undefined
  const { href, username, password } = new URL(url)
  return username === '' && password === '' ? href : undefined
}

/** Resolves true when the opener ended well or became the browser, false when it failed. */
function opened(opener: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), OPENER_DEADLINE_MS)
    const settle = (success: boolean) => {
      clearTimeout(timer)
      resolve(success)
    }
    opener.once('error', () => settle(false))
    opener.once('exit', (code) => settle(code === 0))
  })
}

export class DesktopBrowser implements Browser {
  readonly #environment: NodeJS.ProcessEnv
  readonly #opener: Opener

  constructor(environment: NodeJS.ProcessEnv, opener: Opener = desktopOpener) {
    this.#environment = environment
    this.#opener = opener
  }

  async open(url: string): Promise<boolean> {
    const safe = openable(url)
    if (safe === undefined || !this.#hasDesktop()) return false
    try {
      return await opened(await this.#opener(safe))
    } catch {
      return false
    }
  }

  #hasDesktop(): boolean {
    if (process.platform !== 'linux') return true
    return Boolean(this.#environment['DISPLAY'] || this.#environment['WAYLAND_DISPLAY'])
  }
}
