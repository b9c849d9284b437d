/**
 * Small JSON documents on disk that are either the old one or the new one, whole, at every instant.
 *
 * - A write goes to a new file beside the old one, reaches the disk, takes the name, and then the directory
 *   reaches the disk: a promise that resolves has survived a power cut.
 * - Nothing is ever truncated or written in place; a failed write leaves the old document and no poison: the
 *   next write starts from a new file.
 * - Files are 0600 and directories 0700 from their first instant.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import * as nodeFileSystem from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { Low, type Adapter } from 'lowdb'
import { Refusal } from '../../../shared/contract/errors.js'

/** What the state needs of a file system; `node:fs/promises` is one, tests bring one that fails. */
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
  write(bytes: Uint8Array, offset: number): Promise<{ bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

export const fileSystem: FileSystem = nodeFileSystem

/** Readable and writable by the owner alone. */
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700
/** The one format this version writes; a reader of an older format would be added beside it. */
export const FORMAT = 1

/** What becomes of the document that a write replaces. */
export type Previous =
  /** It stays as `<path>.prev`. */
  | 'link'
  /** Neither it nor an older copy stays: it holds a secret that must be gone. */
  | 'remove'
  /** Copies are not this write's matter. */
  | 'leave'

/** The document is there and is no document of ours. `why` becomes part of the name it is set aside under. */
export class Unreadable extends Error {
  readonly why: string

  constructor(path: string, why: string) {
    super(`${path} is ${why}`)
    this.name = 'Unreadable'
    this.why = why
  }
}

/** The document was written by a later version; touching it could lose what that version added. */
export function newerFormat(path: string, format: number): Refusal {
  return new Refusal(
    'vault_locked',
    `${path} was written by a newer fob (format ${format}; this one reads ${FORMAT})`,
    { fix: 'npm install --global fob@latest' },
  )
}

/** One JSON document with a `format`, as lowdb's storage adapter. */
class StateFile<T> implements Adapter<T | null> {
  readonly #files: FileSystem
  readonly #path: string
  readonly #previous: Previous
  readonly #parse: (value: unknown) => T

  constructor(files: FileSystem, path: string, parse: (value: unknown) => T, previous: Previous) {
    this.#files = files
    this.#path = path
    this.#parse = parse
    this.#previous = previous
  }

  /** null only when there is no file. Throws `Unreadable`, the refusal of a newer format, or the disk's error. */
  async read(): Promise<T | null> {
    const bytes = await readIfThere(this.#files, this.#path)
    if (bytes === null) return null
    const value = parseJson(this.#path, bytes)
    const format = formatOf(value)
    if (format !== undefined && format > FORMAT) throw newerFormat(this.#path, format)
    try {
      return this.#parse(value)
    } catch {
      // The cause would quote the content, so it goes no further.
      throw new Unreadable(this.#path, 'corrupt')
    }
  }

  /** Rejects with `store_unwritable`. */
  async write(content: T | null): Promise<void> {
    await replaceFile(this.#files, this.#path, `${JSON.stringify(content, null, 2)}\n`, this.#previous)
  }
}

/** The document at `path`; `parse` throws when the value is not a T. Read it before looking at `data`. */
export function documentAt<T>(
  files: FileSystem,
  path: string,
  parse: (value: unknown) => T,
  previous: Previous,
): Low<T | null> {
  return new Low<T | null>(new StateFile(files, path, parse, previous), null)
}

export const previousOf = (path: string): string => `${path}.prev`

/** Creates the directory when missing, and closes it to others either way. */
export async function closedDirectory(files: FileSystem, path: string): Promise<void> {
  try {
    await files.mkdir(path, { recursive: true, mode: DIRECTORY_MODE })
    await files.chmod(path, DIRECTORY_MODE)
  } catch (cause) {
    throw troubled('write', path, cause)
  }
}

/** Removes what a write that was cut short left behind. Only for the one owner of the state, before it writes. */
export async function sweep(files: FileSystem, directory: string): Promise<void> {
  for (const name of await namesIn(files, directory)) {
    if (name.startsWith('.') && name.endsWith('.tmp')) await removeFiles(files, [join(directory, name)])
  }
}

/** Puts `text` at `path` durably. Rejects with `store_unwritable`. */
export async function replaceFile(
  files: FileSystem,
  path: string,
  text: string,
  previous: Previous,
): Promise<void> {
  const fresh = temporaryName(path)
  try {
    await writeDurably(files, fresh, Buffer.from(text))
    if (previous === 'link') await linkPrevious(files, path)
    // Before the rename: cut short here, the old document is whole and the act has simply not happened.
    if (previous === 'remove') await removeIfThere(files, previousOf(path))
    await files.rename(fresh, path)
    await syncDirectory(files, dirname(path))
  } catch (cause) {
    // On a disk in trouble this may fail too; the sweep at the next start takes what stays.
    await removeIfThere(files, fresh).catch(() => undefined)
    throw troubled('write', path, cause)
  }
}

/** Removes files of one directory, in order, durably. Rejects with `store_unwritable`. */
export async function removeFiles(files: FileSystem, paths: readonly [string, ...string[]]): Promise<void> {
  const [first] = paths
  try {
    for (const path of paths) await removeIfThere(files, path)
    await syncDirectory(files, dirname(first))
  } catch (cause) {
    throw troubled('write', first, cause)
  }
}

/** Moves a file that cannot be read into `directory`, under a name that says why. Answers its new path. */
export async function setAside(
  files: FileSystem,
  path: string,
  directory: string,
  why: string,
): Promise<string> {
  const aside = join(directory, `${basename(path)}.${why}.${randomBytes(4).toString('hex')}`)
  await closedDirectory(files, directory)
  try {
    await files.rename(path, aside)
    await syncDirectory(files, directory)
    await syncDirectory(files, dirname(path))
  } catch (cause) {
    throw troubled('write', path, cause)
  }
  return aside
}

/** null when there is no such file. Errors of the file itself are `Unreadable`; the system's own pass through. */
export async function readIfThere(files: FileSystem, path: string): Promise<Buffer | null> {
  try {
    // Not through a link: whoever planted one chose what we would read.
    return await files.readFile(path, { flag: constants.O_RDONLY | constants.O_NOFOLLOW })
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === 'ENOENT') return null
    if (FAULTS_OF_THE_FILE.has(errno)) throw new Unreadable(path, 'unreadable')
    throw troubled('read', path, cause)
  }
}

/** Rejects with `store_unwritable`. */
export async function namesIn(files: FileSystem, directory: string): Promise<string[]> {
  try {
    return await files.readdir(directory)
  } catch (cause) {
    throw troubled('read', directory, cause)
  }
}

/** Whether two paths are one file. Rejects with `store_unwritable`. */
export async function areOneFile(files: FileSystem, path: string, other: string): Promise<boolean> {
  try {
    return (await files.lstat(path)).ino === (await files.lstat(other)).ino
  } catch (cause) {
    throw troubled('read', path, cause)
  }
}

/** These say something about this one file; running out of descriptors or memory does not. */
const FAULTS_OF_THE_FILE = new Set(['EACCES', 'EPERM', 'EIO', 'EISDIR', 'ELOOP'])

/** A refusal that names the path, what the system said, and what to do. */
function troubled(act: 'read' | 'write', path: string, cause: unknown): Refusal {
  if (cause instanceof Refusal) return cause
  const said = cause instanceof Error ? cause.message : String(cause)
  return new Refusal('store_unwritable', `cannot ${act} ${path}: ${said}`, {
    fix: fixFor(errnoOf(cause), path),
    cause,
  })
}

function fixFor(errno: string, path: string): string {
  const directory = dirname(path)
  if (errno === 'ENOSPC' || errno === 'EDQUOT') return `df -h '${directory}'`
  if (errno === 'EMFILE' || errno === 'ENFILE') return 'ulimit -n 4096 && fob down && fob up'
  return `ls -ld '${directory}'`
}

function errnoOf(cause: unknown): string {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : ''
}

function parseJson(path: string, bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    throw new Unreadable(path, 'corrupt')
  }
}

function formatOf(value: unknown): number | undefined {
  if (typeof value !== 'object' || value === null || !('format' in value)) return undefined
  return typeof value.format === 'number' ? value.format : undefined
}

/** Unique, so that two writers could never share one; hidden, so that it is never taken for a document. */
function temporaryName(path: string): string {
  return join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`)
}

async function writeDurably(files: FileSystem, path: string, bytes: Uint8Array): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW
  const file = await files.open(path, flags, FILE_MODE)
  try {
    // A write may take less than it was given, for instance on a disk that is filling up.
    for (let offset = 0; offset < bytes.length;) {
      offset += (await file.write(bytes.subarray(offset), 0)).bytesWritten
    }
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The old document gets a second name in one step; there is no instant without a previous one. */
async function linkPrevious(files: FileSystem, path: string): Promise<void> {
  const copy = temporaryName(path)
  try {
    await files.link(path, copy)
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return
    throw cause
  }
  try {
    await files.rename(copy, previousOf(path))
  } finally {
    // rename(2) does nothing when both names are the same file already, as after a write cut short.
    await removeIfThere(files, copy)
  }
}

async function removeIfThere(files: FileSystem, path: string): Promise<void> {
  try {
    await files.unlink(path)
  } catch (cause) {
    if (errnoOf(cause) !== 'ENOENT') throw cause
  }
}

async function syncDirectory(files: FileSystem, path: string): Promise<void> {
  const directory = await files.open(path, constants.O_RDONLY | constants.O_DIRECTORY)
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}
