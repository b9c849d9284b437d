/** A vault in memory that keeps the promises of the real one, and breaks when it is told to. */
import type { KeySource, VaultStatus } from '../../shared/contract/connection.js'
import { Refusal } from '../../shared/contract/errors.js'
import type { ConnectionName } from '../../shared/contract/ids.js'
import type { LoadedConnection, LoadedVault, Vault } from '../../daemon/core/ports.js'
import type { StoredConnection } from '../../daemon/core/record.js'

/** What outlives a daemon. Tests set its fields at any time. */
export class MemoryDisk {
  readonly connections = new Map<string, LoadedConnection>()
  /** Every commit that succeeded, in order. */
  readonly commits: StoredConnection[] = []
  readonly quarantined: string[] = []
  keySource: KeySource = 'keychain'
  /** The keychain does not give the key to whoever asks from now on. */
  locked = false
  /** No write succeeds. */
  full = false
  /** Every write waits for this first: a test holds it back, or looks at what is about to be written. */
  beforeCommit: (stored: StoredConnection) => Promise<void> = () => Promise.resolve()
}

export class MemoryVault implements Vault {
  readonly disk: MemoryDisk
  #open = false
  #last: Promise<unknown> = Promise.resolve()

  constructor(disk: MemoryDisk = new MemoryDisk()) {
    this.disk = disk
  }

  status(): VaultStatus {
    const { keySource } = this.disk
    if (this.#open) return { state: 'open', keySource, reason: '', fix: '' }
    return { state: 'locked', keySource, reason: 'the keychain is locked', fix: 'fob vault unlock' }
  }

  async load(): Promise<LoadedVault> {
    await this.unlock()
    return this.#next(async () => {
      this.#needOpen()
      return { connections: [...this.disk.connections.values()], quarantined: [...this.disk.quarantined] }
    })
  }

  async commit(stored: StoredConnection): Promise<void> {
    await this.unlock()
    await this.#next(async () => {
      await this.disk.beforeCommit(stored)
      this.#needWritable()
      this.disk.connections.set(stored.record.definition.name, { ...stored, restored: false })
      this.disk.commits.push(stored)
    })
  }

  async forget(name: ConnectionName): Promise<void> {
    await this.unlock()
    await this.#next(async () => {
      this.#needWritable()
      this.disk.connections.delete(name)
    })
  }

  async unlock(): Promise<VaultStatus> {
    this.#open ||= !this.disk.locked
    return this.status()
  }

  async move(to: KeySource): Promise<VaultStatus> {
    await this.unlock()
    await this.#next(async () => {
      this.#needWritable()
      this.disk.keySource = to
    })
    return this.status()
  }

  /** One after the other, whatever became of the one before. */
  #next<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work)
    this.#last = result.catch(() => undefined)
    return result
  }

  #needOpen(): void {
    const { state, reason, fix } = this.status()
    if (state === 'locked') throw new Refusal('vault_locked', `the vault is locked: ${reason}`, { fix })
  }

  #needWritable(): void {
    this.#needOpen()
    if (this.disk.full) {
      throw new Refusal('store_unwritable', 'cannot write memory: ENOSPC: no space left on device', {
        fix: 'free space on the disk: `df -h`',
      })
    }
  }
}
