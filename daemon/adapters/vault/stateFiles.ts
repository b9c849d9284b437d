/**
 * Small files on disk that are either the old one or the new one, whole, at every instant.
 *
 * - A write goes to a new file beside the old one, reaches the disk, takes the name, and then the directory
 *   reaches the disk: a promise that resolves has survived a power cut.
 * - Nothing is ever truncated or written in place; a failed write leaves the old file and no poison: the
 *   next write starts from a new file.
 * - Files are 0600 and directories 0700 from their first instant.
 */
import { randomBytes } from 'node:crypto'
import { constants } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { errnoOf, troubled, type FileSystem } from './fileSystem.js'

/** Readable and writable by the owner alone. */
const FILE_MODE = 0o600
const DIRECTORY_MODE = 0o700

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

/**
 * null when there is no such file. What is no file at all is `Unreadable`. A file that the system will not give
 * may be whole and rejects with `store_unwritable`: nothing may be done to it on such a day.
 */
export async function readIfThere(files: FileSystem, path: string): Promise<Buffer | null> {
  try {
    // Not through a link: whoever planted one chose what we would read.
    return await files.readFile(path, { flag: constants.O_RDONLY | constants.O_NOFOLLOW })
  } catch (cause) {
    const errno = errnoOf(cause)
    if (errno === 'ENOENT') return null
    if (NO_FILE.has(errno)) throw new Unreadable(path, 'unreadable')
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

/** What a directory and a link in the place of a file are told by. */
const NO_FILE = new Set(['EISDIR', 'ELOOP'])

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
      offset += (await file.write(bytes, offset, bytes.length - offset, offset)).bytesWritten
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
