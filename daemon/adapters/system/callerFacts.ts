/**
 * Who is on the other end of a socket, from the kernel and `/proc`. Runs once for each connection, so it
 * reads into one buffer, parses nothing it does not need, and remembers when a process that calls again started.
 *
 * Only `uid` is a boundary. pid, start time and executable are evidence: a process can connect and then
 * become another program, or hand its socket on.
 */
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs'
import type { Caller, PeerCredentials } from '../../core/ports.js'
import { handleLives, peerHandle, peerOf } from './posix.js'

/** `comm` has at most 64 bytes and the twenty numbers before field 22 at most 20 each: 1 KiB is ample. */
const statLine = Buffer.alloc(1024)
const SPACE = 0x20
const CLOSING_BRACKET = 0x29
/** Field 22, counted from field 3, the first after the bracketed program name. */
const SPACES_BEFORE_START_TIME = 20

/**
 * Field 22 of `/proc/pid/stat`. The program's name may hold spaces and brackets of its own, so counting
 * begins after the last bracket.
 */
export function startTimeIn(line: Buffer): number {
  let at = line.lastIndexOf(CLOSING_BRACKET) + 1
  for (let spaces = 0; spaces < SPACES_BEFORE_START_TIME; at++) {
    if (at >= line.length) return 0
    if (line[at] === SPACE) spaces++
  }
  const end = line.indexOf(SPACE, at)
  return end < 0 ? 0 : Number(line.toString('latin1', at, end))
}

/** 0 when it cannot be read. */
function startTimeOf(pid: number): number {
  try {
    const file = openSync(`/proc/${pid}/stat`, 'r')
    try {
      return startTimeIn(statLine.subarray(0, readSync(file, statLine, 0, statLine.length, 0)))
    } finally {
      closeSync(file)
    }
  } catch {
    return 0
  }
}

/** '' when it cannot be read: gone, another user's, or no `/proc` on this system. */
function executableOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`)
  } catch {
    return ''
  }
}

/** How many calling processes are remembered; each takes a descriptor. */
const REMEMBERED = 32

/** A process while it runs. */
interface Known {
  readonly handle: number
  readonly startTime: number
}

/** What the kernel gives to tell a process from a later one of the same number. */
export interface ProcessHandles {
  of(fileDescriptor: number): number | 'gone' | undefined
  live(handle: number): boolean
}

const kernelHandles: ProcessHandles = { of: peerHandle, live: handleLives }

/**
 * Connections come in the order in which they were made. So when the process known under the caller's number
 * still runs, it is the caller: an earlier one of that number would have come before it was known.
 */
export class KernelPeerCredentials implements PeerCredentials {
  readonly #handles: ProcessHandles
  readonly #known = new Map<number, Known>()

  /** A test can let the peer die between two looks. */
  constructor(handles: ProcessHandles = kernelHandles) {
    this.#handles = handles
  }

  of(fileDescriptor: number): Caller {
    const { uid, pid } = peerOf(fileDescriptor)
    const known = this.#known.get(pid)
    if (known === undefined) return { uid, pid, ...this.#meet(fileDescriptor, pid) }
    // It may have become another program since.
    const executable = executableOf(pid)
    if (this.#handles.live(known.handle)) return { uid, pid, startTime: known.startTime, executable }
    this.#forget(pid, known)
    return { uid, pid, ...this.#meet(fileDescriptor, pid) }
  }

  /**
   * Asked last whether it still runs: only then do these facts belong to it and not to a successor of its number.
   */
  #meet(fileDescriptor: number, pid: number): Pick<Caller, 'startTime' | 'executable'> {
    const startTime = startTimeOf(pid)
    const executable = executableOf(pid)
    const handle = this.#handles.of(fileDescriptor)
    if (handle === undefined) return { startTime, executable }
    if (handle === 'gone') return NOTHING
    const known = { handle, startTime }
    this.#known.set(pid, known)
    if (!this.#handles.live(handle)) {
      this.#forget(pid, known)
      return NOTHING
    }
    const [first] = this.#known
    if (first !== undefined && this.#known.size > REMEMBERED) this.#forget(...first)
    return { startTime, executable }
  }

  #forget(pid: number, { handle }: Known): void {
    this.#known.delete(pid)
    closeSync(handle)
  }
}

/** Of a process that is gone. */
const NOTHING = { startTime: 0, executable: '' }
