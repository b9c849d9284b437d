import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { figure } from '../figures.js'
import { Home, ROOT } from '../process/home.js'
import { interleaved, keep, ratio, worded } from './measuring.js'

const ROUNDS = process.env.FOB_TEST_FULL ? 200 : 40
const WARM_UP = 3

const BARS = { token: 1.6, others: 3.2 }

/** What a person or a prompt calls often. */
const OTHERS = [
  ['status', '--json'],
  ['sandbox', 'status', '--json'],
  ['audit', '--json'],
]

suite('the command', () => {
  let home: Home

  suiteSetup(async () => void (home = await Home.signedIn({ lifetime: 3_600 })))
  suiteTeardown(() => home?.remove())

  /** Without NODE_EXTRA_CA_CERTS, which costs Node 20 as much as its whole start, on both sides alike. */
  const started = (...words: string[]): Promise<void> => {
    const env = { ...home.environment }
    delete env.NODE_EXTRA_CA_CERTS
    const child = spawn(process.execPath, words, { env, stdio: 'ignore' })
    return new Promise((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) =>
        code === 0 ? resolve() : reject(new Error(`${words.join(' ')}: ${code}`)),
      )
    })
  }

  test('H8 takes little longer than Node itself', async function () {
    this.timeout(600_000)
    const launcher = join(ROOT, 'daemon', 'fob.js')
    const others = Object.fromEntries(
      OTHERS.map((words) => [words.join(' '), () => started(launcher, ...words)]),
    )
    const times = await interleaved(
      { node: () => started('-e', '0'), token: () => started(launcher, 'token', 'sandbox'), ...others },
      ROUNDS,
      WARM_UP,
    )
    keep('command', times)
    const token = ratio(times, 'token', 'node')
    figure('H8', {
      value: `token ${worded(times, 'token', 'node')}`,
      bar: `${BARS.token} ×`,
      ok: token <= BARS.token,
      n: ROUNDS,
    })
    for (const words of Object.keys(others)) {
      const other = ratio(times, words, 'node')
      const value = `${words}: ${worded(times, words, 'node')}`
      figure('H8', { value, bar: `${BARS.others} ×`, ok: other <= BARS.others, n: ROUNDS })
      assert.ok(Number.isFinite(other))
    }
  })
})
