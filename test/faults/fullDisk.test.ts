/**
 * A disk that is full and stays full: the state directory is a file system of 64 KB of its own, mounted in a
 * namespace that only the daemon is in. What is in it is reached through the daemon's own root.
 */
import assert from 'node:assert/strict'
import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { appendFile, mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ConnectionStatus } from '../../shared/contract/connection.js'
import { startEnvironment } from '../../shared/contract/startEnvironment.js'
import type { LedgerEntry } from '../../shared/contract/sandboxLedger.js'
import { figure } from '../figures.js'
import { digestOf } from '../history.js'
import { notRun } from '../notRun.js'
import { firstLine, Home, refusal, ROOT } from '../process/home.js'

const PROGRAM = join(ROOT, 'daemon', 'dist', 'daemon.mjs')
const NAME = 'sandbox'
const AT = `/v1/connections/${NAME}`
/** How long the disk stays full; the daemon tries again within 6 s each time. */
const HELD_MS = process.env.FOB_TEST_FULL ? 600_000 : 5_000
/** A server slow enough for the disk to fill up between the question and its answer. */
const SLOW_MS = 1_000
const LOOK_MS = 50
const MOUNT = 'mount -t tmpfs -o size=64k,mode=700 fob "$1" && exec "$2" "$3" --development'

/** How to be alone with a mount: anybody may in a user namespace of their own, where those are allowed. */
const WAYS = [['-rm'], ['-m']]

/** The words of `unshare` that let us mount here; undefined when nothing does. */
const wayToMount = (): string[] | undefined =>
  WAYS.find((words) => spawnSync('unshare', [...words, 'mount', '-t', 'tmpfs', 'fob', '/tmp']).status === 0)

suite('a full disk', function () {
  this.timeout(HELD_MS * 3 + 60_000)
  let home: Home
  let daemon: ChildProcess | undefined
  /** The state directory as the daemon sees it. */
  let state: string

  suiteSetup(async function () {
    const way = wayToMount()
    if (way === undefined) notRun(this, 'root')
    home = await Home.make()
    await home.must('sandbox', 'start')
    await home.set({ lifetime: 3_600, grace: 0 })
    const place = join(home.directory, 'state')
    await mkdir(place, { recursive: true })
    const words = [...way, 'sh', '-c', MOUNT, 'sh', place, process.execPath, PROGRAM]
    daemon = spawn('unshare', words, {
      env: { ...startEnvironment(process.env), FOB_HOME: home.directory },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await firstLine(daemon)
    state = join('/proc', String(daemon.pid), 'root', place)
    await home.addSandbox(NAME)
    await home.signIn(NAME)
  })

  suiteTeardown(async () => {
    const ended = daemon === undefined ? undefined : once(daemon, 'exit')
    await home?.remove()
    // With the daemon, the last process of its namespace, the mount goes.
    await ended
  })

  const fill = async (): Promise<void> => {
    const path = join(state, 'filler')
    await assert.rejects(
      async () => {
        for (;;) await appendFile(path, Buffer.alloc(1_024))
      },
      { code: 'ENOSPC' },
    )
  }
  const free = (): Promise<void> => rm(join(state, 'filler'))

  const refreshes = async (): Promise<LedgerEntry[]> =>
    (await home.ledger()).entries.filter(({ grantType }) => grantType === 'refresh_token')
  const refresh = () => home.ask(`${AT}/refresh`, { method: 'POST', headers: JSON_BODY, body: '{}' })
  const JSON_BODY = { 'content-type': 'application/json' }

  /** Resolves once the connection is in this state by itself. */
  const becomes = async (wanted: ConnectionStatus['state']): Promise<void> => {
    while ((await home.connection(NAME)).state !== wanted) await pause(LOOK_MS)
  }

  const untorn = async (): Promise<void> => {
    const names = (await readdir(state, { recursive: true })).map(String)
    assert.deepEqual(
      names.filter((name) => name.endsWith('.tmp') || name.startsWith('quarantine/')),
      [],
    )
  }

  test('K4 a disk full for long: not one token request, and refreshing goes on by itself when there is room', async () => {
    const { generation, accessToken } = await home.lease(NAME)
    await home.forgetLedger()
    await fill()
    const refused = refusal(await refresh())
    assert.equal(refused.code, 'store_unwritable')
    assert.match(refused.message, /ENOSPC/)
    assert.notEqual(refused.fix, '')
    await pause(HELD_MS)
    const { state: standing, reason } = await home.connection(NAME)
    assert.equal(standing, 'retrying')
    assert.match(reason, /ENOSPC/)
    const { code } = await home.fob('refresh', NAME)
    assert.equal(code, 1)
    assert.equal(await home.token(NAME), accessToken)
    const asked = (await home.ledger()).received
    await free()
    await becomes('active')
    const entries = await refreshes()
    const lease = await home.lease(NAME)
    await untorn()
    const ok = asked === 0 && entries.length === 1 && lease.generation === generation + 1
    figure('K4', { value: asked, bar: `0 token requests from a disk full for ${HELD_MS / 1_000} s`, ok })
    assert.deepEqual([asked, entries.length, lease.generation], [0, 1, generation + 1])
  })

  test('K4 a disk that fills up during the exchange: unsaved, the old access token meanwhile, no second request', async () => {
    const { generation, accessToken } = await home.lease(NAME)
    await home.forgetLedger()
    await home.fault({ kind: 'delay', ms: SLOW_MS, grantType: 'refresh_token', times: 1 })
    const answer = refresh()
    await home.ledger(1)
    await fill()
    assert.equal(refusal(await answer).code, 'store_unwritable')
    assert.equal((await home.connection(NAME)).state, 'unsaved')
    await pause(HELD_MS)
    assert.equal(await home.token(NAME), accessToken)
    assert.equal(refusal(await refresh()).code, 'store_unwritable')
    assert.equal((await refreshes()).length, 1)
    await free()
    await becomes('active')
    const lease = await home.lease(NAME)
    assert.equal(lease.generation, generation + 1)
    const [entry, ...more] = await refreshes()
    assert.equal(entry?.accessTokenIssued, digestOf(lease.accessToken))
    assert.deepEqual(more, [])
    await untorn()
  })

  test('K4 on a full disk a sign-out that cannot be saved is none, and a sign-in says that it waits', async () => {
    await fill()
    const { code, stderr } = await home.fob('sign-out', NAME)
    assert.equal(code, 1)
    assert.match(stderr, /ENOSPC/)
    assert.notEqual((await home.connection(NAME)).state, 'signedOut')
    await assert.rejects(home.signIn(NAME), /ENOSPC/)
    assert.equal((await home.connection(NAME)).state, 'unsaved')
    await free()
    await becomes('active')
    await home.must('refresh', NAME)
    await home.must('sign-out', NAME)
    assert.equal((await home.connection(NAME)).state, 'signedOut')
    await untorn()
  })
})
