/**
 * What goes wrong at a person's machine, as the editor tells it: each a plain sentence and what mends it, taken at
 * its word here.
 */
import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync } from 'node:fs'
import { createServer, type RequestListener, type Server } from 'node:http'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import type { Locator } from 'playwright-core'
import { z } from 'zod'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import { VERSION } from '../../shared/contract/version.js'
import { otherVersion } from '../faults/otherVersion.js'
import { firstLine } from '../process/home.js'
import { needChromium } from './browser.js'
import { CONNECTION, Scene } from './scene.js'
import type { Window } from './window.js'

const run = promisify(execFile)

const OLDER = '0.0.9'

const UP = `${CONNECTION}: signed out`

const Shutdown = z.object({ successor: z.object({ node: z.string(), program: z.string() }) })

suite('editor/badInput', () => {
  let scene: Scene
  let window: Window
  let server: Server | undefined
  let connections = 0

  suiteSetup(async function () {
    needChromium(this)
    const settings = { 'fob.signIn.method': 7, 'fob.terminal.git': ['Not a Name'] }
    scene = await Scene.set({ settings })
    await scene.home.must('down')
  })

  suiteTeardown(async () => {
    await leave()
    await scene?.remove()
  })

  /** Somebody answers where fob should be. */
  async function stand(listener: RequestListener, mode = 0o600): Promise<void> {
    connections = 0
    server = createServer(listener).listen(scene.home.socket)
    server.on('connection', () => (connections += 1))
    await once(server, 'listening')
    chmodSync(scene.home.socket, mode)
  }

  async function leave(): Promise<void> {
    const standing = server
    server = undefined
    if (standing === undefined) return
    standing.closeAllConnections()
    await new Promise((resolve) => standing.close(resolve))
  }

  /** Stands in for a fob of another protocol, until `handedOver` takes its place. */
  function otherFob(protocol: number, handedOver: (successor: string) => Promise<unknown>): RequestListener {
    const hello = { product: 'fob', version: '9.0.0', protocol, capabilities: [], pid: process.pid }
    return (request, answer) => {
      const say = (status: number, body: object): void =>
        void answer.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body))
      if (request.url === '/v1/hello') return say(200, hello)
      if (request.url !== '/v1/shutdown') {
        const error = { code: 'unsupported_protocol', message: 'other', remedy: 'configure', fix: 'fob up' }
        return say(400, { error })
      }
      void text(request).then(async (body) => {
        const { successor } = Shutdown.parse(JSON.parse(body))
        say(200, { stopping: true, pid: process.pid })
        await leave()
        await handedOver(successor.program)
      })
    }
  }

  /** What the status item says, as a notice with buttons. */
  async function told(words: string): Promise<Locator> {
    await window.statusSays(words)
    return window.soughtNotice(words)
  }

  test('a fob of an older protocol hands over at a click, and the window goes on with its successor', async () => {
    let program = ''
    await stand(
      otherFob(0, (successor) => {
        program = successor
        return scene.home.must('up')
      }),
    )
    window = await scene.window()
    const notice = await told('is older than this extension')
    assert.match(await notice.innerText(), /Fob 9\.0\.0 \(pid \d+\) is running/)
    await notice.getByRole('button', { name: 'Hand Over to This Version' }).click()
    await window.statusSays(UP)
    assert.match(program, /fob-vscode.*daemon\.mjs$/)
    assert.equal((await scene.home.status()).daemon.version, VERSION)
  })

  test('settings that are not understood are named, with the way to them', async () => {
    const notice = await window.soughtNotice('These settings are not understood')
    const named = ': fob.terminal.git, fob.signIn.method.'
    const told = await notice.innerText()
    assert.ok(told.includes(named), told)
    await notice.getByRole('button', { name: 'Open Settings' }).click()
    await window.page.locator('.settings-editor').waitFor()
  })

  test('somebody else at the socket is told from fob, and the command shown makes room', async () => {
    await scene.home.must('down')
    await window.statusSays('not running')
    await stand((_request, answer) => answer.end('<html>'))
    await window.command('fob: Start or Reconnect')
    const notice = await told('Something else answers where fob should be')
    const shown = await notice.innerText()
    const [, command = ''] = /What helps: (mv .*) && fob up/.exec(shown) ?? assert.fail(shown)
    await run('sh', ['-c', command])
    await notice.getByRole('button', { name: 'Try Again' }).click()
    await window.statusSays(UP)
    await leave()
  })

  test('to a socket that others could reach nothing is said, and the command shown mends it', async () => {
    await scene.home.must('down')
    await window.statusSays('not running')
    await stand((_request, answer) => answer.end('{}'), 0o666)
    await window.command('fob: Start or Reconnect')
    const notice = await told('is not provably yours, so nothing was sent to it')
    assert.match(await notice.innerText(), /has mode 666: other users could reach it.*What helps: chmod 600/s)
    assert.equal(connections, 0)
    await leave()
    await notice.getByRole('button', { name: 'Try Again' }).click()
    await window.statusSays(UP)
  })

  test('a fob of a newer protocol wants a newer extension, and is met again by itself when it goes', async () => {
    await scene.home.must('down')
    await window.statusSays('not running')
    await stand(otherFob(99, () => Promise.resolve()))
    await window.command('fob: Start or Reconnect')
    const notice = await told('is newer than this extension')
    await notice.getByRole('button', { name: 'Update the Extension' }).click()
    await window.page.locator('.extensions-viewlet').getByText('@id:fob-dev.fob-vscode').waitFor()
    await leave()
    await window.statusSays(UP)
  })

  test('an older fob of the same protocol serves on, and hands over at a click', async () => {
    const program = await otherVersion(join(scene.editor.directory, 'older'), OLDER)
    await scene.home.must('down')
    await window.statusSays('not running')
    const older = spawn(process.execPath, [program], {
      env: { ...startEnvironment(process.env), FOB_HOME: scene.home.directory },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    const ended = once(older, 'exit')
    await firstLine(older)
    await window.statusSays(UP)
    const notice = await window.soughtNotice(`fob ${OLDER} is running, and this extension brings ${VERSION}`)
    assert.equal((await scene.home.status()).daemon.version, OLDER)
    await notice.getByRole('button', { name: 'Hand Over' }).click()
    await ended
    await window.statusSays(UP)
    const { daemon } = await scene.home.status()
    assert.equal(daemon.version, VERSION)
    assert.deepEqual(await scene.daemons(), [daemon.pid])
  })

  test('a provider without a client id asks for one, and leads to where it is registered', async () => {
    await window.command('fob: Add Connection…')
    await window.choose(/^GitHub/)
    await window.picker.locator('input').first().fill('git-work')
    await window.page.keyboard.press('Enter')
    await window.picker.getByText('type another one for an installation of your own').waitFor()
    assert.equal(await window.picker.locator('input').first().inputValue(), 'https://github.com')
    await window.page.keyboard.press('Enter')
    await window.picker.getByText('The client id registered at https://github.com/settings').waitFor()
    await window.page.keyboard.press('Enter')
    await window.picker.getByText('name the client id registered at the provider').waitFor()
    await window.picker.getByRole('button', { name: 'Register one at https://github.com' }).click()
    await window.dialog('https://github.com/settings/applications/new').waitFor()
    await window.page.keyboard.press('Escape')
  })

  test('an installation of one’s own is named by its address, which is checked, and has its own pages', async () => {
    await window.command('fob: Add Connection…')
    await window.choose(/^GitLab/)
    const input = window.picker.locator('input').first()
    await input.fill('git-own')
    await window.page.keyboard.press('Enter')
    await window.picker.getByText('type another one for an installation of your own').waitFor()
    await input.fill('http://git.example.com')
    await window.picker.getByText('use https; http is for this machine only').waitFor()
    await input.fill('https://git.example.com/gitlab')
    await window.page.keyboard.press('Enter')
    const registered =
      'The client id registered at https://git.example.com/gitlab/-/user_settings/applications'
    await window.picker.getByText(registered).waitFor()
    await window.page.keyboard.press('Escape')
  })
})
