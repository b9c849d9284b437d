import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { figure } from '../figures.js'
import { ask, firstLine, Home } from '../process/home.js'
import { interleaved, keep, ratio, worded, type Times } from './measuring.js'

const ROUNDS = process.env.FOB_TEST_FULL ? 20_000 : 3_000
const WARM_UP = 500

const PATH = '/v1/connections/sandbox/access-token'
const BARS = { new: 1.6, kept: 1.3 }

suite('a cached access token over the socket', () => {
  let home: Home
  let bare: ChildProcess
  let bareSocket: string

  suiteSetup(async () => {
    home = await Home.signedIn({ lifetime: 3_600 })
    bareSocket = join(home.directory, 'bare.sock')
    const program = fileURLToPath(new URL('./bareServer.js', import.meta.url))
    const body = (await home.ask(PATH)).text
    bare = spawn(process.execPath, [program, bareSocket, body], { stdio: ['ignore', 'pipe', 'inherit'] })
    assert.equal(await firstLine(bare), 'ready')
  })

  suiteTeardown(async () => {
    bare?.kill()
    await home?.remove()
  })

  const once = async (socket: string, agent?: Agent): Promise<void> => {
    const { status } = await ask(socket, PATH, agent ? { agent } : {})
    assert.equal(status, 200)
  }

  test('H7 costs little more than the same bytes from a bare server', async function () {
    this.timeout(600_000)
    const agents = { fob: new Agent({ keepAlive: true }), bare: new Agent({ keepAlive: true }) }
    const times: Times = await interleaved(
      {
        fobNew: () => once(home.socket),
        bareNew: () => once(bareSocket),
        fobKept: () => once(home.socket, agents.fob),
        bareKept: () => once(bareSocket, agents.bare),
      },
      ROUNDS,
      WARM_UP,
    )
    agents.fob.destroy()
    agents.bare.destroy()
    keep('socket', times)
    const onNew = ratio(times, 'fobNew', 'bareNew')
    const onKept = ratio(times, 'fobKept', 'bareKept')
    const value = { new: worded(times, 'fobNew', 'bareNew'), kept: worded(times, 'fobKept', 'bareKept') }
    figure('H7', { value: `new ${value.new}`, bar: `${BARS.new} ×`, ok: onNew <= BARS.new, n: ROUNDS })
    figure('H7', { value: `kept ${value.kept}`, bar: `${BARS.kept} ×`, ok: onKept <= BARS.kept, n: ROUNDS })
  })
})
