/**
 * Who is on the other end of a socket, from the kernel and `/proc`. Runs once for each connection, so it
 * reads with three system calls into one buffer and parses nothing it does not need.
 *
 * Only `uid` is a boundary. pid, start time and executable are evidence: a process can connect and then
 * become another program, or hand its socket on.
 */
import { closeSync, openSync, readlinkSync, readSync } from 'node:fs'
import type { Caller, PeerCredentials } from '../../core/ports.js'
import { peerLives, peerOf } from './posix.js'

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

export class KernelPeerCredentials implements PeerCredentials {
  readonly #lives: typeof peerLives

  /** A test can let the peer die between two looks. */
  constructor(lives: typeof peerLives = peerLives) {
    this.#lives = lives
  }

  of(fileDescriptor: number): Caller {
    const { uid, pid } = peerOf(fileDescriptor)
    const caller = { uid, pid, startTime: startTimeOf(pid), executable: executableOf(pid) }
    // Asked last: only if the process still runs now do these facts belong to it and not to a successor of
    // its number.
    if (this.#lives(fileDescriptor) === false) return { uid, pid, startTime: 0, executable: '' }
    return caller
  }
}
