/**
 * JSON documents with a `format`, as lowdb's storage adapter on files that are whole at every instant.
 *
 * - No file is null; whatever else is no document of ours throws, and is never taken for an empty one.
 * - A document of a later version is refused, since touching it could lose what that version added.
 */
import { Low, type Adapter } from 'lowdb'
import { Refusal } from '../../../shared/contract/errors.js'
import type { FileSystem } from './fileSystem.js'
import { readIfThere, replaceFile, Unreadable, type Previous } from './stateFiles.js'

/** The one format this version writes; a reader of an older format would be added beside it. */
export const FORMAT = 1

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
