/**
 * Lines appended to a file that is kept open, moved aside by size.
 *
 * - A line is in the file when `append` returns, and is there as a whole or not at all.
 * - What a killed process left without its newline stays a line of its own and is never glued to the next.
 * - Mode 0600 from birth; a symbolic link in the place of the file is refused.
 */
import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  writeSync,
} from 'node:fs'
import { systemCode } from '../../../shared/contract/systemCode.js'

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
const NEWLINE = 0x0a
/** A deleted file is noticed within a second; looking before each line would slow every answer. */
const LOOK_AFTER_MS = 1_000

export interface Rotation {
  /** Size from which the next line goes to a fresh file. */
  readonly maxBytes: number
  /** Files in all, the current one included. */
  readonly files: number
}

export class RotatingFile {
  readonly #path: string
  readonly #rotation: Rotation
  #fd: number | undefined
  /** Kept by counting: nobody else writes here, and asking the system costs half as much as the line. */
  #size = 0
  #lookedAt = -Infinity

  constructor(path: string, rotation: Rotation) {
    this.#path = path
    this.#rotation = rotation
  }

  /** Oldest last; not all of them need exist. */
  paths(): string[] {
    return Array.from({ length: this.#rotation.files }, (_, age) => this.#aged(age))
  }

  /** Adds one line (without its newline). Throws what the file system throws, with nothing half written. */
  append(line: string): void {
    this.#lookAfter()
    if (this.#size >= this.#rotation.maxBytes) this.#rotate()
    const fd = this.#open()
    const text = `${line}\n`
    const bytes = Buffer.byteLength(text)
    try {
      const written = writeSync(fd, text)
      if (written < bytes) writeRest(fd, Buffer.from(text), written)
    } catch (error) {
      ftruncateSync(fd, this.#size)
      throw error
    }
    this.#size += bytes
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  /** Somebody deleted the file: lines must not go where nobody can read them. */
  #lookAfter(): void {
    const now = performance.now()
    if (this.#fd === undefined || now - this.#lookedAt < LOOK_AFTER_MS) return
    this.#lookedAt = now
    if (fstatSync(this.#fd).nlink === 0) this.close()
  }

  #aged(age: number): string {
    return age === 0 ? this.#path : `${this.#path}.${age}`
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd
    const fd = openSync(this.#path, APPEND, 0o600)
    try {
      endLastLine(fd)
      this.#size = fstatSync(fd).size
    } catch (error) {
      closeSync(fd)
      throw error
    }
    this.#fd = fd
    return fd
  }

  #rotate(): void {
    for (let age = this.#rotation.files - 1; age > 0; age--) {
      try {
        renameSync(this.#aged(age - 1), this.#aged(age))
      } catch (error) {
        if (systemCode(error) !== 'ENOENT') throw error
      }
    }
    this.close()
  }
}

/** A disk that is filling up may take a part first. */
function writeRest(fd: number, bytes: Buffer, from: number): void {
  for (let written = from; written < bytes.length;) written += writeSync(fd, bytes, written)
}

function endLastLine(fd: number): void {
  const { size } = fstatSync(fd)
  if (size === 0) return
  const last = Buffer.alloc(1)
  readSync(fd, last, 0, 1, size - 1)
  if (last[0] !== NEWLINE) writeSync(fd, '\n')
}
