/**
 * The lock of a state. The kernel keeps it (flock), so it is free the moment its last holder is gone and never
 * stale; the file's text only says who holds it. Between machines that share a file system the text decides
 * where the kernel cannot.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  statSync,
  writeSync,
} from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'
import { Refusal } from '../../shared/contract/errors.js'
import { quoted } from '../../shared/contract/shellWord.js'
import { LockRecord } from '../../shared/contract/lockRecord.js'
import { parsedJson } from '../../shared/contract/parsedJson.js'

/** Takes the exclusive lock on an open file without waiting; false when another holds it. */
export type TryLock = (fd: number) => boolean

export type Machine = Pick<LockRecord, 'host' | 'bootId'>

/**
 * - `mine`: the lock is held, through this descriptor.
 * - `held`: by this living process of this machine.
 */
export type Locking =
  { readonly kind: 'mine'; readonly fd: number } | { readonly kind: 'held'; readonly by: LockRecord }

const OPEN = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW
/** One write of one size is seen whole or not at all; a socket path has at most 107 bytes. */
const RECORD_BYTES = 1024
/** A new owner names itself within milliseconds of taking the lock, or within seconds where dozens start at once. */
const NAMELESS_MS = 10_000
/** Longer than a daemon takes to stop, requests and exchanges under way included. */
const STOPPING_MS = 45_000
const LOOK_MS = 25

/** Throws `misconfigured` when another machine has, or may still have, this state. */
export async function takeLock(path: string, machine: Machine, tryLock: TryLock): Promise<Locking> {
  const begun = performance.now()
  for (;;) {
    const fd = opened(path)
    const locked = tryLock(fd)
    if (!stillThere(path, fd)) {
      closeSync(fd)
      continue
    }
    const record = readRecord(fd)
    if (locked) {
      refuseForeign(path, record, machine, fd)
      // Its last holder is gone, and must not be taken for the new one until that has signed.
      clearRecord(fd)
      return { kind: 'mine', fd }
    }
    closeSync(fd)
    const here = record !== undefined && record.bootId === machine.bootId
    if (here && !record.stopping) return { kind: 'held', by: record }
    const waited = performance.now() - begun
    if (waited > (here ? STOPPING_MS : NAMELESS_MS)) refuseHeld(path, record)
    await pause(LOOK_MS)
  }
}

/** Says who holds the lock. Call it only while holding it. */
export function writeRecord(fd: number, record: LockRecord): void {
  writeSync(fd, `${JSON.stringify(record).padEnd(RECORD_BYTES - 1)}\n`, 0)
}

/** Leaves the lock free without a word: whoever comes next knows that nothing was cut short. */
export function clearRecord(fd: number): void {
  ftruncateSync(fd, 0)
}

function opened(path: string): number {
  try {
    return openSync(path, OPEN, 0o600)
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new Refusal('misconfigured', `the lock cannot be opened: ${why}`, {
      fix: `ls -ld ${quoted(path)}`,
      field: 'FOB_HOME',
      cause,
    })
  }
}

/** undefined when nobody has signed, or nobody readable. */
export function readRecord(fd: number): LockRecord | undefined {
  const bytes = Buffer.alloc(RECORD_BYTES)
  const length = readSync(fd, bytes, 0, RECORD_BYTES, 0)
  return LockRecord.safeParse(parsedJson(bytes.toString('utf8', 0, length))).data
}

/** A lock on a file that has been removed or replaced meanwhile keeps nobody out. */
function stillThere(path: string, fd: number): boolean {
  const mine = fstatSync(fd)
  const there = statSync(path, { throwIfNoEntry: false })
  return there !== undefined && there.ino === mine.ino && there.dev === mine.dev
}

/**
 * A free lock is proof only where the kernel that keeps it is the one that kept it: on this machine. A record
 * of another machine was not cleared, so a daemon there may still run and its lock not reach us.
 */
function refuseForeign(path: string, record: LockRecord | undefined, machine: Machine, fd: number): void {
  if (record === undefined || record.bootId === machine.bootId) return
  if (record.host !== '' && record.host === machine.host) return
  closeSync(fd)
  throw new Refusal(
    'misconfigured',
    `this state was last used by a fob on another machine (process ${record.pid} there), which did not end ` +
      'cleanly; two machines refreshing the same tokens would sign you out. Once no fob runs there, its lock ' +
      'can be removed',
    { fix: `rm ${quoted(path)}`, field: 'FOB_HOME' },
  )
}

function refuseHeld(path: string, record: LockRecord | undefined): never {
  if (record === undefined) {
    throw new Refusal(
      'misconfigured',
      `${path} is locked by a process that does not say who it is, and should be ended`,
      {
        fix: `fuser -k ${quoted(path)}`,
        field: 'FOB_HOME',
      },
    )
  }
  if (record.stopping) {
    throw new Refusal(
      'stopping',
      `the fob that has this state (process ${record.pid}) does not come to its end`,
      // Its graceful end has a deadline of its own, so it is stuck; and nothing is lost by ending it so.
      { fix: `kill -9 ${record.pid}` },
    )
  }
  throw new Refusal(
    'misconfigured',
    `this state is in use by a fob on another machine (process ${record.pid} there)`,
    { fix: 'run `fob down` on that machine', field: 'FOB_HOME' },
  )
}
