/** Each system call by which an act reaches the disk fails, and goes on failing until the disk is well again. */
import assert from 'node:assert/strict'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConsentBegun } from '../../shared/contract/consent.js'
import type { LedgerEntry } from '../../shared/contract/sandboxLedger.js'
import { hasGnomeKeyring, startGnomeKeyring, type GnomeKeyring } from '../contract/gnomeKeyring.js'
import { figure } from '../figures.js'
import { digestOf, faultsOf } from '../history.js'
import { acts, isIn, moveKey, type Act } from '../kill/acts.js'
import { canTrace, CHANGES, Strace, type Site } from '../kill/strace.js'
import { NAME, Victim } from '../kill/victim.js'
import { notRun } from '../notRun.js'
import { follow, refusal, type Asked } from '../process/home.js'
import { seeded } from '../seed.js'

const AT = `/v1/connections/${NAME}`
const FULL = process.env.FOB_TEST_FULL !== undefined

/** What a disk that is failing, full, read-only, closed to us or over its quota says. */
const ERRORS = ['EIO', 'ENOSPC', 'EROFS', 'EACCES', 'EDQUOT']
/** A change of key has the most steps by far: a short run takes one error, another each time, at every third. */
const REKEY_SAMPLE = FULL ? { errors: Infinity, stride: 1 } : { errors: 1, stride: 3 }
const WHOLE = { errors: Infinity, stride: 1 }

/** Beside the changes: a file cannot be opened, to be read or written. */
const OPEN: Site = { title: 'open', calls: '?open,openat' }
const OPEN_ERRORS = ['EMFILE', ...ERRORS]

/** What holds before an act. */
interface Before {
  readonly generation: number
  readonly received: number
}

/** How an act went while the disk failed. */
interface Went {
  /** The daemon said that it was done. */
  readonly done: boolean
  /** Token requests that it made. */
  readonly requests: readonly LedgerEntry[]
}

/** Looks at an act from outside, first while the disk fails and then when it is well. */
interface Judge {
  readonly during: (victim: Victim, before: Before) => Promise<Went>
  readonly after: (victim: Victim, before: Before, went: Went) => Promise<void>
}

const generationOf = async (victim: Victim): Promise<number> => (await victim.connection())?.generation ?? 0

const requestsSince = async (victim: Victim, { received }: Before): Promise<LedgerEntry[]> =>
  (await victim.home.ledger()).entries.filter(({ number }) => number > received)

/** An answer that says that the disk is at fault, and what to do. */
function refusedByDisk(answer: Asked, codes: readonly string[] = ['store_unwritable']): void {
  const { code, message, fix } = refusal(answer)
  assert.ok(codes.includes(code), answer.text)
  assert.notEqual(message, '')
  assert.notEqual(fix, '', answer.text)
}

const refresh = (victim: Victim): Promise<Asked> => victim.post(`${AT}/refresh`, {})

const rotation: Judge = {
  during: async (victim, before) => {
    const answer = await refresh(victim)
    const requests = await requestsSince(victim, before)
    const done = answer.status === 200
    const generation = (await victim.lease()).generation
    assert.equal(generation, before.generation + (done ? 1 : 0))
    if (done) {
      assert.equal(requests.length, 1)
      assert.equal(await victim.durable(), generation)
      return { done, requests }
    }
    refusedByDisk(answer)
    const { state, reason } = (await victim.connection()) ?? assert.fail()
    assert.match(reason, /E[A-Z]+: /)
    // The probe failed and nothing was asked for; or the answer is kept in memory and nothing more is.
    assert.equal(state, requests.length === 0 ? 'retrying' : 'unsaved')
    refusedByDisk(await refresh(victim))
    assert.deepEqual(await requestsSince(victim, before), requests)
    return { done, requests }
  },
  after: async (victim, before, { done }) => {
    if (!done) assert.equal((await refresh(victim)).status, 200)
    const { generation, accessToken } = await victim.lease()
    const requests = await requestsSince(victim, before)
    assert.equal(generation - before.generation, requests.length)
    assert.equal(digestOf(accessToken), requests.at(-1)?.accessTokenIssued)
    assert.equal(await victim.durable(), generation)
  },
}

/** The page that a sign-in ends with. */
async function consented(victim: Victim): Promise<string> {
  const answer = await victim.post(`${AT}/consent`, { open: false, preempt: true })
  const begun = ConsentBegun.parse(JSON.parse(answer.text))
  assert.equal(begun.kind, 'browser')
  // For a page that is no 200 it rejects, with the page's text.
  const page = await follow(begun.url).catch(String)
  return /<main[^]*<\/main>/.exec(page)?.[0] ?? assert.fail(page)
}

const consent: Judge = {
  during: async (victim, before) => {
    const page = await consented(victim)
    const requests = await requestsSince(victim, before)
    assert.equal(requests.length, 1)
    const done = !page.includes('Sign-in failed')
    if (done) {
      assert.equal((await victim.lease()).generation, await victim.durable())
      return { done, requests }
    }
    assert.match(page, /cannot be saved yet: .*E[A-Z]+: /)
    assert.match(page, /<code>fob refresh sandbox<\/code>/)
    assert.equal((await victim.connection())?.state, 'unsaved')
    refusedByDisk(await victim.home.ask(`${AT}/access-token`))
    return { done, requests }
  },
  after: async (victim, before, { done, requests }) => {
    if (!done) assert.equal((await refresh(victim)).status, 200)
    const { generation, accessToken } = await victim.lease()
    assert.equal(await victim.durable(), generation)
    const all = await requestsSince(victim, before)
    // Nobody has to sign in again: the grant that waited is the one that is saved.
    assert.deepEqual(all.slice(0, 1), requests)
    assert.equal(digestOf(accessToken), all.at(-1)?.accessTokenIssued)
  },
}

const signOut: Judge = {
  during: async (victim, before) => {
    const answer = await victim.signOut()
    const done = answer.status === 200
    if (!done) {
      refusedByDisk(answer)
      assert.equal((await victim.lease()).generation, before.generation)
    }
    assert.equal(await isIn(victim), !done)
    return { done, requests: await requestsSince(victim, before) }
  },
  after: async (victim, _before, { done }) => {
    if (!done) {
      // Not ended halfway: the grant still refreshes, and then ends.
      assert.deepEqual(await victim.refresh(), { kind: 'ok' })
      assert.equal((await victim.signOut()).status, 200)
    }
    assert.ok(!(await isIn(victim)))
    assert.equal(await victim.durable(), undefined)
  },
}

const rekey = (to: 'keychain' | 'keyFile'): Judge => ({
  during: async (victim) => {
    const answer = await moveKey(victim, to)
    const done = answer.status === 200
    if (!done) refusedByDisk(answer, ['store_unwritable', 'misconfigured'])
    await victim.lease()
    return { done, requests: [] }
  },
  after: async (victim) => {
    const answer = await moveKey(victim, to)
    assert.equal(answer.status, 200, answer.text)
    const { vault } = await victim.status()
    assert.deepEqual([vault.state, vault.keySource], ['open', to])
    assert.deepEqual(await victim.refresh(), { kind: 'ok' })
  },
})

const judges: Record<Act['title'], Judge> = {
  consent,
  rotation,
  'sign-out': signOut,
  're-key into a file': rekey('keyFile'),
  're-key into the keychain': rekey('keychain'),
}

suite('a disk that fails at every step', function () {
  // Each point is an attach and a few requests, and there are hundreds in a full run.
  this.timeout(900_000)
  const { seed, fraction } = seeded()
  let victim: Victim
  let keyring: GnomeKeyring | undefined
  let place: string
  const points: string[] = []
  /** By what the act came to, for the reader of the figure. */
  const counts = { probeFailed: 0, unsaved: 0, refused: 0, done: 0 }
  let failed = 0

  suiteSetup(async function () {
    if (!canTrace()) notRun(this, 'strace')
    place = await mkdtemp(join(tmpdir(), 'fob-k-'))
    if (hasGnomeKeyring()) keyring = await startGnomeKeyring(place, true)
    // One thread does all file work, so that the N-th call is the same in every run.
    const one = { UV_THREADPOOL_SIZE: '1', ...keyring?.environment }
    victim = await Victim.make({ lifetime: 3_600, grace: 0 }, one)
    await again()
  })

  suiteTeardown(async () => {
    await victim?.remove()
    await keyring?.stop()
    if (place !== undefined) await rm(place, { recursive: true, force: true })
  })

  const again = async (): Promise<void> => {
    await victim.kill()
    // Otherwise it cannot be traced by its own user.
    await victim.start('--development')
    await victim.opened()
  }

  const signedInAgain = async (): Promise<void> => {
    if (!(await isIn(victim))) await victim.signIn()
  }

  const quarantined = async (): Promise<string[]> =>
    readdir(join(victim.home.directory, 'state', 'quarantine')).catch(() => [])

  const note = (act: Act, { done, requests }: Went): void => {
    if (done) counts.done += 1
    else if (act.title === 'rotation') counts[requests.length === 0 ? 'probeFailed' : 'unsaved'] += 1
    else counts[act.title === 'consent' ? 'unsaved' : 'refused'] += 1
  }

  /** Whether the daemon came to the `nth` such call, which then failed. */
  const struck = async (act: Act, site: Site, nth: number, errno: string): Promise<boolean> => {
    await act.prepare(victim)
    const { received } = await victim.home.ledger()
    const before = { generation: await generationOf(victim), received }
    const judge = judges[act.title]
    const strace = await Strace.failFrom(victim.pid, site, nth, errno)
    const went = await judge.during(victim, before).finally(() => strace.end())
    await judge.after(victim, before, went)
    assert.deepEqual(await quarantined(), [])
    if (strace.failed > 0) note(act, went)
    return strace.failed > 0
  }

  /** So many of them, beginning at another one each time. */
  const some = (errors: readonly string[], count: number): string[] => {
    const first = Math.floor(fraction() * errors.length)
    return [...errors.slice(first), ...errors.slice(0, first)].slice(0, count)
  }

  const sweep = async (act: Act): Promise<void> => {
    const { errors, stride } = act.needsKeychain ? REKEY_SAMPLE : WHOLE
    for (const site of [...CHANGES, OPEN]) {
      for (let nth = 1, reached = true; reached; nth += stride) {
        for (const errno of some(site === OPEN ? OPEN_ERRORS : ERRORS, errors)) {
          const where = `${act.title}, ${errno} from ${site.title} ${nth} on`
          reached = await struck(act, site, nth, errno).catch((cause: unknown) => {
            failed += 1
            throw new Error(`${where}, FOB_SEED=${seed}`, { cause })
          })
          if (!reached) break
          points.push(where)
        }
      }
    }
    // What a start finds is whole, and it removes what the disk did not let go of.
    await again()
    assert.deepEqual((await victim.status()).quarantined, [])
    assert.deepEqual(await victim.leftOvers(), [])
    if (await isIn(victim)) assert.deepEqual(await victim.refresh(), { kind: 'ok' })
    assert.deepEqual(faultsOf(victim.observed, (await victim.home.ledger()).entries), [])
  }

  for (const act of acts) {
    test(`K4 ${act.title}: refused with a fix or done, and done without a restart when the disk is well`, async function () {
      if (act.needsKeychain && keyring === undefined) notRun(this, 'gnome-keyring')
      await sweep(act)
    })
  }

  test('K4 a record that cannot be written: no token leaves, and what is done all the same is said to be done', async () => {
    await signedInAgain()
    const { generation } = await victim.lease()
    const path = join(victim.home.directory, 'state', 'audit', 'audit.log')
    const record: Site = { title: 'write of the record', calls: 'write', files: [path] }
    const strace = await Strace.failFrom(victim.pid, record, 1, 'ENOSPC')
    try {
      refusedByDisk(await victim.home.ask(`${AT}/access-token`))
      // Its tokens count; who asked hears that it is in no record.
      refusedByDisk(await refresh(victim))
      assert.equal(await victim.durable(), generation + 1)
      assert.equal((await victim.signOut()).status, 200)
      assert.ok(!(await isIn(victim)))
      assert.match(await consented(victim), /<h1>Signed in</)
      assert.ok(await isIn(victim))
      refusedByDisk(await victim.home.ask(`${AT}/access-token`))
    } finally {
      await strace.end()
    }
    assert.ok(strace.failed > 0)
    await victim.lease()
    for (const line of (await readFile(path, 'utf8')).trimEnd().split('\n')) JSON.parse(line)
  })

  test('K4 every step was tried', () => {
    const tried = acts.filter(({ title }) => points.some((point) => point.startsWith(`${title}, `)))
    const all = acts.filter(({ needsKeychain }) => keyring !== undefined || !needsKeychain).length
    const ok = failed === 0 && tried.length === all
    const bar = 'no request when the probe fails, unsaved when the commit fails, no restart needed'
    figure('K4', { value: failed, bar, ok, n: points.length + failed })
    const left = FULL ? '' : '; of a change of key every third step with one error'
    console.log(`K4 FOB_SEED=${seed}: ${JSON.stringify(counts)}${left}`)
    assert.equal(tried.length, all)
    assert.ok(counts.probeFailed > 0 && counts.unsaved > 0)
  })
})
