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
import { errorCode } from './errorCode.js'

const APPEND = constants.O_RDWR | constants.O_APPEND | constants.O_CREAT | constants.O_NOFOLLOW
const NEWLINE = 0x0a

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
    let fd = this.#open()
    let before = fstatSync(fd)
    if (before.size >= this.#rotation.maxBytes) {
      this.#rotate()
      fd = this.#open()
      before = fstatSync(fd)
    } else if (before.nlink === 0) {
      // Somebody deleted the file: lines must not go where nobody can read them.
      this.close()
      fd = this.#open()
      before = fstatSync(fd)
    }
    const bytes = Buffer.from(`${line}\n`)
    try {
      for (let written = 0; written < bytes.length;) written += writeSync(fd, bytes, written)
    } catch (error) {
      ftruncateSync(fd, before.size)
      throw error
    }
  }

  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd)
    this.#fd = undefined
  }

  #aged(age: number): string {
    return age === 0 ? this.#path : `${this.#path}.${age}`
  }

  #open(): number {
    if (this.#fd !== undefined) return this.#fd
    const fd = openSync(this.#path, APPEND, 0o600)
    try {
      endLastLine(fd)
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
        if (errorCode(error) !== 'ENOENT') throw error
      }
    }
    this.close()
  }
}

function endLastLine(fd: number): void {
  const { size } = fstatSync(fd)
  if (size === 0) return
  const last = Buffer.alloc(1)
  readSync(fd, last, 0, 1, size - 1)
  if (last[0] !== NEWLINE) writeSync(fd, '\n')
}
