/** The daemon dies at each system call by which consent, rotation, sign-out and a change of key reach the disk. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { hasGnomeKeyring, startGnomeKeyring, type GnomeKeyring } from '../contract/gnomeKeyring.js'
import { figure } from '../figures.js'
import { faultsOf } from '../history.js'
import { notRun } from '../notRun.js'
import { canTrace, Strace } from './strace.js'
import { Victim } from './victim.js'

/** Steps between which the disk differs. The writes, of temporary files all, are many and come in full runs. */
const CALLS = ['fsync', 'rename', 'link', 'unlink', ...(process.env.FOB_TEST_FULL ? ['write'] : [])]

/** Work left after an act was reported as done; it may meet its death there. */
const AFTERWARDS_MS = 150
/** An act that broke off did so because the daemon is dying: the kernel needs no longer than this. */
const DYING_MS = 5_000

/** What a step may leave behind; `told` is whether the act was reported as done before the daemon died. */
type Judge = (victim: Victim, told: boolean) => Promise<void>

interface Act {
  readonly title: string
  /** Brings about what the act begins with. */
  readonly prepare: (victim: Victim) => Promise<void>
  readonly run: (victim: Victim) => Promise<boolean>
  readonly judge: Judge
}

async function isIn(victim: Victim): Promise<boolean> {
  const connection = await victim.connection()
  assert.ok(connection, 'the connection is gone')
  return connection.state !== 'signedOut'
}

/** The connection is whole: it serves, it refreshes, and it still does after a clean look at the disk. */
const works: Judge = async (victim) => {
  await victim.lease()
  assert.deepEqual(await victim.refresh(), { kind: 'ok' })
  await victim.lease()
}

const signedIn = async (victim: Victim): Promise<void> => {
  if (!(await isIn(victim))) await victim.signIn()
}

const acts: readonly Act[] = [
  {
    title: 'consent',
    prepare: async (victim) => {
      if (await isIn(victim)) assert.equal((await victim.signOut()).status, 200)
    },
    run: (victim) => succeeded(victim.signIn()),
    judge: async (victim, told) => {
      if (await isIn(victim)) await works(victim, told)
      else assert.ok(!told, 'a consent that was reported as done is gone')
    },
  },
  {
    title: 'rotation',
    prepare: signedIn,
    run: async (victim) => (await victim.refresh()).kind === 'ok',
    judge: works,
  },
  {
    title: 'sign-out',
    prepare: signedIn,
    run: async (victim) => (await victim.signOut()).status === 200,
    judge: async (victim, told) => {
      if (!(await isIn(victim))) return
      assert.ok(!told, 'a sign-out that was reported as done came back')
      await works(victim, told)
    },
  },
]

const succeeded = (act: Promise<unknown>): Promise<boolean> =>
  act.then(
    () => true,
    () => false,
  )

/** The other place for the key than where it is. */
const rekey: Act = {
  title: 're-key',
  prepare: signedIn,
  run: async (victim) => {
    const to = (await victim.status()).vault.keySource === 'keyFile' ? 'keychain' : 'keyFile'
    return (await victim.post('/v1/vault', { action: 'move', to })).status === 200
  },
  judge: works,
}

suite('kill -9 at every step to the disk', function () {
  // Each step is two starts and an attach, and there are some dozens.
  this.timeout(300_000)
  let victim: Victim
  let keyring: GnomeKeyring | undefined
  let place: string
  const points: string[] = []
  let failed = 0

  suiteSetup(async function () {
    if (!canTrace()) notRun(this, 'strace')
    place = await mkdtemp(join(tmpdir(), 'fob-k-'))
    if (hasGnomeKeyring()) keyring = await startGnomeKeyring(place, true)
    // One thread does all file work, so that the N-th call is the same in every run.
    const one = { UV_THREADPOOL_SIZE: '1', ...keyring?.environment }
    victim = await Victim.make({ lifetime: 3_600, grace: 86_400 }, one)
    await victim.kill()
  })

  suiteTeardown(async () => {
    await victim?.remove()
    await keyring?.stop()
    if (place !== undefined) await rm(place, { recursive: true, force: true })
  })

  /** Whether the daemon came to the `nth` such call and died there. */
  const struck = async (act: Act, call: string, nth: number): Promise<boolean> => {
    // Otherwise it cannot be traced by its own user.
    await victim.start('--development')
    await victim.opened()
    await act.prepare(victim)
    const strace = await Strace.killAt(victim.pid, call, nth)
    const told = await act.run(victim).catch(() => false)
    const died = await victim.dies(told ? AFTERWARDS_MS : DYING_MS)
    assert.ok(told || died, 'the act failed, and not by the kill')
    await strace.end()
    await victim.kill()
    await victim.start()
    await victim.opened()
    const { quarantined } = await victim.status()
    assert.deepEqual(quarantined, [])
    await act.judge(victim, told)
    assert.deepEqual(await victim.leftOvers(), [])
    await victim.kill()
    return died
  }

  const sweep = async (act: Act): Promise<void> => {
    for (const call of CALLS) {
      for (let nth = 1; ; nth += 1) {
        const where = `${act.title}, ${call} ${nth}`
        const died = await struck(act, call, nth).catch((cause: unknown) => {
          failed += 1
          throw new Error(`killed at ${where}`, { cause })
        })
        if (!died) break
        points.push(where)
      }
    }
    // What was not flushed survives a kill, but no power cut; that it is flushed can be seen from the calls alone.
    for (const call of ['fsync', 'rename']) {
      assert.ok(points.includes(`${act.title}, ${call} 1`), `${act.title} makes no ${call}`)
    }
    assert.deepEqual(faultsOf(victim.observed, (await victim.home.ledger()).entries), [])
  }

  for (const act of acts) {
    test(`K3 ${act.title}: nothing is torn and nothing is lost`, () => sweep(act))
  }

  test('K3 re-key: nothing is torn and nothing is lost', async function () {
    if (keyring === undefined) notRun(this, 'gnome-keyring')
    await sweep(rekey)
  })

  test('K3 every step was tried', () => {
    const missed = acts.filter(({ title }) => !points.some((point) => point.startsWith(title))).length
    const bar = '0 torn states, 0 lost'
    figure('K3', { value: failed, bar, ok: failed + missed === 0, n: points.length + failed })
    if (keyring === undefined) console.log('K3 was measured without re-key, which needs gnome-keyring')
    assert.equal(missed, 0)
  })
})
