/**
 * What the daemon tells whoever started it. One JSON line on standard output:
 *
 *     {"ready":true,"socket":"/…/fob.sock","pid":42}                        hello answers
 *     {"ready":true,"socket":"/…/fob.sock","pid":17,"alreadyRunning":true}  another daemon has this state
 *     {"ready":false,"error":{"message":"…","fix":"…","code":"…"}}          and the same as text on standard error
 *
 * Exit codes: 0 ended well, or already running; 2 refused to start (place, settings or arguments are wrong);
 * 70 a defect. The starter may be gone at any moment, so writing never fails.
 */
import { writeSync } from 'node:fs'
import { Refusal } from '../shared/contract/errors.js'
import { StartRefused } from './secureStart.js'

export const EXIT = Object.freeze({ ok: 0, refused: 2, defect: 70 })

const STDOUT = 1
const STDERR = 2

function write(fd: number, line: string): void {
  try {
    writeSync(fd, `${line}\n`)
  } catch {
    // Nobody reads; that is their choice.
  }
}

export function reportReady(socket: string, pid: number, alreadyRunning = false): void {
  write(STDOUT, JSON.stringify({ ready: true, socket, pid, ...(alreadyRunning ? { alreadyRunning } : {}) }))
}

/** Tells why the start failed, with no more of a defect than its message, and gives the exit code. */
export function reportFailure(error: unknown): number {
  const expected = error instanceof Refusal || error instanceof StartRefused
  const message = oneLine(error instanceof Error ? error.message : String(error))
  const fix = expected ? error.fix : ''
  const code = error instanceof Refusal ? { code: error.code } : {}
  write(STDOUT, JSON.stringify({ ready: false, error: { message, fix, ...code } }))
  write(STDERR, `fob: ${message}${fix === '' ? '' : `; try: ${fix}`}`)
  return expected ? EXIT.refused : EXIT.defect
}

const oneLine = (text: string): string => text.replace(/\s*\n\s*/g, ' ')
