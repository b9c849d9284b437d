/** Keychains for tests: one that works and can be locked, and the ways in which real ones fail. */
import type { KeyName, KeyStore } from '../../daemon/adapters/vault/keyStore.js'

const accountOf = (name: KeyName): string => `${name.vaultId}.${name.keyId}`

export class MemoryKeychain implements KeyStore {
  readonly keys = new Map<string, Uint8Array>()
  /** Like the Secret Service: reads give nothing, and writes fail. */
  locked = false

  constructor(keys: ReadonlyMap<string, Uint8Array> = new Map()) {
    for (const [account, key] of keys) this.keys.set(account, key)
  }

  async read(name: KeyName): Promise<Uint8Array | null> {
    return this.locked ? null : (this.keys.get(accountOf(name)) ?? null)
  }

  async write(name: KeyName, key: Uint8Array): Promise<void> {
    if (this.locked) throw new Error('Cannot create an item in a locked collection')
    this.keys.set(accountOf(name), Uint8Array.from(key))
  }

  async remove(name: KeyName): Promise<void> {
    if (this.locked) throw new Error('the collection is locked')
    this.keys.delete(accountOf(name))
  }
}

/** Adds a lock to any store, so that a real keychain can be locked at will. */
export class LockableStore implements KeyStore {
  readonly #store: KeyStore
  locked = false

  constructor(store: KeyStore) {
    this.#store = store
  }

  async read(name: KeyName): Promise<Uint8Array | null> {
    return this.locked ? null : this.#store.read(name)
  }

  async write(name: KeyName, key: Uint8Array): Promise<void> {
    await this.#store.write(name, key)
  }

  async remove(name: KeyName): Promise<void> {
    await this.#store.remove(name)
  }
}

/** A machine without any. */
export const noKeychain: KeyStore = {
  read: () => Promise.reject(new Error('no keychain here')),
  write: () => Promise.reject(new Error('no keychain here')),
  remove: () => Promise.reject(new Error('no keychain here')),
}

/** Accepts the call and never answers. `waiting` runs once whoever called has begun to wait. */
export function hangingKeychain(waiting: () => void): KeyStore {
  const hang = (): Promise<never> => {
    setImmediate(waiting)
    return new Promise(() => undefined)
  }
  return { read: hang, write: hang, remove: hang }
}

/** Says that it has stored the key, and gives `answer` back. */
export const lyingKeychain = (answer: Uint8Array | null): KeyStore => ({
  read: () => Promise.resolve(answer),
  write: () => Promise.resolve(),
  remove: () => Promise.resolve(),
})
