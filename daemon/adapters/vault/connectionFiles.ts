/**
 * The directory of connections: one file each, and the directory is the only index, so a write costs the same
 * with one connection or a thousand.
 *
 * - A file that does not open is set aside under a name that says why; it is never deleted and never taken
 *   for "no connection". Then its previous copy counts, marked `restored`.
 * - A current file that is not newer than its previous copy was put back by somebody: `restored` too.
 * - No copy keeps a secret that its connection gave up.
 *
 * The caller sees to it that one connection has one write at a time.
 */
import { join } from 'node:path'
import { Refusal } from '../../../shared/contract/errors.js'
import { ConnectionName } from '../../../shared/contract/ids.js'
import type { LoadedConnection, LoadedVault } from '../../core/ports.js'
import type { ConnectionSecrets, StoredConnection } from '../../core/record.js'
import { ConnectionFile, decode, encode, OTHER_KEY, type Keys, type Opened } from './connectionFile.js'
import type { FileSystem } from './fileSystem.js'
import { documentAt } from './stateDocument.js'
import {
  areOneFile,
  closedDirectory,
  namesIn,
  previousOf,
  removeFiles,
  setAside,
  sweep,
  Unreadable,
  type Previous,
} from './stateFiles.js'

const ENDING = '.json'
const ENDINGS = [ENDING, previousOf(ENDING)]

/** What one path holds. */
type Reading =
  | { readonly kind: 'absent' }
  | ({ readonly kind: 'opened' } & Opened)
  | { readonly kind: 'unreadable'; readonly path: string; readonly why: string }

/** A connection's file and its previous copy. */
interface Pair {
  readonly current: Reading
  readonly previous: Reading
}

export class ConnectionFiles {
  readonly #files: FileSystem
  readonly #directory: string
  readonly #quarantine: string

  constructor(files: FileSystem, state: string) {
    this.#files = files
    this.#directory = join(state, 'connections')
    this.#quarantine = join(state, 'quarantine')
  }

  /** Makes the directory ready, and clears what a write cut short left. Before any other call. */
  async prepare(): Promise<void> {
    await closedDirectory(this.#files, this.#directory)
    await sweep(this.#files, this.#directory)
  }

  /** Whether anything here was ever sealed: then a missing key is missing, not yet to be made. */
  async any(): Promise<boolean> {
    return (await this.#stems()).length > 0
  }

  async load(keys: Keys): Promise<LoadedVault> {
    const pairs: Pair[] = []
    for (const stem of await this.#stems()) pairs.push(await this.#read(stem, keys))
    refuseForeignState(this.#directory, pairs)
    const connections: LoadedConnection[] = []
    for (const pair of pairs) {
      const chosen = await this.#choose(pair)
      if (chosen !== undefined) connections.push(chosen)
    }
    return { connections, quarantined: await this.#setAsideSoFar() }
  }

  async commit(stored: StoredConnection, keys: Keys): Promise<void> {
    const { name } = stored.record.definition
    const { current, previous } = await this.#read(name, keys)
    if (current.kind === 'unreadable') await this.#setAside(current)
    const before = [current, previous].find((reading) => reading.kind === 'opened')
    const fate = before === undefined || gaveUp(before.stored.secrets, stored.secrets) ? 'remove' : 'link'
    await this.#write(this.#pathOf(name), stored, after(current, previous), keys, fate)
  }

  async forget(name: ConnectionName): Promise<void> {
    const path = this.#pathOf(name)
    // The copy first: cut short after the other order, the connection would come back from it.
    await removeFiles(this.#files, [previousOf(path), path])
  }

  /** Seals everything that opens under the sealing key; what does not open stays for `load` to set aside. */
  async reseal(keys: Keys): Promise<void> {
    for (const stem of await this.#stems()) {
      const path = this.#pathOf(stem)
      const { current, previous } = await this.#read(stem, keys)
      if (current.kind === 'opened') {
        await removeFiles(this.#files, [previousOf(path)])
        if (current.keyId === keys.sealing.id) continue
        await this.#write(path, current.stored, after(current, previous), keys, 'leave')
      } else if (previous.kind === 'opened' && previous.keyId !== keys.sealing.id) {
        // It stays a previous copy, since only that says that it may be spent.
        await this.#write(previousOf(path), previous.stored, previous.commit, keys, 'leave')
      }
    }
  }

  /** File names without their endings, sorted; a foreign file among them is found out when it is read. */
  async #stems(): Promise<string[]> {
    const stems = new Set<string>()
    for (const name of await namesIn(this.#files, this.#directory)) {
      const ending = ENDINGS.find((candidate) => name.endsWith(candidate))
      if (ending !== undefined) stems.add(name.slice(0, -ending.length))
    }
    return [...stems].sort()
  }

  #pathOf(stem: string): string {
    return join(this.#directory, stem + ENDING)
  }

  async #read(stem: string, keys: Keys): Promise<Pair> {
    const path = this.#pathOf(stem)
    return {
      current: await this.#readOne(path, stem, keys),
      previous: await this.#readOne(previousOf(path), stem, keys),
    }
  }

  async #readOne(path: string, stem: string, keys: Keys): Promise<Reading> {
    try {
      const document = documentAt(this.#files, path, (value) => ConnectionFile.parse(value), 'leave')
      await document.read()
      if (document.data === null) return { kind: 'absent' }
      const name = ConnectionName.safeParse(stem)
      if (!name.success) throw new Unreadable(path, 'misnamed')
      return { kind: 'opened', ...(await decode(path, document.data, name.data, keys)) }
    } catch (cause) {
      if (cause instanceof Unreadable) return { kind: 'unreadable', path, why: cause.why }
      throw cause
    }
  }

  async #choose({ current, previous }: Pair): Promise<LoadedConnection | undefined> {
    if (current.kind === 'unreadable') await this.#setAside(current)
    if (current.kind === 'opened') {
      return { ...current.stored, restored: await this.#wasPutBack(current, previous) }
    }
    if (previous.kind === 'unreadable') await this.#setAside(previous)
    return previous.kind === 'opened' ? { ...previous.stored, restored: true } : undefined
  }

  /** Writes count upwards, so only a hand puts an older one, or the same one as another file, in front. */
  async #wasPutBack(current: Opened, previous: Reading): Promise<boolean> {
    if (previous.kind !== 'opened' || previous.commit < current.commit) return false
    const path = this.#pathOf(current.stored.record.definition.name)
    // A write cut short between its two renames leaves both names on one file: that one is current.
    return !(await areOneFile(this.#files, path, previousOf(path)))
  }

  async #write(path: string, stored: StoredConnection, commit: number, keys: Keys, previous: Previous) {
    const document = documentAt(this.#files, path, (value) => ConnectionFile.parse(value), previous)
    document.data = await encode(stored, commit, keys)
    await document.write()
  }

  async #setAside(reading: { path: string; why: string }): Promise<void> {
    await setAside(this.#files, reading.path, this.#quarantine, reading.why)
  }

  async #setAsideSoFar(): Promise<string[]> {
    await closedDirectory(this.#files, this.#quarantine)
    const names = await namesIn(this.#files, this.#quarantine)
    return names.sort().map((name) => join(this.#quarantine, name))
  }
}

/** One more than whatever is there, also when that is a copy put back. */
function after(...readings: readonly Reading[]): number {
  return 1 + Math.max(0, ...readings.map((reading) => (reading.kind === 'opened' ? reading.commit : 0)))
}

/** A sign-out or a replaced secret: the old one must not live on in a copy. */
function gaveUp(before: ConnectionSecrets, now: ConnectionSecrets): boolean {
  const signedOut = before.refreshToken !== undefined && now.refreshToken === undefined
  const kept = lasting(now)
  return signedOut || lasting(before).some((secret) => !kept.includes(secret))
}

/** Secrets that no rotation replaces: an access token is one when there is nothing to refresh it with. */
function lasting(held: ConnectionSecrets): string[] {
  const { accessToken, refreshToken, clientSecret, previousClientSecret } = held
  const own = refreshToken === undefined ? accessToken : undefined
  const secrets = [clientSecret, previousClientSecret, own]
  return secrets.flatMap((secret) => secret?.reveal() ?? [])
}

/** Nothing opens and keys are why: this is another installation's state, and setting it aside would scatter it. */
function refuseForeignState(directory: string, pairs: readonly Pair[]): void {
  const readings = pairs.flatMap((pair) => [pair.current, pair.previous])
  if (readings.some((reading) => reading.kind === 'opened')) return
  if (readings.some((reading) => reading.kind === 'unreadable' && reading.why === OTHER_KEY)) {
    throw new Refusal(
      'vault_locked',
      `the connections in ${directory} are sealed with another key than this vault has; ` +
        'put back the vault.json and key that belong to them',
      { fix: 'fob vault unlock' },
    )
  }
}
