import assert from 'node:assert/strict'
import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { fileURLToPath } from 'node:url'
import { Home, firstLine, ROOT } from '../process/home.js'
import { fact, figureWhenQuiet, FULL, interleaved, keep, median, quantile } from './measuring.js'
import { agentCalls, socketCalls, type Calls, type Crowd } from './nativeCalls.js'
import { needsOidcAgent, OidcAgent } from './oidcAgent.js'
import { peerClient } from './peerClient.js'
import { cpuMs } from './processCost.js'

const ROUNDS = FULL ? 40 : 8
/** A worker's calls in one turn: long enough to be at full speed, short enough that all meet one machine. */
const CROWDS: readonly Crowd[] = [
  { workers: 1, calls: 200 },
  { workers: 16, calls: 40 },
  ...(FULL ? [{ workers: 64, calls: 15 }] : []),
]
const BARS = { kept: 0.35, new: 0.8, throughput: 5 }
const ACCOUNT = 'held'
const PATH = '/v1/connections/sandbox/access-token'

/** What came of one caller's turns. */
interface Turns {
  readonly us: number[]
  readonly perSecond: number[]
  /** Callers and called together, microseconds a call. */
  readonly cpuUs: number[]
}

suite('calls beside oidc-agent, curl and a bare server', function () {
  this.timeout(900_000)
  let home: Home
  let directory = ''
  let agent: OidcAgent
  let bare: ChildProcess
  let callers: Record<string, { pids: () => number[]; call: (crowd: Crowd) => Promise<Calls> }>

  suiteSetup(async function () {
    needsOidcAgent(this)
    const [ofAgent, ofSocket] = [agentCalls(this), socketCalls(this)]
    home = await Home.signedIn({ lifetime: 3_600 })
    directory = await mkdtemp(join(tmpdir(), 'fob-peers-'))
    const { issuer } = await home.sandbox()
    agent = await OidcAgent.start(directory, await peerClient(issuer, home.sandboxSocket))
    await agent.generate(ACCOUNT)
    const bareSocket = join(directory, 'bare.sock')
    const program = fileURLToPath(new URL('./bareServer.js', import.meta.url))
    const stdio = ['ignore', 'pipe', 'inherit'] as const
    bare = spawn(process.execPath, [program, bareSocket, `${await home.token('sandbox')}\n`], {
      stdio: [...stdio],
    })
    assert.equal(await firstLine(bare), 'ready')
    const { daemon } = await home.status()
    const barePid = bare.pid ?? 0
    callers = {
      'fob kept': { pids: () => [daemon.pid], call: (crowd) => ofSocket(crowd, home.socket, PATH, 'kept') },
      'fob new': { pids: () => [daemon.pid], call: (crowd) => ofSocket(crowd, home.socket, PATH, 'new') },
      'bare kept': { pids: () => [barePid], call: (crowd) => ofSocket(crowd, bareSocket, PATH, 'kept') },
      'bare new': { pids: () => [barePid], call: (crowd) => ofSocket(crowd, bareSocket, PATH, 'new') },
      'oidc-agent': { pids: () => agent.pids, call: (crowd) => ofAgent(crowd, ACCOUNT, agent.environment) },
    }
  })

  suiteTeardown(async () => {
    bare?.kill()
    await agent?.kill()
    if (directory !== '') await rm(directory, { recursive: true })
    await home?.remove()
  })

  /** All callers in turn, in the opposite order every other round; the first round warms up. */
  const measured = async (crowd: Crowd): Promise<Record<string, Turns>> => {
    const turns: Record<string, Turns> = {}
    for (const name of Object.keys(callers)) turns[name] = { us: [], perSecond: [], cpuUs: [] }
    for (let round = -1; round < ROUNDS; round++) {
      const order = round % 2 === 0 ? Object.entries(callers) : Object.entries(callers).reverse()
      for (const [name, { pids, call }] of order) {
        const before = cpuMs(...pids())
        const calls = await call(crowd)
        assert.equal(calls.failures, 0, `${name}: ${calls.failures} calls failed`)
        if (round < 0) continue
        const all = crowd.workers * crowd.calls
        turns[name]?.us.push(...calls.us)
        turns[name]?.perSecond.push(all / calls.seconds)
        turns[name]?.cpuUs.push(calls.cpuUs + ((cpuMs(...pids()) - before) * 1000) / all)
      }
    }
    return turns
  }

  test('B1 B2 B3 a cached access token costs a fraction of what the agent asks for it', async () => {
    const raw: Record<string, Record<string, Turns>> = {}
    for (const crowd of CROWDS) {
      const turns = await measured(crowd)
      raw[crowd.workers] = turns
      for (const [name, { us, perSecond, cpuUs }] of Object.entries(turns)) {
        const rate = `${median(perSecond).toFixed(0)}/s`
        const p50 = `p50 ${median(us).toFixed(0)} µs, p99 ${quantile(us, 0.99).toFixed(0)} µs`
        fact(
          'B3',
          `${crowd.workers} workers, ${name}: ${p50}, ${rate}, ${median(cpuUs).toFixed(0)} µs CPU a call`,
        )
      }
    }
    keep('calls', raw)
    const one = raw[1] ?? {}
    for (const [id, kind] of [
      ['B1', 'kept'],
      ['B2', 'new'],
    ] as const) {
      const [ours, theirs] = [median(one[`fob ${kind}`]?.us), median(one['oidc-agent']?.us)]
      const value = `${kind} ${(ours / theirs).toFixed(2)} × (${ours.toFixed(0)} µs beside ${theirs.toFixed(0)} µs)`
      figureWhenQuiet(id, {
        value,
        bar: `${BARS[kind]} × oidc-agent's encrypted call`,
        ok: ours / theirs <= BARS[kind],
        n: one['oidc-agent']?.us.length ?? 0,
      })
    }
    const crowd = raw[16] ?? {}
    const [ours, theirs] = [median(crowd['fob kept']?.perSecond), median(crowd['oidc-agent']?.perSecond)]
    figureWhenQuiet('B3', {
      value: `16 workers ${(ours / theirs).toFixed(1)} × (${ours.toFixed(0)}/s beside ${theirs.toFixed(0)}/s)`,
      bar: `${BARS.throughput} × oidc-agent's`,
      ok: ours / theirs >= BARS.throughput,
      n: ROUNDS,
    })
  })

  test('B4 the programs a script would start', async () => {
    const run = promisify(execFile)
    const env: NodeJS.ProcessEnv = { ...home.environment, FOB_SOCKET: home.socket }
    delete env.NODE_EXTRA_CA_CERTS
    const text = ['-H', 'Accept: text/plain', `http://fob${PATH}`]
    const programs = {
      'oidc-token': () => run('oidc-token', [ACCOUNT], { env: agent.environment }),
      'curl on fob': () => run('curl', ['-sf', '--unix-socket', home.socket, ...text], { env }),
      'fob token': () => run(process.execPath, [join(ROOT, 'daemon', 'fob.js'), 'token', 'sandbox'], { env }),
      'node -e 0': () => run(process.execPath, ['-e', '0'], { env }),
    }
    const trials = Object.fromEntries(
      Object.entries(programs).map(([name, program]) => [name, async () => void (await program())]),
    )
    const times = await interleaved(trials, FULL ? 100 : 10, 2)
    keep('programs', times)
    for (const [name, ms] of Object.entries(times)) fact('B4', `${name}: ${median(ms).toFixed(1)} ms`)
  })
})
