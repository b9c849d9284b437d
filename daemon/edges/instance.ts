/**
 * One owner per state: the lock, and the socket that the owner serves.
 *
 * - Whoever holds `state/lock` is the owner; everything here happens under it.
 * - A socket is removed only under the lock: a dead one at start, our own at the end if it still is ours.
 * - An owner whose socket was removed by somebody else is told, since it keeps the lock and cannot be found.
 * - The listening descriptor outlives any server on it. While no server accepts, callers wait in the kernel's
 *   queue; that is how a state changes hands without one of them being refused.
 */
import { closeSync, lstatSync, unlinkSync, watch, type FSWatcher, type Stats } from 'node:fs'
import { connect, type Server } from 'node:net'
import { dirname } from 'node:path'
import { Refusal } from '../../shared/contract/errors.js'
import type { LockRecord } from '../../shared/contract/lockRecord.js'
import { quoted } from '../../shared/contract/shellWord.js'
import { systemCode } from '../../shared/contract/systemCode.js'
import { clearRecord, takeLock, writeRecord, type Machine, type TryLock } from './lockFile.js'
import { checkTree, privateDirectory } from './privateDirectory.js'

/** What the operating system must do for us. */
export interface System {
  readonly tryLock: TryLock
  /** Binds and listens with mode 0600 from birth; gives the descriptor. */
  readonly listenUnix: (path: string, backlog: number) => number
  /** Another descriptor of the same open file. */
  readonly duplicate: (fd: number) => number
}

export interface Place {
  readonly lock: string
  readonly socket: string
  readonly uid: number
  readonly version: string
  readonly machine: Machine
}

/** Descriptors as a predecessor leaves them: lock and listening socket, both in use. */
export interface Inherited {
  readonly lock: number
  readonly listening: number
}

export type Claim =
  | { readonly kind: 'owner'; readonly instance: Instance }
  /** Another daemon has this state and serves it. */
  | { readonly kind: 'alreadyRunning'; readonly by: LockRecord }

/** What in the state is not replaced but written to; in directories, their files. */
const WRITTEN_IN_PLACE = ['lock', 'log', 'audit']
/** As many callers may wait for `accept` as a busy machine starts at once; Node's own 511 turns some away. */
const BACKLOG = 4096
/** Connecting to a living local socket takes microseconds, also when its owner is stopped. */
const CONNECT_MS = 1_000

/** Throws `misconfigured` for a place that is not safely ours, or is somebody else's. */
export async function claim(place: Place, system: System): Promise<Claim> {
  const state = dirname(place.lock)
  privateDirectory(state, place.uid)
  checkTree(state, place.uid, WRITTEN_IN_PLACE)
  const locking = await takeLock(place.lock, place.machine, system.tryLock)
  if (locking.kind === 'held') return { kind: 'alreadyRunning', by: locking.by }
  try {
    const run = dirname(place.socket)
    privateDirectory(run, place.uid)
    checkTree(run, place.uid)
    await removeDeadSocket(place.socket)
    const listening = system.listenUnix(place.socket, BACKLOG)
    return {
      kind: 'owner',
      instance: new Instance(place, system, { lock: locking.fd, listening }),
    }
  } catch (error) {
    clearRecord(locking.fd)
    closeSync(locking.fd)
    throw error
  }
}

export class Instance {
  readonly #place: Place
  readonly #system: System
  readonly #fds: Inherited
  readonly #socket: Stats | undefined
  #retired = false
  #watcher: FSWatcher | undefined

  /** Signs the lock. Made by `claim`, or by a successor with the descriptors it was given. */
  constructor(place: Place, system: System, fds: Inherited) {
    this.#place = place
    this.#system = system
    this.#fds = fds
    this.#socket = lstatSync(place.socket, { throwIfNoEntry: false })
    this.sign()
  }

  get socket(): string {
    return this.#place.socket
  }

  /** For a successor: lock and socket stay taken without a gap, since its descriptors are of the same files. */
  get descriptors(): Inherited {
    return this.#fds
  }

  /** Writes into the lock who holds it. */
  sign(stopping = false): void {
    const { socket, machine, version } = this.#place
    writeRecord(this.#fds.lock, { pid: process.pid, socket, ...machine, version, stopping })
  }

  /** Has the server accept from the socket; resolves once it does. Closing the server keeps the socket. */
  accept(server: Server): Promise<void> {
    const fd = this.#system.duplicate(this.#fds.listening)
    return new Promise((resolve, reject) => {
      server.once('error', reject)
      // With a descriptor Node reads the queue's length from here and not from the options.
      server.listen({ fd }, BACKLOG, () => {
        server.off('error', reject)
        resolve()
      })
    })
  }

  /**
   * Calls back once, when the socket is no longer in its place: a session's end takes the runtime directory
   * with it, and a clean-up of temporary files whatever lies there. Where the system has no watch left to give,
   * that goes unnoticed.
   */
  watch(lost: () => void): void {
    const look = () => {
      if (this.#retired || this.#isInPlace()) return
      this.#watcher?.close()
      lost()
    }
    try {
      this.#watcher = watch(dirname(this.#place.socket), { persistent: false }, look).on('error', look)
    } catch (cause) {
      if (!isLimit(cause)) throw cause
    }
    look()
  }

  /**
   * The beginning of the end: nobody finds the socket any more, and whoever wants the lock waits for it. A new
   * daemon can be started from here on, and begins once `release` was called.
   */
  retire(): void {
    if (this.#retired) return
    this.#retired = true
    this.sign(true)
    this.#watcher?.close()
    if (this.#isInPlace()) unlinkSync(this.#place.socket)
    closeSync(this.#fds.listening)
  }

  #isInPlace(): boolean {
    const there = lstatSync(this.#place.socket, { throwIfNoEntry: false })
    return there?.ino === this.#socket?.ino && there?.dev === this.#socket?.dev && there !== undefined
  }

  /** Gives socket and lock up. Call it once nothing is written any more. */
  release(): void {
    this.retire()
    clearRecord(this.#fds.lock)
    closeSync(this.#fds.lock)
  }
}

/** inotify(7): too many watches of this user, or too many watchers. */
const isLimit = (cause: unknown): boolean => ['ENOSPC', 'EMFILE'].includes(systemCode(cause))

/** What is in the socket's place may be removed only if it is a socket on which nobody listens. */
async function removeDeadSocket(path: string): Promise<void> {
  const there = lstatSync(path, { throwIfNoEntry: false })
  if (there === undefined) return
  if (!there.isSocket()) {
    throw new Refusal('misconfigured', `${path} is in the place of the socket and is none`, {
      fix: `mv ${quoted(path)} ${quoted(`${path}.old`)}`,
      field: 'FOB_HOME',
    })
  }
  if (await isServed(path)) {
    throw new Refusal('misconfigured', `${path} is served by the fob of another state directory`, {
      fix: 'export FOB_HOME="$HOME/.fob"',
      field: 'XDG_STATE_HOME',
    })
  }
  unlinkSync(path)
}

/** A refused connection is the one proof that nobody listens; an owner may be slow, so silence proves nothing. */
function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = connect(path)
    const settle = (served: boolean) => {
      clearTimeout(timer)
      probe.destroy()
      resolve(served)
    }
    const timer = setTimeout(() => settle(true), CONNECT_MS)
    probe.once('connect', () => settle(true))
    probe.once('error', (error) => settle(systemCode(error) !== 'ECONNREFUSED'))
  })
}
