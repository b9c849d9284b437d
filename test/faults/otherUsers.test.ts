import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, renameSync, statSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { Status } from '../../shared/contract/connection.js'
import { routes } from '../../shared/contract/routes.js'
import { figure } from '../figures.js'
import { notRun } from '../notRun.js'
import { firstLine, Home } from '../process/home.js'
import { CONNECTION, end, give, Impostor, OWNER, STRANGER, TwoUsers } from './otherUsers.js'
import { Bait, bytesAt, MORE_PLANTS, PLANTS, type Planted } from './plants.js'

/** Kinds are tried in as many homes at once: a try is mostly the start of a program, which takes one core. */
const LANES = 2

const kinds = Object.entries(process.env.FOB_TEST_FULL ? { ...PLANTS, ...MORE_PLANTS } : PLANTS)

/** Every place fob uses in a home; '' is the home itself. */
const PLACES = [
  '',
  'config',
  'config/fob.json',
  'state',
  'state/lock',
  'state/vault.json',
  'state/.vault.json.0123456789ab.tmp',
  'state/key',
  'state/connections',
  `state/connections/${CONNECTION}.json`,
  `state/connections/${CONNECTION}.json.prev`,
  `state/connections/.${CONNECTION}.json.0123456789ab.tmp`,
  'state/quarantine',
  'state/log',
  'state/log/fob.log',
  'state/log/fob.log.1',
  'state/audit',
  'state/audit/audit.log',
  'state/audit/fingerprint.key',
  'run',
  'run/fob.sock',
]
/** And in one that everybody may write to, where a stranger needs no past mistake. */
const OPEN_PLACES = ['config', 'state', 'run']

/** Replaced and never written to: a second name of one of the owner's own files is read there, and no more. */
const REPLACED = /^state\/(vault\.json|key|quarantine|connections|\.vault)/

/** A start that has not said a word by then waits for what was planted. */
const SILENT_MS = 10_000
/** Rounds of work that the stranger watches. */
const AT_WORK = process.env.FOB_TEST_FULL ? 50 : 3
/** Says its process, and stays. */
const RUNNING = 'echo $$; exec sleep 600'

const Said = z.discriminatedUnion('ready', [
  z.object({ ready: z.literal(true) }),
  z.object({ ready: z.literal(false), error: z.object({ message: z.string(), fix: z.string() }) }),
])

suite('another user of the machine', function () {
  this.timeout(240_000)
  let sandbox: Home
  let users: TwoUsers
  let home: string
  /** It and its like, each for its share of the kinds. */
  let homes: string[]
  /** Kinds × places. */
  let planted = 0
  let tried = 0
  const wrong: string[] = []

  suiteSetup(async function () {
    if (process.getuid?.() !== 0) notRun(this, 'root')
    if (spawnSync('strace', ['-V']).error !== undefined) notRun(this, 'strace')
    sandbox = await Home.make()
    await sandbox.must('sandbox', 'start')
    await sandbox.set({ lifetime: 3_600 })
    users = new TwoUsers()
    homes = Array.from({ length: LANES }, (_, lane) => join(users.open, lane === 0 ? 'home' : `home-${lane}`))
    for (const lane of homes) await users.signedIn(lane, sandbox)
    home = join(users.open, 'home')
  })

  suiteTeardown(async () => {
    if (users === undefined) return
    const bar = '0 followed, disclosed or written outside'
    figure('K9', { value: wrong.length, bar, ok: wrong.length === 0, n: planted })
    console.log(`  ${planted} kinds × places planted, ${tried} other tries of a stranger`)
    await users.fob(home, ['down'])
    users.remove()
    await sandbox.remove()
  })

  /** Puts it there, whatever was there before aside, starts the daemon and says what went wrong. */
  async function start(
    place: string,
    plant: (path: string) => Planted,
    bait: Bait,
    at: string,
  ): Promise<string[]> {
    const path = join(at, place)
    const aside = join(users.directory, `aside-${basename(at)}`)
    if (existsSync(path)) renameSync(path, aside)
    const parent = dirname(path)
    if (!existsSync(parent)) give(users.directoryOf(OWNER, parent), OWNER)
    const there = plant(path)
    const child = users.daemon({ FOB_HOME: at })
    try {
      const line = await Promise.race([firstLine(child), pause(SILENT_MS, '')])
      if (line === '') return ['it waits for ever']
      const said = Said.parse(JSON.parse(line))
      const faults: string[] = []
      if (said.ready) {
        const harmless = REPLACED.test(place) && statSync(path, { throwIfNoEntry: false })?.uid !== STRANGER
        if (!harmless) faults.push('it was not refused')
      } else {
        if (!said.error.message.includes(path))
          faults.push(`the refusal names another place: ${said.error.message}`)
        if (said.error.fix === '') faults.push('the refusal has no fix')
        if (!there.verdict().untouched) faults.push('what was planted was changed')
      }
      const { bytes } = there.verdict()
      if (bytes > 0) faults.push(`${bytes} bytes were disclosed`)
      if (bait.touched) faults.push('it was gone through')
      return faults
    } finally {
      await end(child, 'SIGKILL')
      await there.remove()
      if (existsSync(aside)) renameSync(aside, path)
    }
  }

  async function everyKind(place: string, lanes = homes): Promise<void> {
    const found: string[] = []
    const share = async (at: string, lane: number): Promise<void> => {
      for (const [kind, plant] of kinds.filter((_, index) => index % lanes.length === lane)) {
        planted += 1
        const bait = new Bait(join(users.directory, `bait-${planted}`))
        const genuine = bytesAt(join(at, place))
        const faults = await start(place, (path) => plant(path, bait, genuine), bait, at)
        found.push(...faults.map((fault) => `${place || 'FOB_HOME'}, ${kind}: ${fault}`))
      }
    }
    await Promise.all(lanes.map(share))
    wrong.push(...found)
    assert.deepEqual(found, [])
  }

  for (const place of PLACES) {
    test(`K9 whatever is planted at ${place || 'FOB_HOME'} is refused and not gone through`, () =>
      everyKind(place))
  }

  for (const place of OPEN_PLACES) {
    test(`K9 whatever is planted at ${place} in a home that everybody may write to is refused`, async () => {
      const lanes = homes.map((_, lane) => join(users.directory, `open-${place}-${lane}`))
      for (const open of lanes) users.directoryOf(0, open, 0o1777)
      await everyKind(place, lanes)
    })
  }

  test('K9 a stranger gets nothing of a home, a daemon and a command at work', async () => {
    await users.must(home, 'up')
    const { daemon } = Status.parse(JSON.parse(await users.must(home, 'status', '--json')))
    const command = users.command(home, [
      'run',
      '--connection',
      `${CONNECTION}=TOKEN`,
      '--',
      'sh',
      '-c',
      RUNNING,
    ])
    try {
      const shell = Number(await firstLine(command))
      assert.ok(command.pid !== undefined)
      const probe = await users.probe(STRANGER, home, [daemon.pid, command.pid, shell])
      const secrets: string[] = []
      for (let count = 0; count < AT_WORK; count += 1) {
        secrets.push((await users.must(home, 'token', CONNECTION)).trim())
        await users.must(home, 'refresh', CONNECTION)
      }
      await users.must(home, 'down')
      await users.must(home, 'up')
      const { got, attempts, commandLines } = await probe.end()
      tried += attempts
      wrong.push(...got)
      assert.deepEqual(got, [])
      assert.ok(commandLines.some((line) => line.includes('daemon.mjs')))
      const told = commandLines.filter((line) => secrets.some((secret) => line.includes(secret.slice(0, 16))))
      wrong.push(...told)
      assert.deepEqual(told, [])
    } finally {
      await end(command)
      await users.must(home, 'down')
    }
  })

  test('K9 a stranger, and root, who come as far as the socket are refused whatever they ask', async () => {
    await users.must(home, 'up')
    const socket = join(home, 'run', 'fob.sock')
    for (const path of [home, dirname(socket)]) chmodSync(path, 0o755)
    chmodSync(socket, 0o666)
    try {
      for (const [uid, connector] of [[STRANGER], [0], [OWNER, STRANGER]] as const) {
        const answers = await users.askAll(socket, uid, connector)
        assert.ok(answers.length >= Object.keys(routes).length)
        tried += answers.length
        const served = answers.filter(({ status, text }) => status !== 403 || !/refused_by_policy/.test(text))
        wrong.push(...served.map(({ path }) => `${path} was answered to user ${connector ?? uid}`))
        assert.deepEqual(served, [])
      }
    } finally {
      for (const path of [home, dirname(socket)]) chmodSync(path, 0o700)
      chmodSync(socket, 0o600)
      await users.must(home, 'down')
    }
  })

  suite('pretending to be the daemon', () => {
    /** Where the socket is, and how it came to be there. */
    const impostors: ReadonlyArray<
      readonly [string, (at: string, socket: (path: string) => void) => string]
    > = [
      [
        'in a directory of the stranger',
        (at, socket) => {
          users.directoryOf(STRANGER, join(at, 'run'), 0o755)
          socket(join(at, 'run', 'fob.sock'))
          return 'run'
        },
      ],
      [
        'in a directory of the owner',
        (at, socket) => {
          users.directoryOf(OWNER, join(at, 'run'))
          socket(join(at, 'run', 'fob.sock'))
          return 'run/fob.sock'
        },
      ],
      [
        'in a directory of the owner that everybody may write to',
        (at, socket) => {
          users.directoryOf(OWNER, join(at, 'run'), 0o1777)
          socket(join(at, 'run', 'fob.sock'))
          return 'run'
        },
      ],
      [
        'behind a link in the place of the directory',
        (at, socket) => {
          users.directoryOf(STRANGER, join(at, 'theirs'), 0o755)
          socket(join(at, 'theirs', 'fob.sock'))
          symlinkSync(join(at, 'theirs'), join(at, 'run'))
          return 'run'
        },
      ],
      [
        'behind a link in the place of the socket',
        (at, socket) => {
          users.directoryOf(OWNER, join(at, 'run'))
          socket(join(at, 'theirs.sock'))
          symlinkSync(join(at, 'theirs.sock'), join(at, 'run', 'fob.sock'))
          return 'run/fob.sock'
        },
      ],
    ]
    for (const [where, impostor] of impostors) {
      test(`K9 ${where}, a stranger is told nothing by command and client`, async () => {
        const at = users.directoryOf(OWNER, join(users.directory, `impostor-${tried}`))
        const heard = new Impostor()
        const named = impostor(at, (path) => heard.listen(path))
        const socket = join(at, 'run', 'fob.sock')
        try {
          for (const [words, environment] of [
            [['status'], {}],
            [['token', CONNECTION], {}],
            [['token', CONNECTION], { FOB_SOCKET: socket }],
            [['sign-out', CONNECTION], { FOB_SOCKET: socket }],
            [['provider', 'set-secret', CONNECTION], {}],
          ] as const) {
            tried += 1
            const { code, stderr } = await users.fob(at, words, environment)
            assert.equal(code, words[0] === 'provider' ? code : 6, `${words.join(' ')}: ${stderr}`)
            assert.notEqual(code, 0)
            if (words[0] !== 'provider') assert.ok(stderr.includes(join(at, named)), stderr)
            assert.match(stderr, /fix: /)
          }
          tried += 1
          assert.match(await users.client(at), new RegExp(`unsafe .*${named}`))
        } finally {
          await heard.end()
          if (heard.bytes > 0) wrong.push(`${where}: ${heard.bytes} bytes`)
        }
        assert.equal(heard.bytes, 0)
      })
    }
  })
})
