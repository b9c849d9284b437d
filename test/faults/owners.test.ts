import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect } from '../../shared/client/client.js'
import { figure } from '../figures.js'
import { notRun } from '../notRun.js'
import { Home, ran, ROOT } from '../process/home.js'
import { seeded } from '../seed.js'
import { faultsOfOwners } from './ownership.js'
import { hello, Storm, type Surroundings, type Weather } from './storm.js'
import { outcomeOf, Outcome, type Plan } from './stormProgram.js'

const FULL = process.env.FOB_TEST_FULL !== undefined
const CALM: Weather = FULL
  ? { rounds: 20, starts: 50, killed: 0, stopped: 0 }
  : { rounds: 3, starts: 16, killed: 0, stopped: 0 }
const ROUGH: Weather = FULL
  ? { rounds: 100, starts: 8, killed: 0.2, stopped: 0.1 }
  : { rounds: 5, starts: 7, killed: 0.2, stopped: 0.1 }
const STOPPED_MS = FULL ? 30_000 : 3_000
/** Who meet an owner that is stopped. */
const MEETING = 6
/** As many shells and windows as begin their work at once. */
const [SHELLS, WINDOWS] = FULL ? [20, 20] : [6, 20]

const BAR = 'never two owners, a live socket never unlinked, always one serving after'
const PROGRAM = join('daemon', 'dist', 'daemon.mjs')
const DAEMON = { name: 'daemon', node: process.execPath, script: join(ROOT, PROGRAM) }
const PATH = '/usr/local/bin:/usr/bin:/bin'

/** The ways in which programs of one user come to start a daemon. */
function surroundingsIn(place: string, more: Record<string, string> = {}): [Surroundings, ...Surroundings[]] {
  const plain = {
    PATH,
    ...more,
    HOME: '/root',
    USER: 'root',
    LOGNAME: 'root',
    XDG_RUNTIME_DIR: '/run/user/0',
  }
  const { XDG_RUNTIME_DIR, ...bare } = plain
  const from = (environment: Record<string, string>, umask = '022', directory = '/'): Surroundings => ({
    environment,
    umask,
    directory,
  })
  return [
    from({ ...bare, XDG_RUNTIME_DIR }),
    from(bare),
    from({ ...plain, FOB_SOCKET: join(place, 'elsewhere.sock') }),
    // As after `su`: another user's names and directories are left in the environment.
    from(
      { ...bare, HOME: place, USER: 'other', LOGNAME: 'other', XDG_RUNTIME_DIR: '/run/user/65533' },
      '002',
    ),
    from(plain, '000', place),
    from({ ...plain, XDG_RUNTIME_DIR: 'relative', LC_ALL: 'C', TZ: 'Asia/Tokyo' }, '077'),
    from({ PATH, ...more }, '777', '/usr'),
  ]
}

suite('several daemons over one state', function () {
  this.timeout(FULL ? 900_000 : 240_000)
  let place: string
  let home: Home

  setup(() => {
    place = mkdtempSync(join(tmpdir(), 'fob-o-'))
    home = new Home(place)
  })

  teardown(() => rmSync(place, { recursive: true, force: true }))

  const site = () => ({
    program: DAEMON.script,
    lock: join(place, 'state', 'lock'),
    socket: home.socket,
    surroundings: surroundingsIn(place, { FOB_HOME: place }),
  })

  const judged = ({ faults, worstMs, owners, looks }: Outcome, rounds: number, seed: number): void => {
    console.log(
      `FOB_SEED=${seed}: ${owners} owners in turn, ${looks} looks, served again after ${worstMs.toFixed(0)} ms at worst`,
    )
    figure('K5', { value: faults.length, bar: BAR, ok: faults.length === 0, n: rounds })
    assert.deepEqual(faults, [])
  }

  test('K5 of many that start at once exactly one serves, and the others say so', async () => {
    const { seed } = seeded()
    judged(await outcomeOf({ site: site(), weather: CALM, seed }), CALM.rounds, seed)
  })

  /** Runs a storm where `/run` and the home are empty and its own, with or without a runtime directory. */
  const apart = async (weather: Weather, seed: number, runtime: boolean): Promise<Outcome> => {
    const clone = join(place, 'clone')
    const node = join(place, 'node')
    const run = runtime ? '/run/user/0/fob' : '/root/.local/state/fob/run'
    const plan: Plan = {
      site: {
        program: join(clone, PROGRAM),
        lock: '/root/.local/state/fob/lock',
        socket: `${run}/fob.sock`,
        surroundings: surroundingsIn(place),
      },
      weather,
      seed,
    }
    mkdirSync(clone, { recursive: true })
    writeFileSync(node, '')
    writeFileSync(join(place, 'plan.json'), JSON.stringify(plan))
    const script = `set -e
      mount --rbind '${ROOT}' '${clone}'
      mount --bind '${process.execPath}' '${node}'
      mount -t tmpfs -o mode=0700 none /root
      mount -t tmpfs none /run
      ${runtime ? 'mkdir -p -m 0700 /run/user/0' : ''}
      exec '${node}' '${clone}/out/test/faults/stormProgram.js' '${place}/plan.json'`
    // The daemons are the program's own children, and die with it.
    const child = spawn('unshare', [...NAMESPACE, 'sh', '-c', script], { stdio: ['ignore', 'pipe', 'pipe'] })
    const { code, stdout, stderr } = await ran(child)
    assert.equal(code, 0, stderr)
    return Outcome.parse(JSON.parse(stdout))
  }

  for (const runtime of [true, false]) {
    const where = runtime ? 'with a runtime directory' : 'without one'
    test(`K5 starts from differing environments, some killed, ${where}`, async function () {
      if (spawnSync('unshare', [...NAMESPACE, 'true']).status !== 0) notRun(this, 'root')
      const { seed } = seeded()
      chmodSync(place, 0o755)
      judged(await apart(ROUGH, seed, runtime), ROUGH.rounds, seed)
    })
  }

  test('K5 an owner that is stopped is never displaced', async () => {
    const storm = new Storm(site())
    try {
      const owner = await storm.served()
      const stopped = storm.stopFor(owner, STOPPED_MS)
      const meeting = Array.from({ length: MEETING }, () => storm.start())
      await Promise.all(meeting.map(({ settled }) => settled))
      await stopped
      assert.equal(await hello(home.socket), owner)
      const words = storm.seen.flatMap((event) => (event.kind === 'already' ? [event.by] : []))
      assert.deepEqual(words, Array<number>(MEETING).fill(owner))
    } finally {
      await storm.end()
    }
    const faults = faultsOfOwners(storm.seen)
    figure('K5', {
      value: faults.length,
      bar: `stopped ${STOPPED_MS / 1_000} s: ${BAR}`,
      ok: faults.length === 0,
    })
    assert.deepEqual(faults, [])
  })

  test('K5 `fob up` in many shells and a start by many windows at once end with one daemon', async () => {
    const clients = Array.from({ length: WINDOWS }, () => connect(home.environment))
    try {
      const [shells, windows] = await Promise.all([
        Promise.all(Array.from({ length: SHELLS }, () => home.fob('up'))),
        Promise.all(clients.map((client) => client.start(DAEMON))),
      ])
      assert.deepEqual(
        shells.map(({ code, stderr }) => [code, stderr]),
        shells.map(() => [0, '']),
      )
      const pids = new Set([
        ...shells.map(({ stdout }) => Number(/\(pid (\d+)\)/.exec(stdout)?.[1])),
        ...windows.map(({ pid }) => pid),
      ])
      const one = await hello(home.socket)
      const ok = pids.size === 1 && pids.has(one)
      figure('K5', { value: pids.size, bar: 'one daemon', ok, n: SHELLS + WINDOWS })
      assert.deepEqual([...pids], [one])
    } finally {
      for (const client of clients) client.close()
      await home.must('down')
    }
  })
})

/** Root needs no user namespace, and is not always allowed one. */
const NAMESPACE = process.getuid?.() === 0 ? ['-m'] : ['-rm']
