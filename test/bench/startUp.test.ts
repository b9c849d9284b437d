import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { figure } from '../figures.js'
import { ask, Home } from '../process/home.js'
import { FULL, keep, median, ratioByRound } from './measuring.js'
import { fill, nameOfNth, OwnDaemon } from './ownDaemon.js'

/** Enough that the median stands above a machine whose speed changes from one second to the next. */
const ROUNDS = FULL ? 60 : 31
const BARS = { hello: 5.5, lease: 8 }

suite('start', function () {
  this.timeout(300_000)
  let home: Home

  suiteSetup(async () => {
    home = await Home.make()
    await mkdir(join(home.directory, 'state'), { mode: 0o700 })
    await fill(join(home.directory, 'state'), 1)
  })
  suiteTeardown(() => home?.remove())

  const bareNode = async (): Promise<number> => {
    const begin = performance.now()
    const env = { ...process.env }
    // Reading them costs Node 20 as much again as its whole start; the daemon refuses them.
    delete env.NODE_EXTRA_CA_CERTS
    await once(spawn(process.execPath, ['-e', '0'], { env, stdio: 'ignore' }), 'exit')
    return performance.now() - begin
  }

  const daemonStart = async (): Promise<{ hello: number; lease: number }> => {
    const begin = performance.now()
    const daemon = await OwnDaemon.start(home)
    assert.equal((await ask(home.socket, '/v1/hello')).status, 200)
    const hello = performance.now() - begin
    const { status, text } = await ask(home.socket, `/v1/connections/${nameOfNth(0)}/access-token`)
    const lease = performance.now() - begin
    assert.equal(status, 200, text)
    await daemon.kill()
    return { hello, lease }
  }

  test('B5 B6 the daemon answers, and has an access token, in a few times what a bare node takes', async () => {
    const times: Record<'node' | 'hello' | 'lease', number[]> = { node: [], hello: [], lease: [] }
    for (let round = -1; round < ROUNDS; round++) {
      const node = await bareNode()
      const { hello, lease } = await daemonStart()
      if (round < 0) continue
      times.node.push(node)
      times.hello.push(hello)
      times.lease.push(lease)
    }
    keep('start', times)
    for (const [id, name, words] of [
      ['B5', 'hello', 'start to hello'],
      ['B6', 'lease', 'start to first lease'],
    ] as const) {
      const [ours, node] = [median(times[name]), median(times.node)]
      const starts = ratioByRound(times, name, 'node')
      const value = `${words} ${starts.toFixed(1)} × (${ours.toFixed(0)} ms beside ${node.toFixed(0)} ms)`
      const ok = starts <= BARS[name]
      figure(id, { value, bar: `${BARS[name]} × node -e 0`, ok, n: ROUNDS })
    }
  })
})
