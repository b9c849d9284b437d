/**
 * What a fob left behind, searched for the secrets it handled: its folders, what its programs printed, and what
 * /proc shows of them. A secret may be where it is meant to be, its declared sink, and nowhere else.
 */
import assert from 'node:assert/strict'
import { appendFileSync } from 'node:fs'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { Canaries, type Canary } from './canary.js'

/** Where the runner is told what was searched for and how much; it searches the tests' own output for the same. */
const REPORT = process.env.FOB_TEST_CANARIES

/** 128 bits are 22 characters of base64url. */
const UNGUESSABLE = 22

/** Kinds of secrets that a place is meant to hold. */
export type Allowed = readonly string[]

export interface Leak {
  readonly place: string
  readonly kind: string
  readonly form: string
}

interface Said {
  readonly place: string
  readonly text: string
  readonly allowed: Allowed
}

export class Leftovers {
  readonly #secrets = new Map<string, Canary>()
  readonly #said: Said[] = []
  /** Bytes looked at in the last search. */
  searched = 0

  get secrets(): readonly Canary[] {
    return [...this.#secrets.values()]
  }

  /**
   * Of a JWT the signature is taken: what stands before it is the same in many. What a test made up to be wrong
   * is too short to be told apart, and no secret.
   */
  know(kind: string, text: string): void {
    const piece = text.startsWith('eyJ') ? text.slice(text.lastIndexOf('.') + 1) : text
    if (piece.length >= UNGUESSABLE) this.#secrets.set(piece, { kind, text: piece })
  }

  /** What a program printed, a page said, or /proc showed; looked at when everything is searched. */
  heard(place: string, text: string, allowed: Allowed = []): void {
    this.#said.push({ place, text, allowed })
  }

  /** What the kernel shows to others of a process: its words, and to its own user its environment. */
  async sample(pid: number): Promise<void> {
    for (const what of ['cmdline', 'environ']) {
      const text = await readFile(`/proc/${pid}/${what}`, 'latin1').catch(() => '')
      if (text !== '') this.heard(`/proc/PID/${what}`, text)
    }
  }

  /** All leaks below `directories`, in names as in contents, and in what was heard. `sinks` are paths. */
  async search(
    directories: readonly string[],
    sinks: Readonly<Record<string, Allowed>> = {},
  ): Promise<Leak[]> {
    const canaries = new Canaries(this.#secrets.values())
    this.searched = 0
    const leaks: Leak[] = []
    const look = (place: string, text: string, allowed: Allowed): void => {
      this.searched += text.length
      for (const { kind, form } of canaries.hits(text)) {
        if (!allowed.includes(kind)) leaks.push({ place, kind, form })
      }
    }
    for (const directory of directories) {
      for (const entry of await entriesBelow(directory)) {
        const path = join(entry.parentPath, entry.name)
        const place = relative(directory, path)
        look(`the name ${place}`, place, [])
        if (entry.isSymbolicLink()) look(place, await readlink(path), [])
        else if (entry.isFile()) look(place, await readFile(path, 'latin1'), sinks[place] ?? [])
      }
    }
    for (const { place, text, allowed } of this.#said) look(place, text, allowed)
    return leaks
  }

  /** Searches, tells the runner, and fails when there is a leak. */
  async mustBeClean(directories: readonly string[], sinks: Readonly<Record<string, Allowed>>): Promise<void> {
    const leaks = await this.search(directories, sinks)
    if (REPORT !== undefined) {
      const line = { secrets: this.secrets, searched: this.searched, leaks: leaks.length }
      appendFileSync(REPORT, `${JSON.stringify(line)}\n`, { mode: 0o600 })
    }
    assert.deepEqual(leaks, [], 'secrets were left behind')
  }
}

async function entriesBelow(directory: string): Promise<Awaited<ReturnType<typeof readEntries>>> {
  try {
    return await readEntries(directory)
  } catch (error) {
    // A home that a test took away itself.
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

const readEntries = (directory: string) => readdir(directory, { recursive: true, withFileTypes: true })
