/**
 * The vault: connections on disk, sealed with one key from the keychain or a key file.
 *
 * Making one is instant and does nothing; the key is read when first needed, behind a deadline, and until it
 * is there the vault is locked and says why. A promise that resolves has reached the disk. A write that
 * fails leaves the record as it was, or, failing in its very last step, as it was to be; never in between.
 */
import { join } from 'node:path'
import type { KeySource, VaultStatus } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { ConnectionName } from '../../../shared/contract/ids.js'
import type { LoadedVault, Vault } from '../../core/ports.js'
import type { StoredConnection } from '../../core/record.js'
import type { Keys } from './connectionFile.js'
import { ConnectionFiles } from './connectionFiles.js'
import { fileSystem, type FileSystem } from './fileSystem.js'
import { KEYCHAIN_DEADLINE_MS } from './keychain.js'
import { KeyFile } from './keyFile.js'
import { Keyring } from './keyring.js'
import type { KeyStore } from './keyStore.js'
import { Turns } from './turns.js'

export interface VaultOptions {
  /** The state directory; the vault keeps `vault.json`, `key`, `connections/` and `quarantine/` in it. */
  readonly state: string
  readonly keychain: KeyStore
  readonly files?: FileSystem
  readonly deadlineMs?: number
}

const READING: VaultStatus = {
  state: 'locked',
  keySource: 'keychain',
  reason: 'reading the key from the keychain',
  fix: '',
}

const OPEN_REASON = {
  keychain: '',
  keyFile: 'a key file protects copies of the state, not against your own programs',
} as const satisfies Record<KeySource, string>

const OLD_KEY_LEFT = {
  keychain: 'the key was changed; the old one is still in the keychain, and is removed at the next start',
  keyFile: 'the key was changed; the old one is still in the key file, and is removed at the next start',
} as const satisfies Record<KeySource, string>

export class SealedVault implements Vault {
  readonly #keyring: Keyring
  readonly #connections: ConnectionFiles
  readonly #turns = new Turns()
  #status: VaultStatus = READING
  /** The attempt to read the key that is under way, or the first one if that is over. */
  #opening: Promise<void> | undefined
  /** The last of the key changes begun; they go one after the other. */
  #moving: Promise<unknown> = Promise.resolve()

  constructor(options: VaultOptions) {
    const { state, keychain, files = fileSystem, deadlineMs = KEYCHAIN_DEADLINE_MS } = options
    const stores = { keychain, keyFile: new KeyFile(files, join(state, 'key')) }
    this.#keyring = new Keyring({ files, state, stores, deadlineMs })
    this.#connections = new ConnectionFiles(files, state)
  }

  status(): VaultStatus {
    return this.#status
  }

  async load(): Promise<LoadedVault> {
    await this.unlock()
    return this.#turns.alone(async () => {
      const keys = this.#keys()
      try {
        return await this.#connections.load(keys)
      } catch (cause) {
        // A later version's or another installation's records, or a disk that does not give them: nothing may
        // be written beside what was not read.
        this.#lock(cause)
        throw cause
      }
    })
  }

  async commit(stored: StoredConnection): Promise<void> {
    await this.#firstAttempt()
    const { name } = stored.record.definition
    await this.#turns.take(name, async () => this.#connections.commit(stored, this.#keys()))
  }

  async forget(name: ConnectionName): Promise<void> {
    await this.#firstAttempt()
    await this.#turns.take(name, async () => {
      this.#keys()
      await this.#connections.forget(name)
    })
  }

  async unlock(): Promise<VaultStatus> {
    if (this.#status.state === 'locked') await (this.#opening ??= this.#open())
    return this.#status
  }

  async move(to: KeySource): Promise<VaultStatus> {
    await this.#firstAttempt()
    return this.#changeKey(async () => {
      this.#keys()
      await this.#finishChange()
      if (this.#keyring.keySource === to) return
      await this.#keyring.begin(to)
      await this.#finishChange()
    })
  }

  /** Unlike `unlock`, does not try again: while locked, a caller is told so at once. */
  async #firstAttempt(): Promise<void> {
    if (this.#opening !== undefined || this.#status === READING) await this.unlock()
  }

  /** Never rejects; `status` tells what came of it. */
  async #open(): Promise<void> {
    this.#status = { ...READING, keySource: this.#keyring.keySource }
    try {
      await this.#connections.prepare()
      await this.#keyring.open(() => this.#connections.any())
      this.#unlocked()
    } catch (cause) {
      this.#lock(cause)
    }
    this.#opening = undefined
    if (this.#status.state === 'open') void this.#changeKey(() => this.#finishChange()).catch(() => undefined)
  }

  #keys(): Keys {
    const { state, reason, fix } = this.#status
    if (state === 'locked') throw new Refusal('vault_locked', `the vault is locked: ${reason}`, { fix })
    return this.#keyring.keys()
  }

  async #changeKey(work: () => Promise<void>): Promise<VaultStatus> {
    const done = this.#moving.then(work)
    this.#moving = done.catch(() => undefined)
    await done
    return this.#status
  }

  /** Brings a key change to its end from wherever it stands; does nothing when there is none. */
  async #finishChange(): Promise<void> {
    if (this.#keyring.changing) {
      await this.#turns.alone(async () => {
        await this.#connections.reseal(this.#keys())
        await this.#keyring.switch()
      })
    }
    // The new key serves already; a store that keeps the old one is asked again at the next start.
    await this.#keyring.retire().catch(() => undefined)
    if (this.#status.state === 'open') this.#unlocked()
  }

  #lock(cause: unknown): void {
    const { keySource } = this.#keyring
    const reason = cause instanceof Error ? cause.message : String(cause)
    const fix = cause instanceof Refusal ? cause.fix : 'fob vault unlock'
    this.#status = { state: 'locked', keySource, reason, fix }
  }

  #unlocked(): void {
    const { keySource, leftover } = this.#keyring
    const reason = leftover === undefined ? OPEN_REASON[keySource] : OLD_KEY_LEFT[leftover]
    this.#status = { state: 'open', keySource, reason, fix: '' }
  }
}
