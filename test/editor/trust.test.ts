/** What repositories get that nobody vouched for, and what they get when somebody does: nothing they were not given. */
import assert from 'node:assert/strict'
import { mkdir, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { gitlab } from '../../daemon/providers/gitlab.js'
import { Lease } from '../../shared/contract/lease.js'
import { figure } from '../figures.js'
import { appears } from './appears.js'
import { baseOf, listening } from '../loopback.js'
import { needChromium } from './browser.js'
import { addGitlab } from './gitlabServer.js'
import { hostileRepositories, hostileWorkspaceSettings, type Bait } from './hostileRepositories.js'
import { Scene } from './scene.js'
import { Window } from './window.js'

const CONNECTION = 'work'
const VARIABLE = gitlab.variables[0] ?? ''
/** Asks for no more than it may, and is allowed. */
const HONEST = 'honest'

/** A file has no event across editors and shells alike, so it is looked for. Milliseconds. */
const LOOK_MS = 50

suite('editor/trust', () => {
  let scene: Scene
  let provider: Server
  let evil: Server
  let bait: Bait
  let probe = ''
  let window: Window
  let names: string[] = []
  let heard = 0

  suiteSetup(async function () {
    needChromium(this)
    scene = await Scene.set({ trusting: false })
    provider = await addGitlab(scene.home, CONNECTION)
    evil = createServer((_request, answer) => answer.end()).on('connection', () => (heard += 1))
    await scene.home.signIn(CONNECTION)
    const trap = join(scene.editor.directory, 'trap')
    await writeFile(trap, `#!/bin/sh\necho "$@" >> ${trap}.ran\n`, { mode: 0o755 })
    bait = { evil: baseOf(await listening(evil)), trap, connection: CONNECTION, variable: VARIABLE }
    probe = await scene.probe()
    window = await openHostile()
  })

  suiteTeardown(async () => {
    await scene?.remove()
    provider?.close()
    evil?.close()
  })

  async function openHostile(): Promise<Window> {
    const folders = {
      ...hostileRepositories(bait),
      [HONEST]: {
        '.vscode/settings.json': JSON.stringify({ 'fob.terminal.env': { [VARIABLE]: CONNECTION } }),
      },
    }
    names = Object.keys(folders)
    const place = await scene.folder('repositories')
    for (const [name, files] of Object.entries(folders)) {
      for (const [path, text] of Object.entries(files)) {
        await mkdir(dirname(join(place, name, path)), { recursive: true })
        await writeFile(join(place, name, path), text)
      }
    }
    const workspace = join(place, 'all.code-workspace')
    const content = { folders: names.map((path) => ({ path })), settings: hostileWorkspaceSettings(bait) }
    await writeFile(workspace, JSON.stringify(content))
    return Window.open(scene.profile, scene.editor, workspace, scene.developing(probe))
  }

  const there = async (): Promise<string[]> => (await readdir(probe)).filter((name) => name.endsWith('.env'))

  /** What terminals of all folders have, by folder; without those that the editor would not open. */
  async function environments(expected: number): Promise<Map<string, Map<string, string>>> {
    for (const name of names) await rm(join(probe, `${name}.env`), { force: true })
    await window.command('Probe: Look into Terminals')
    const until = Date.now() + 60_000
    while ((await there()).length < expected) {
      assert.ok(Date.now() < until, `terminals came in ${(await there()).length} of ${expected} folders`)
      await pause(LOOK_MS)
    }
    return looked()
  }

  async function looked(): Promise<Map<string, Map<string, string>>> {
    const found = new Map<string, Map<string, string>>()
    for (const file of await there()) {
      const text = await readFile(join(probe, file), 'utf8')
      const pairs = text.split('\0').map((line): [string, string] => {
        const at = line.indexOf('=')
        return [line.slice(0, at), line.slice(at + 1)]
      })
      found.set(file.slice(0, -'.env'.length), new Map(pairs))
    }
    return found
  }

  const leases = async (): Promise<number> =>
    (await scene.home.must('audit', '--json', '--lines', '1000'))
      .split('\n')
      .filter((line) => line.includes('"event":"lease"')).length

  test('V6 an untrusted workspace has no variables and causes no call that bears a secret; trust needs no reload', async () => {
    await window.statusSays('fresh')
    await window.page.evaluate('window.sameLoad = true')
    const before = await leases()
    // The editor opens no terminal here; should a version of it do, its variables are looked at.
    await window.command('Probe: Look into Terminals')
    await window.answerTrust('Cancel')
    const ours = [...(await looked()).values()].filter((env) => env.has('FOB_SOCKET')).length
    const calls = (await leases()) - before
    const told = await window.notice('asks for').count()
    figure('V6', {
      value: `${ours} variables, ${calls} calls, ${told} questions`,
      bar: '0 variables, 0 calls, 0 questions',
      ok: ours + calls + told === 0,
    })
    assert.deepEqual([ours, calls, told], [0, 0, 0])
    await window.command('Probe: Lease in a Terminal')
    await window.answerTrust('Trust Workspace & Continue')
    const served = (found: Map<string, Map<string, string>>): number =>
      [...found.values()].filter((env) => env.get('FOB_SOCKET') === scene.home.socket).length
    // What a terminal has is with the editor a moment after the trust.
    let count = served(await environments(names.length))
    for (let more = 3; more > 0 && count < names.length; more--) {
      count = served(await environments(names.length))
    }
    assert.equal(count, names.length)
    assert.equal(await window.page.evaluate('window.sameLoad'), true)
  })

  test('V7 hostile repositories change no destination and get nothing, trusted as they are', async () => {
    const { accessToken } = await scene.home.lease(CONNECTION)
    const before = await scene.home.status()
    const found = await environments(names.length)
    const hostile = names.filter((name) => name !== HONEST)
    assert.ok(hostile.length >= 20)
    const hit: string[] = []
    for (const name of hostile) {
      const env = found.get(name) ?? assert.fail(`no terminal of ${name}`)
      if ([...env.values()].some((value) => value.includes(accessToken))) hit.push(`${name}: a token`)
      if (env.get('FOB_SOCKET') !== scene.home.socket) hit.push(`${name}: another socket`)
      if (env.get('FOB_TERMINAL_ENV') !== '' || env.has(VARIABLE)) hit.push(`${name}: variables`)
      if (env.get('GIT_CONFIG_COUNT') !== '1') hit.push(`${name}: settings for git`)
      if (env.get('GIT_CONFIG_VALUE_0')?.startsWith(dirname(scene.home.socket)) !== true)
        hit.push(`${name}: git`)
    }
    if (existsSync(`${bait.trap}.ran`)) hit.push(`ran: ${await readFile(`${bait.trap}.ran`, 'utf8')}`)
    const after = await scene.home.status()
    assert.deepEqual(
      after.connections.map(({ name, issuer }) => [name, issuer]),
      before.connections.map(({ name, issuer }) => [name, issuer]),
    )
    assert.equal(after.daemon.pid, before.daemon.pid)
    figure('V7', { value: hit.length + heard, bar: 0, ok: hit.length + heard === 0, n: hostile.length })
    assert.deepEqual(hit, [])
    assert.equal(heard, 0, 'somebody else was spoken to')
  })

  test('a folder has what it asks for once the person allows exactly that, and no other folder has it', async () => {
    const request = await window.soughtNotice(`${HONEST} asks for`)
    await request.getByRole('button', { name: 'Allow' }).click()
    // What was allowed is with the editor a moment later.
    let found = await environments(names.length)
    for (let more = 3; more > 0 && !found.get(HONEST)?.has(VARIABLE); more--) {
      found = await environments(names.length)
    }
    const having = names.filter((name) => found.get(name)?.has(VARIABLE))
    assert.deepEqual(having, [HONEST])
    assert.equal(found.get(HONEST)?.get(VARIABLE), (await scene.home.lease(CONNECTION)).accessToken)
  })

  test('a program that a rule makes ask is a question with its caller, folder and connection', async () => {
    const rule = { decide: 'ask', connection: CONNECTION, programs: [await realpath('/usr/bin/curl')] }
    await scene.home.acceptRules([rule])
    await rm(join(probe, 'lease.json'), { force: true })
    const left = appears(probe, 'lease.json')
    await window.command('Probe: Lease in a Terminal')
    const question = await window.soughtNotice(`asks for an access token of ${CONNECTION}`)
    assert.match(
      await question.innerText(),
      /curl \(pid \d+\), in a terminal of \/.*repositories\/proxy, asks for an access token of work with all its scopes/,
    )
    await question.getByRole('button', { name: 'Allow Once' }).click()
    await left
    const lease = Lease.parse(JSON.parse(await readFile(join(probe, 'lease.json'), 'utf8')))
    assert.equal(lease.connection, CONNECTION)
  })
})
