/**
 * What a stranger can put in the place of a file or directory, and how one sees afterwards that nobody went
 * through it: bait that would have changed, bytes that would have arrived.
 */
import { spawnSync } from 'node:child_process'
import {
  chmodSync,
  closeSync,
  constants,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  readSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer, type Server } from 'node:net'
import { join } from 'node:path'
import { listenUnix, tryLock } from '../../daemon/adapters/system/posix.js'
import { give, OWNER, STRANGER } from './otherUsers.js'

const PRECIOUS = 'what its owner would miss\n'

/** Places of the owner's and the stranger's that a link can lead to. */
export class Bait {
  /** The owner's. */
  readonly file: string
  readonly directory: string
  /** The stranger's, open to all. */
  readonly trap: string
  /** Looks, before and after, the same. */
  readonly #before: string

  constructor(at: string) {
    mkdirSync(at, { mode: 0o755 })
    this.directory = join(at, 'precious')
    this.file = join(this.directory, 'file')
    this.trap = join(at, 'trap')
    mkdirSync(this.directory, { mode: 0o700 })
    mkdirSync(this.trap)
    chmodSync(this.trap, 0o777)
    writeFileSync(this.file, PRECIOUS, { mode: 0o600 })
    give(this.directory, OWNER)
    give(this.file, OWNER)
    give(this.trap, STRANGER)
    this.#before = this.#looks()
  }

  get touched(): boolean {
    return this.#looks() !== this.#before
  }

  #looks(): string {
    const modes = [this.file, this.directory, this.trap].map((path) => statSync(path).mode)
    const inside = [readdirSync(this.directory), readdirSync(this.trap)]
    return JSON.stringify([modes, inside, readFileSync(this.file, 'utf8')])
  }
}

export interface Planted {
  /** Bytes that came to the stranger, and whether what was planted is still what it was. */
  verdict(): { bytes: number; untouched: boolean }
  remove(): Promise<void>
}

type Plant = (path: string, bait: Bait, original: Buffer | undefined) => Planted

const looksOf = (path: string): string => {
  const { ino, mode, uid, size } = lstatSync(path)
  return JSON.stringify([ino, mode, uid, size])
}

/** Of the stranger from here on. */
function planted(path: string, uid = STRANGER): Planted {
  if (uid === STRANGER) give(path, STRANGER)
  const before = looksOf(path)
  const content = lstatSync(path).isFile() ? readFileSync(path) : undefined
  return {
    verdict: () => ({
      bytes: 0,
      untouched:
        existsLink(path) && looksOf(path) === before && (content?.equals(readFileSync(path)) ?? true),
    }),
    remove: async () => rmSync(path, { recursive: true, force: true }),
  }
}

const existsLink = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false }) !== undefined

function directory(mode: number): Plant {
  return (path) => {
    mkdirSync(path)
    chmodSync(path, mode)
    const plant = planted(path)
    const empty = (): boolean => readdirSync(path).length === 0
    return { ...plant, verdict: () => ({ bytes: 0, untouched: plant.verdict().untouched && empty() }) }
  }
}

function linkTo(target: (bait: Bait) => string): Plant {
  return (path, bait) => {
    symlinkSync(target(bait), path)
    return planted(path)
  }
}

/** Somebody listens there and counts what is said. */
const liveSocket: Plant = (path) => {
  let bytes = 0
  const server: Server = createServer((socket) => {
    socket.on('data', (piece) => (bytes += piece.length)).on('error', () => undefined)
  })
  server.listen(path)
  chmodSync(path, 0o666)
  const plant = planted(path)
  return {
    verdict: () => ({ bytes, untouched: plant.verdict().untouched }),
    remove: async () => {
      await new Promise((resolve) => server.close(resolve))
      await plant.remove()
    },
  }
}

const deadSocket: Plant = (path) => {
  closeSync(listenUnix(path, 1))
  chmodSync(path, 0o666)
  return planted(path)
}

const fifo: Plant = (path) => {
  spawnSync('mkfifo', ['-m', '666', path])
  const reader = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  const plant = planted(path)
  return {
    verdict: () => ({ bytes: available(reader), untouched: plant.verdict().untouched }),
    remove: async () => {
      closeSync(reader)
      await plant.remove()
    },
  }
}

function available(reader: number): number {
  try {
    return readSync(reader, Buffer.alloc(65_536))
  } catch {
    // Nothing came.
    return 0
  }
}

const regularFile: Plant = (path, _bait, original) => {
  writeFileSync(path, original ?? '{}\n')
  chmodSync(path, 0o666)
  return planted(path)
}

const lockedFile: Plant = (path) => {
  writeFileSync(path, '')
  chmodSync(path, 0o666)
  const held = openSync(path, 'r+')
  tryLock(held)
  const plant = planted(path)
  return {
    ...plant,
    remove: async () => {
      closeSync(held)
      await plant.remove()
    },
  }
}

/** The owner's own file under another name, as systems without `protected_hardlinks` let anybody give it. */
const hardLink: Plant = (path, bait) => {
  linkSync(bait.file, path)
  return planted(path, OWNER)
}

export const PLANTS: Readonly<Record<string, Plant>> = {
  'a directory everybody may write to': directory(0o777),
  'a link to a file of the owner': linkTo(({ file }) => file),
  'a link to a directory of the owner': linkTo(({ directory }) => directory),
  'a link to nothing, in a directory of the stranger': linkTo(({ trap }) => join(trap, 'made')),
  'a socket where the stranger listens': liveSocket,
  'a pipe that the stranger reads': fifo,
  'a file like the genuine one': regularFile,
  'a second name of a file of the owner': hardLink,
}

/** Looked at in full runs. */
export const MORE_PLANTS: Readonly<Record<string, Plant>> = {
  'a directory of the stranger alone': directory(0o700),
  'a link to a directory of the stranger': linkTo(({ trap }) => trap),
  'a socket where nobody listens': deadSocket,
  'a file that the stranger has locked': lockedFile,
}

/** The bytes at a path, when it is a file. */
export const bytesAt = (path: string): Buffer | undefined =>
  existsSync(path) && lstatSync(path).isFile() ? readFileSync(path) : undefined
