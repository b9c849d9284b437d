/** The daemon dies at each system call by which consent, rotation, sign-out and a change of key reach the disk. */
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { TERMINAL_FILES } from '../../shared/contract/terminal.js'
import { hasGnomeKeyring, startGnomeKeyring, type GnomeKeyring } from '../contract/gnomeKeyring.js'
import { figure } from '../figures.js'
import { faultsOf } from '../history.js'
import { notRun } from '../notRun.js'
import { acts, isIn, type Act } from './acts.js'
import { lossesIn } from './flushed.js'
import { canTrace, CHANGES, Strace, type Site } from './strace.js'
import { Victim } from './victim.js'

/** A change of key has the most steps by far: a short run takes every second one of them. */
const REKEY_STRIDE = process.env.FOB_TEST_FULL ? 1 : 2
/** Work left after an act was reported as done; it may meet its death there. */
const AFTERWARDS_MS = 150
/** An act that broke off did so because the daemon is dying: the kernel needs no longer than this. */
const DYING_MS = 5_000

/** The connection is whole: it serves, it refreshes, and serves what the refresh brought. */
async function works(victim: Victim): Promise<void> {
  await victim.lease()
  assert.deepEqual(await victim.refresh(), { kind: 'ok' })
  await victim.lease()
}

/** What a step may leave behind; `told` is whether the act was reported as done before the daemon died. */
type Judge = (victim: Victim, told: boolean) => Promise<void>

const judges: Record<Act['title'], Judge> = {
  consent: async (victim, told) => {
    if (await isIn(victim)) await works(victim)
    else assert.ok(!told, 'a consent that was reported as done is gone')
  },
  rotation: works,
  'sign-out': async (victim, told) => {
    if (!(await isIn(victim))) return
    assert.ok(!told, 'a sign-out that was reported as done came back')
    await works(victim)
  },
  're-key into a file': works,
  're-key into the keychain': works,
}

suite('kill -9 at every step to the disk', function () {
  // Each step is a start and an attach, and there are some dozens.
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
    await begin()
  })

  suiteTeardown(async () => {
    await victim?.remove()
    await keyring?.stop()
    if (place !== undefined) await rm(place, { recursive: true, force: true })
  })

  const begin = async (): Promise<void> => {
    // Otherwise it cannot be traced by its own user.
    await victim.start('--development')
    await victim.opened()
  }

  /** Where the daemon's file work happens, and the files that its main thread writes. */
  const sites = (): readonly Site[] => {
    const inHome = (...names: string[]) => join(victim.home.directory, ...names)
    const stamp = inHome('run', TERMINAL_FILES.stamp)
    return [
      ...CHANGES,
      { title: 'write of the record', calls: 'write', files: [inHome('state', 'audit', 'audit.log')] },
      { title: 'write of the stamp', calls: 'write', files: [`${stamp}.new`] },
      { title: 'rename of the stamp', calls: '?rename,?renameat,?renameat2', files: [stamp] },
    ]
  }

  /** Whether the daemon came to the `nth` such call and died there. It runs before and after. */
  const struck = async (act: Act, site: Site, nth: number): Promise<boolean> => {
    await act.prepare(victim)
    const strace = await Strace.killAt(victim.pid, site, nth)
    const told = await act.run(victim).catch(() => false)
    const died = await victim.dies(told ? AFTERWARDS_MS : DYING_MS)
    assert.ok(told || died, 'the act failed, and not by the kill')
    await strace.end()
    if (died) await begin()
    const { quarantined } = await victim.status()
    assert.deepEqual(quarantined, [])
    await judges[act.title](victim, told)
    assert.deepEqual(await victim.leftOvers(), [])
    return died
  }

  const sweep = async (act: Act): Promise<void> => {
    const stride = act.needsKeychain ? REKEY_STRIDE : 1
    for (const site of sites()) {
      for (let nth = 1; ; nth += stride) {
        const where = `${act.title}, ${site.title} ${nth}`
        const died = await struck(act, site, nth).catch((cause: unknown) => {
          failed += 1
          throw new Error(`killed at ${where}`, { cause })
        })
        if (!died) break
        points.push(where)
      }
    }
    // What the last step left is found by one more start.
    await victim.kill()
    await begin()
    await judges[act.title](victim, false)
    assert.deepEqual(faultsOf(victim.observed, (await victim.home.ledger()).entries), [])
    const reached = (call: string) => points.includes(`${act.title}, ${call} 1`)
    for (const call of ['fsync', 'rename', 'write', 'write of the record'])
      assert.ok(reached(call), `no ${call}`)
  }

  /** What was not flushed survives a kill, but no power cut; that it is flushed can be seen from the calls alone. */
  const flushes = async (act: Act): Promise<void> => {
    await act.prepare(victim)
    const strace = await Strace.watch(victim.pid, CHANGES)
    assert.ok(await act.run(victim))
    const { losses, names } = lossesIn(await strace.end())
    assert.deepEqual(losses, [])
    assert.ok(names > 0, 'no file took a name, so nothing was seen')
  }

  const needs = (act: Act, context: Mocha.Context): void => {
    if (act.needsKeychain && keyring === undefined) notRun(context, 'gnome-keyring')
  }

  for (const act of acts) {
    test(`K3 ${act.title}: nothing is torn and nothing is lost`, async function () {
      needs(act, this)
      await sweep(act)
    })

    test(`K3 ${act.title}: what takes a name is on the disk before, and the name after it`, async function () {
      needs(act, this)
      await flushes(act)
    })
  }

  test('K3 every step was tried', () => {
    const tried = acts.filter(({ title }) => points.some((point) => point.startsWith(`${title}, `)))
    const all = acts.filter(({ needsKeychain }) => keyring !== undefined || !needsKeychain).length
    const bar = '0 torn states, 0 lost'
    figure('K3', {
      value: failed,
      bar,
      ok: failed === 0 && tried.length === all,
      n: points.length + failed,
    })
    if (keyring === undefined) console.log('K3 was measured without re-key, which needs gnome-keyring')
    const left = REKEY_STRIDE === 1 ? '' : '; every second step of a change of key'
    console.log(`K3 kills: ${counted(points)}${left}`)
    assert.equal(tried.length, all)
  })
})

/** How often each kind of step was struck. */
function counted(points: readonly string[]): string {
  const kinds = points.map((point) => point.replace(/^.*?, | \d+$/g, ''))
  return [...new Set(kinds)]
    .map((kind) => `${kind} ${kinds.filter((each) => each === kind).length}`)
    .join(', ')
}
