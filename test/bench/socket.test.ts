import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { Agent } from 'node:http'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { figure } from '../figures.js'
import { ask, firstLine, Home } from '../process/home.js'
import { interleaved, keep, ratio, worded, type Times } from './measuring.js'

const ROUNDS = process.env.FOB_TEST_FULL ? 40_000 : 10_000
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

  const judged = (kind: keyof typeof BARS, times: Times): void => {
    keep(`socket-${kind}`, times)
    const bar = BARS[kind]
    const value = `${kind} ${worded(times, 'fob', 'bare')}`
    figure('H7', { value, bar: `${bar} ×`, ok: ratio(times, 'fob', 'bare') <= bar, n: ROUNDS })
  }

  test('H7 costs little more than the same bytes from a bare server', async function () {
    this.timeout(600_000)
    const agents = { fob: new Agent({ keepAlive: true }), bare: new Agent({ keepAlive: true }) }
    // Two pairs, not four in one loop: taking a new connection down is work that would fall on kept ones.
    const pair = { fob: () => once(home.socket), bare: () => once(bareSocket) }
    const onNew = await interleaved(pair, ROUNDS, WARM_UP)
    const keptPair = {
      fob: () => once(home.socket, agents.fob),
      bare: () => once(bareSocket, agents.bare),
    }
    const onKept = await interleaved(keptPair, ROUNDS, WARM_UP)
    agents.fob.destroy()
    agents.bare.destroy()
    judged('new', onNew)
    judged('kept', onKept)
  })
})
