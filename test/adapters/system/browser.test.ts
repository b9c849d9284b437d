import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { DesktopBrowser, openable, type Opener } from '../../../daemon/adapters/system/browser.js'
import { notRun } from '../../notRun.js'

const desktop = { DISPLAY: ':0' }
const exiting =
  (code: number): Opener =>
  async () =>
    spawn(process.execPath, ['-e', `process.exit(${code})`], { stdio: 'ignore' })

suite('browser', () => {
  test('an opener that ends well has opened it', async () => {
    assert.equal(await new DesktopBrowser(desktop, exiting(0)).open('https://example.com/a?b=c'), true)
  })

  test('an opener that fails, is missing or throws is false and never an exception', async () => {
    const missing: Opener = async () => spawn('/nonexistent/opener', [])
    const throwing: Opener = () => Promise.reject(new Error('no'))
    for (const opener of [exiting(3), missing, throwing]) {
      assert.equal(await new DesktopBrowser(desktop, opener).open('https://example.com/'), false)
    }
  })

  test('without a display nothing is started', async function () {
    if (process.platform !== 'linux') notRun(this, 'Linux')
    let started = 0
    const opener: Opener = (url) => {
      started++
      return exiting(0)(url)
    }
    assert.equal(await new DesktopBrowser({}, opener).open('https://example.com/'), false)
    assert.equal(started, 0)
    assert.equal(
      await new DesktopBrowser({ WAYLAND_DISPLAY: 'w' }, opener).open('https://example.com/'),
      true,
    )
  })

  test('only plain web addresses go to the opener, in canonical form', () => {
    assert.equal(openable('HTTPS://Example.com'), 'https://example.com/')
    assert.equal(openable('http://127.0.0.1:8080/x?y=%20#z'), 'http://127.0.0.1:8080/x?y=%20#z')
    for (const url of [
      'file:///etc/passwd',
      'javascript:alert(1)',
      '-incognito',
      '--help https://example.com',
      'https://exa\nmple.com/',
      'https://example.com/ --flag',
      'https://example.com/\\..',
      'https://user:word@example.com/',
      'https://example.com/"quoted"',
      'https://',
      '',
    ]) {
      assert.equal(openable(url), undefined, url)
    }
  })
})
