/**
 * What the state needs of a file system, and what its errors mean to a person. `node:fs/promises` is one such
 * file system; tests bring one that fails.
 */
import * as nodeFileSystem from 'node:fs/promises'
import { constants } from 'node:os'
import { dirname } from 'node:path'
import { Refusal } from '../../../shared/contract/errors.js'
import { quoted } from '../../../shared/contract/shellWord.js'
import { systemCode } from '../../../shared/contract/systemCode.js'

export interface FileSystem {
  open(path: string, flags: number, mode?: number): Promise<OpenFile>
  readFile(path: string, options: { flag: number }): Promise<Buffer>
  readdir(path: string): Promise<string[]>
  mkdir(path: string, options: { recursive: true; mode: number }): Promise<string | undefined>
  chmod(path: string, mode: number): Promise<void>
  link(from: string, to: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  unlink(path: string): Promise<void>
  lstat(path: string): Promise<{ readonly ino: number }>
}

export interface OpenFile {
  /** `length` bytes from `offset` on, to this position of the file; it may take fewer. */
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

export const fileSystem: FileSystem = nodeFileSystem

/** A refusal that names the path, what the system said, and what to do. */
export function troubled(act: 'read' | 'write', path: string, cause: unknown): Refusal {
  const errno = errnoOf(cause)
  const said = errno === 'EDQUOT' ? OVER_QUOTA : String(cause).replace(/^Error: /, '')
  return new Refusal('store_unwritable', `cannot ${act} ${path}: ${said}`, {
    fix: fixFor(errno, path),
    cause,
  })
}

function fixFor(errno: string, path: string): string {
  const directory = quoted(dirname(path))
  if (errno === 'ENOSPC') return `df -h ${directory}`
  if (errno === 'EDQUOT') return `quota -s; df -h ${directory}`
  if (errno === 'EMFILE' || errno === 'ENFILE') return 'ulimit -n 4096 && fob down && fob up'
  return `ls -ld ${directory}`
}

const OVER_QUOTA = 'EDQUOT: disk quota exceeded'

/** The stable name of a system error, such as `ENOENT`; '' for anything else that was thrown. */
export function errnoOf(cause: unknown): string {
  // Node has no name for this one and says "Unknown system error -122".
  if (cause instanceof Error && 'errno' in cause && cause.errno === -constants.errno.EDQUOT) return 'EDQUOT'
  return systemCode(cause)
}
