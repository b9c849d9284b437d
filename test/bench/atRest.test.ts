import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { figure } from '../figures.js'
import { ask, firstLine, Home } from '../process/home.js'
import { fact, FULL, keep } from './measuring.js'
import { fill, nameOfNth, OwnDaemon } from './ownDaemon.js'
import { cpuMs, rssMb, sleeps } from './processCost.js'

const SIZES = FULL ? [1, 50, 200] : [1, 200]
/** Alike for both: a process that has answered a while, not one that has only just loaded. */
const ANSWERS = FULL ? 5_000 : 500
/** What starting and a burst needed is given back within this: a rest begins after some seconds. */
const SETTLING_MS = FULL ? 45_000 : 15_000
const MINUTE_MS = 60_000
const BARS = { rss: 1.5, sleeps: 4 }

suite('at rest', function () {
  this.timeout(600_000)

  const filledHome = async (count: number): Promise<Home> => {
    const home = await Home.make()
    await mkdir(join(home.directory, 'state'), { mode: 0o700 })
    await fill(join(home.directory, 'state'), count)
    return home
  }

  /** `ANSWERS` calls, of each connection in turn. */
  const exercise = async (socket: string, paths: readonly string[]): Promise<void> => {
    for (let count = 0; count < ANSWERS; count++) {
      const { status } = await ask(socket, paths[count % paths.length] ?? '/')
      assert.equal(status, 200)
    }
  }

  const pathsOf = (count: number): string[] =>
    Array.from({ length: count }, (_, nth) => `/v1/connections/${nameOfNth(nth)}/access-token`)

  const bareExpress = async (directory: string): Promise<number> => {
    const program = fileURLToPath(new URL('./expressServer.js', import.meta.url))
    const socket = join(directory, 'express.sock')
    const env = { ...process.env }
    delete env.NODE_EXTRA_CA_CERTS
    const child = spawn(process.execPath, [program, socket, 'a body'], {
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await firstLine(child)
    await exercise(socket, ['/'])
    await pause(SETTLING_MS)
    const rss = rssMb(child.pid ?? 0)
    child.kill()
    await once(child, 'exit')
    return rss
  }

  /** Megabytes of a daemon with so many connections, and of a bare server beside it. */
  async function weighed(size: number): Promise<{ readonly fob: number; readonly express: number }> {
    const home = await filledHome(size)
    const daemon = await OwnDaemon.start(home)
    try {
      const [express] = await Promise.all([bareExpress(home.directory), exercise(home.socket, pathsOf(size))])
      return { fob: rssMb(daemon.pid), express }
    } finally {
      await daemon.kill()
      await home.remove()
    }
  }

  test('B7 memory stays near that of a bare express process, however many connections', async () => {
    // Side by side: nearly all of it is waiting for the rest, and none has memory of another's.
    const weights = await Promise.all(SIZES.map(weighed))
    const raw: Record<string, number> = {}
    for (const [nth, { fob, express }] of weights.entries()) {
      const size = SIZES[nth] ?? NaN
      raw[`fob ${size}`] = fob
      raw[`express ${size}`] = express
      figure('B7', {
        value: `RSS with ${size} connections ${(fob / express).toFixed(2)} × (${fob.toFixed(0)} MB beside ${express.toFixed(0)} MB)`,
        bar: `${BARS.rss} × a bare express process`,
        ok: fob / express <= BARS.rss,
      })
    }
    keep('memory', raw)
  })

  if (!FULL) return

  test('B8 an idle daemon sleeps', async () => {
    const home = await filledHome(200)
    const daemon = await OwnDaemon.start(home)
    try {
      await exercise(home.socket, pathsOf(200))
      await pause(SETTLING_MS)
      const before = { sleeps: sleeps(daemon.pid), cpu: cpuMs(daemon.pid) }
      await pause(MINUTE_MS)
      const woken = sleeps(daemon.pid) - before.sleeps
      const cpu = cpuMs(daemon.pid) - before.cpu
      keep('idle', { woken, cpu })
      figure('B8', {
        value: `${woken} wake-ups of all threads and ${cpu.toFixed(1)} ms CPU in a minute, with 200 connections`,
        bar: `${BARS.sleeps} wake-ups`,
        ok: woken <= BARS.sleeps,
      })
      fact('B8', `RSS then ${rssMb(daemon.pid).toFixed(0)} MB`)
    } finally {
      await daemon.kill()
      await home.remove()
    }
  })
})
