import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { routes } from '../../shared/contract/routes.js'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import { VERSION } from '../../shared/contract/version.js'
import { figure } from '../figures.js'
import { faultsOf } from '../history.js'
import { firstLine, Home, isAlive, refusal, ROOT, type Asked } from '../process/home.js'
import { seeded } from '../seed.js'
import { otherVersion } from './otherVersion.js'
import { Traffic, type Crowd } from './traffic.js'

const FULL = process.env.FOB_TEST_FULL !== undefined
/** There and back each. */
const ROUNDS = FULL ? 50 : 5
const KILLS = FULL ? 60 : 4
/** Of a successor's life, in which its kill falls: from its start until it serves, and a little beyond. */
const SPAN_MS = 700
/** An hour, so that it lives through every round. */
const LONG_S = 3_600
/**
 * The next access token is asked for in the last fifth of these seconds and comes too late, so it is waited for
 * again and again; and it is good for three seconds then, also where a machine is busy with others.
 */
const SHORT_S = 6
const SLOW_MS = 1_800
/** A killed successor may have been asking: the server takes what it was given once more. */
const GRACE_S = 86_400
/** Listeners come back within a tenth of a second, and hear within moments. */
const HEARING_MS = 10_000
const LOOK_MS = 5

const CURRENT = join(ROOT, 'daemon', 'dist', 'daemon.mjs')
const OLDER = '0.0.9'
const NEWER = '9.9.9'

/** Two hundred calls in flight, and those who listen. */
const CROWD: Crowd = { fresh: 98, kept: 40, waiting: 40, status: 20, shells: 2, listeners: 20 }
const CALLS = 200
const FEW: Crowd = { fresh: 10, kept: 5, waiting: 5, status: 2, shells: 0, listeners: 2 }

const NAMES = { fresh: 'fresh', waiting: 'waiting' } as const
const Ready = z.object({ ready: z.literal(true), pid: z.number() })

suite('changing to another version', function () {
  this.timeout(FULL ? 1_800_000 : 240_000)
  let place: string
  let older: string
  let newer: string
  let home: Home
  let traffic: Traffic | undefined

  suiteSetup(async () => {
    place = await mkdtemp(join(tmpdir(), 'fob-v-'))
    older = await otherVersion(join(place, 'older'), OLDER)
    newer = await otherVersion(join(place, 'newer'), NEWER, 2)
  })

  suiteTeardown(() => rm(place, { recursive: true, force: true }))

  setup(async () => void (home = await Home.make()))

  teardown(async () => {
    // A test that failed in the middle has left its callers calling.
    await traffic?.stop()
    traffic = undefined
    await home.clearFaults().catch(() => undefined)
    await home.remove()
  })

  const start = async (program: string): Promise<number> => {
    const child = spawn(process.execPath, [program], {
      env: { ...startEnvironment(process.env), FOB_HOME: home.directory },
      stdio: ['ignore', 'pipe', 'ignore'],
    })
    return Ready.parse(JSON.parse(await firstLine(child))).pid
  }

  const hello = async () => routes.hello.answer.parse(JSON.parse((await home.ask('/v1/hello')).text))
  const status = async () => routes.status.answer.parse(JSON.parse((await home.ask('/v1/status')).text))

  const shutDown = (body: object, headers: Record<string, string> = {}): Promise<Asked> =>
    home.ask('/v1/shutdown', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })

  const handOver = (program: string): Promise<Asked> =>
    shutDown({ successor: { node: process.execPath, program } })

  /** A connection with a long life, and one whose access token is always about to end, at a slow server. */
  const signedIn = async (grace: number, slowMs: number): Promise<void> => {
    await home.must('sandbox', 'start')
    await home.set({ lifetime: LONG_S, grace })
    for (const name of [NAMES.fresh, NAMES.waiting]) {
      await home.set({ lifetime: name === NAMES.fresh ? LONG_S : SHORT_S })
      await home.addSandbox(name)
      await home.signIn(name)
    }
    await home.fault({ kind: 'delay', ms: slowMs, when: 'before', grantType: 'refresh_token' })
  }

  const socketFile = async (): Promise<number> => (await stat(home.socket)).ino

  /** Hands over and resolves once the other version serves and the one before is gone. */
  const changedTo = async (version: string): Promise<void> => {
    const before = await hello()
    if (version === VERSION) await home.must('up')
    else assert.equal((await handOver(older)).status, 200)
    while ((await hello()).pid === before.pid) await pause(LOOK_MS)
    while (await isAlive(before.pid)) await pause(LOOK_MS)
    assert.equal((await hello()).version, version)
  }

  test('K14 no call fails on the way to the next version and back, and no state is missed', async () => {
    await start(older)
    // Nothing is forgiven: a refresh token presented by both versions would end the grant.
    await signedIn(0, SLOW_MS)
    const socket = await socketFile()
    traffic = new Traffic(home, CROWD, NAMES)
    const underWay: number[] = []
    const unheard: string[] = []
    for (let round = 0; round < ROUNDS; round++) {
      for (const version of [VERSION, OLDER]) {
        traffic.takeMostUnderWay()
        await changedTo(version)
        underWay.push(traffic.takeMostUnderWay())
        assert.equal(await socketFile(), socket, 'the socket was made anew')
        unheard.push(...(await traffic.unheard(1 + underWay.length, HEARING_MS)))
      }
    }
    const failures = await traffic.stop()
    const { answered, leases } = traffic
    const { entries } = await home.ledger()
    const remembered = new Set(entries.map(({ accessTokenIssued }) => accessTokenIssued))
    const inOrder = leases
      .filter(({ accessToken }) => remembered.has(accessToken))
      .sort((a, b) => a.generation - b.generation)
    const faults = faultsOf(inOrder, entries)
    const least = Math.min(...underWay)
    console.log(
      `${answered} calls answered; at least ${least} under way in each of ${underWay.length} hand-overs`,
    )
    const value = failures.length + unheard.length + faults.length
    figure('K14', { value, bar: '0 failed calls', ok: value === 0, n: ROUNDS })
    assert.deepEqual({ failures, unheard, faults }, { failures: [], unheard: [], faults: [] })
    assert.equal(least, CALLS)
    assert.ok(inOrder.length > 0)
  })

  test('K14 a successor killed at any instant leaves the old version serving, or serves', async () => {
    const { seed, fraction } = seeded()
    let pid = await start(older)
    await signedIn(GRACE_S, 0)
    const ends = { wentOn: 0, died: 0 }
    const failures: string[] = []
    for (let kill = 0; kill < KILLS; kill++) {
      traffic = new Traffic(home, FEW, NAMES)
      const before = (await status()).daemon.handOverFailed?.at
      const asked = handOver(CURRENT).catch(() => undefined)
      const heir = await successorOf(pid)
      if (kill > 0) await pause(fraction() * SPAN_MS)
      process.kill(heir, 'SIGKILL')
      while (await isAlive(heir)) await pause(LOOK_MS)
      if ((await asked)?.status === 409 || (await goesOn(pid, before))) {
        ends.wentOn += 1
        assert.equal((await hello()).pid, pid)
        failures.push(...(await traffic.unheard(1, HEARING_MS)), ...(await traffic.stop()))
      } else {
        // Once the successor serves, it is the daemon that was killed; before that, none may be missing.
        ends.died += 1
        if (!(await hasServed(heir))) failures.push(`${pid} went away, and its successor never served`)
        await traffic.stop()
        pid = await start(older)
      }
    }
    await changedTo(VERSION)
    console.log(`FOB_SEED=${seed}: ${JSON.stringify(ends)}`)
    const bar = '0 failed calls where a successor was killed'
    figure('K14', { value: failures.length, bar, ok: failures.length === 0, n: ends.wentOn })
    assert.deepEqual(failures, [])
    assert.ok(ends.wentOn > 0, 'no kill came before the successor served')
  })

  /** Whether a daemon wrote into the log that it serves. */
  const hasServed = async (pid: number): Promise<boolean> => {
    const lines = (await readFile(join(home.directory, 'state', 'log', 'fob.log'), 'utf8')).split('\n')
    return lines.some((line) => line.includes(`"pid":${pid},`) && line.includes('"msg":"serving"'))
  }

  /** Whether the version of this pid has taken everything back; false once it is gone instead. */
  const goesOn = async (pid: number, before: string | undefined): Promise<boolean> => {
    while (await isAlive(pid)) {
      const at = await status()
        .then(({ daemon }) => daemon.handOverFailed?.at)
        .catch(() => before)
      if (at !== before) return true
      await pause(LOOK_MS)
    }
    return false
  }

  test('K14 a state of a newer version is refused by an older one with what mends it, and left alone', async () => {
    const pid = await start(newer)
    await home.must('sandbox', 'start')
    await home.addSandbox('fresh')
    await home.signIn('fresh')
    const lease = await home.lease('fresh')
    const before = await stateOf(home)
    const fix = 'npm install --global fob@latest'
    const { code, stderr } = await home.fob('up')
    assert.deepEqual([code, stderr.split('\n').at(-2)], [1, `     fix: ${fix}`], stderr)
    assert.match(stderr, /newer fob \(format 2; this one reads 1\); fob 9\.9\.9 \(pid \d+\) goes on\n/)
    assert.equal((await hello()).pid, pid)
    assert.equal((await home.lease('fresh')).accessToken, lease.accessToken)
    assert.deepEqual(await stateOf(home), before)
    await home.must('down')
    const left = await stateOf(home)
    await start(CURRENT)
    const refused = refusal(await home.ask('/v1/connections/fresh/access-token'))
    assert.deepEqual([refused.code, refused.fix], ['vault_locked', fix])
    assert.match(refused.message, /written by a newer fob/)
    const shown = await status()
    assert.deepEqual([shown.vault.state, shown.vault.fix, shown.quarantined], ['locked', fix, []])
    await home.must('down')
    assert.deepEqual(await stateOf(home), left)
    await start(newer)
    assert.equal((await home.lease('fresh')).accessToken, lease.accessToken)
    figure('K14', { value: 'refused, nothing touched', bar: 'newer state refused with the fix', ok: true })
  })

  test('K14 versions that do not know each other still say hello, and end and replace each other', async () => {
    const foreign = { 'fob-protocol': '2' }
    const pid = await start(older)
    const greeted = await home.ask('/v1/hello', { headers: foreign })
    assert.deepEqual([greeted.status, (await hello()).version], [200, OLDER])
    const refused = refusal(await home.ask('/v1/status', { headers: foreign }))
    assert.deepEqual([refused.code, refused.fix], ['unsupported_protocol', 'fob up'])
    const unknown = await shutDown({ successor: null, gently: true }, foreign)
    assert.equal(refusal(unknown).code, 'bad_request')
    assert.match(refusal(await shutDown({ gently: true })).field ?? '', /^body\.gently$/)
    assert.equal((await hello()).pid, pid)
    const { stdout, stderr } = await home.fob('version')
    assert.match(stdout + stderr, /daemon 0\.0\.9 .*fix: fob up\n$/s)
    const successor = { node: process.execPath, program: CURRENT }
    assert.equal((await shutDown({ successor }, foreign)).status, 200)
    while ((await hello()).pid === pid) await pause(LOOK_MS)
    const next = await hello()
    assert.equal(next.version, VERSION)
    assert.equal((await shutDown({}, foreign)).status, 200)
    while (await isAlive(next.pid)) await pause(LOOK_MS)
  })
})

/** The pid of the successor that a daemon has started. */
async function successorOf(pid: number): Promise<number> {
  for (;;) {
    const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
    for (const child of children.split(' ').filter((text) => text !== '')) {
      const words = await readFile(`/proc/${child}/cmdline`, 'utf8').catch(() => '')
      if (words.includes('--successor')) return Number(child)
    }
  }
}

/** What of the state is not a record of what happened: every file's bytes by its name. */
async function stateOf(home: Home): Promise<Record<string, string>> {
  const state = join(home.directory, 'state')
  const names = (await readdir(state, { recursive: true })).filter((name) =>
    /^(vault|key|connections|quarantine)/.test(name),
  )
  const files = await Promise.all(
    names.map(async (name): Promise<[string, string]> => [
      name,
      await readFile(join(state, name), 'base64').catch(() => 'directory'),
    ]),
  )
  return Object.fromEntries<string>(files)
}
