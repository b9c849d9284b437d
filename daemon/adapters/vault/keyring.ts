/**
 * Which key opens this vault and where it is kept: `vault.json`, and the choice behind it.
 *
 * - A key is chosen once, when there is nothing yet that one could have sealed. After that a key that is not
 *   returned, or is another one, means locked: never a new key.
 * - A key counts only once it was read back from its store.
 * - Changing the key is three durable steps (`pending`, switch, `retired`), and after any of them the file
 *   names every key that something may be sealed with or that is still to be removed.
 */
import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { KeySource } from '../../../shared/contract/connection.js'
import { Refusal } from '../../../shared/contract/errors.js'
import type { Keys } from './connectionFile.js'
import type { KeyStore } from './keyStore.js'
import { DataKey } from './sealing.js'
import type { FileSystem } from './fileSystem.js'
import { documentAt, FORMAT } from './stateDocument.js'
import { closedDirectory, sweep, Unreadable } from './stateFiles.js'

const KeyReference = z.object({ keyId: z.string(), keySource: KeySource })
type KeyReference = z.output<typeof KeyReference>

const VaultFile = z.object({
  format: z.literal(FORMAT),
  vaultId: z.string(),
  ...KeyReference.shape,
  /** A key change has begun: records are sealed with either key. */
  pending: KeyReference.optional(),
  /** A key change is over but for this key's removal. */
  retired: KeyReference.optional(),
})
type VaultFile = z.output<typeof VaultFile>

const UNLOCK = 'fob vault unlock'

export interface KeyringOptions {
  readonly files: FileSystem
  readonly state: string
  readonly stores: Readonly<Record<KeySource, KeyStore>>
  /** No store, however broken, is waited for longer than this. */
  readonly deadlineMs: number
}

export class Keyring {
  readonly #files: FileSystem
  readonly #state: string
  readonly #stores: Readonly<Record<KeySource, KeyStore>>
  readonly #deadlineMs: number
  readonly #path: string
  #vault: VaultFile | null = null
  #held = new Map<string, DataKey>()

  constructor(options: KeyringOptions) {
    this.#files = options.files
    this.#state = options.state
    this.#stores = options.stores
    this.#deadlineMs = options.deadlineMs
    this.#path = join(options.state, 'vault.json')
  }

  /** Where the key is, or is looked for first while there is none. */
  get keySource(): KeySource {
    return this.#vault?.keySource ?? 'keychain'
  }

  /** Whether a key change waits to be finished. */
  get changing(): boolean {
    return this.#vault?.pending !== undefined
  }

  /** Where a replaced key still waits for its removal. */
  get leftover(): KeySource | undefined {
    return this.#vault?.retired?.keySource
  }

  /** Reads the key, or chooses one when `anySealed` finds nothing. Rejects with a refusal that says why not. */
  async open(anySealed: () => Promise<boolean>): Promise<Keys> {
    await closedDirectory(this.#files, this.#state)
    await sweep(this.#files, this.#state)
    this.#vault = await this.#read()
    if (this.#vault === null) {
      if (await anySealed())
        throw locked(
          `${this.#path} is missing, and connections are sealed with its key; put it back from a copy`,
          UNLOCK,
        )
      await this.#choose()
    } else {
      const { keyId, keySource, pending } = this.#vault
      const wanted = [{ keyId, keySource }, ...(pending === undefined ? [] : [pending])]
      await Promise.all(wanted.map((reference) => this.#take(reference)))
    }
    return this.keys()
  }

  /** What opens and seals now. Only once open. */
  keys(): Keys {
    const vault = this.#opened()
    const sealing = this.#held.get((vault.pending ?? vault).keyId)
    if (sealing === undefined) throw new Error('the vault is not open')
    return { vaultId: vault.vaultId, opening: this.#held, sealing }
  }

  /** Step one of a key change: from now on everything is sealed with a new key from there. */
  async begin(to: KeySource): Promise<void> {
    const vault = this.#opened()
    const key = DataKey.create()
    const reason = await this.#entrust(to, vault.vaultId, key)
    if (reason !== undefined) {
      const message = `${WHERE[to]} did not keep the key, which stays where it was: ${reason}`
      throw new Refusal('misconfigured', message, { fix: TO_MOVE[to] })
    }
    this.#held.set(key.id, key)
    await this.#write({ ...vault, pending: { keyId: key.id, keySource: to } })
  }

  /** Step two, once nothing is sealed with the old key any more. */
  async switch(): Promise<void> {
    const { pending, ...vault } = this.#opened()
    if (pending === undefined) return
    await this.#write({ ...vault, ...pending, retired: { keyId: vault.keyId, keySource: vault.keySource } })
  }

  /** Step three: the old key goes. Rejects when its store does not let go; the next start tries again. */
  async retire(): Promise<void> {
    const { retired, ...vault } = this.#opened()
    if (retired === undefined) return
    const store = this.#stores[retired.keySource]
    await within(this.#deadlineMs, store.remove({ vaultId: vault.vaultId, keyId: retired.keyId }))
    await this.#write(vault)
    this.#held.delete(retired.keyId)
  }

  #opened(): VaultFile {
    if (this.#vault === null) throw new Error('the vault is not open')
    return this.#vault
  }

  async #choose(): Promise<void> {
    const vaultId = randomUUID()
    // A start that was cut short left its key file: whatever it would seal, it is the one key.
    const found = await this.#foundKeyFile()
    const key = found ?? DataKey.create()
    const fits = found === undefined && (await this.#entrust('keychain', vaultId, key)) === undefined
    const keySource = fits ? 'keychain' : 'keyFile'
    if (!fits && found === undefined) {
      const reason = await this.#entrust('keyFile', vaultId, key)
      if (reason !== undefined) throw locked(`no place keeps the key: ${reason}`, UNLOCK)
    }
    this.#held.set(key.id, key)
    await this.#write({ format: FORMAT, vaultId, keyId: key.id, keySource })
  }

  async #foundKeyFile(): Promise<DataKey | undefined> {
    try {
      const bytes = await this.#stores.keyFile.read({ vaultId: '', keyId: '' })
      return bytes === null ? undefined : new DataKey(bytes)
    } catch (cause) {
      throw locked(`${WHERE.keyFile} cannot be read: ${textOf(cause)}`, UNLOCK)
    }
  }

  /** Writes the key and reads it back, since some stores say yes and keep nothing. Answers why it failed. */
  async #entrust(source: KeySource, vaultId: string, key: DataKey): Promise<string | undefined> {
    const store = this.#stores[source]
    const name = { vaultId, keyId: key.id }
    const kept = async (): Promise<boolean> => {
      await store.write(name, key.reveal())
      const bytes = await store.read(name)
      return bytes !== null && Buffer.compare(bytes, key.reveal()) === 0
    }
    try {
      return (await within(this.#deadlineMs, kept())) ? undefined : 'it took the key and did not give it back'
    } catch (cause) {
      return textOf(cause)
    }
  }

  async #take({ keyId, keySource }: KeyReference): Promise<void> {
    if (this.#held.has(keyId)) return
    const { vaultId } = this.#opened()
    const where = WHERE[keySource]
    let key: DataKey
    try {
      const bytes = await within(this.#deadlineMs, this.#stores[keySource].read({ vaultId, keyId }))
      if (bytes === null) throw locked(`${where} ${MISSING[keySource]} (key ${keyId})`, UNLOCK)
      key = new DataKey(bytes)
    } catch (cause) {
      if (cause instanceof Refusal && cause.code === 'vault_locked') throw cause
      throw locked(`${where} did not give the key ${keyId}: ${textOf(cause)}`, UNLOCK)
    }
    if (key.id !== keyId) {
      throw locked(
        `${where} holds another installation's key (${key.id}, and this vault needs ${keyId})`,
        UNLOCK,
      )
    }
    this.#held.set(keyId, key)
  }

  async #read(): Promise<VaultFile | null> {
    const document = documentAt(this.#files, this.#path, (value) => VaultFile.parse(value), 'leave')
    try {
      await document.read()
    } catch (cause) {
      if (!(cause instanceof Unreadable)) throw cause
      throw locked(cause.message, `put ${this.#path} back from a copy, then \`${UNLOCK}\``)
    }
    return document.data
  }

  async #write(vault: VaultFile): Promise<void> {
    const document = documentAt(this.#files, this.#path, (value) => VaultFile.parse(value), 'leave')
    document.data = vault
    try {
      await document.write()
      this.#vault = vault
    } catch (cause) {
      // It may have failed in its last step, after the rename: the disk knows what holds now.
      this.#vault = await this.#read().catch(() => this.#vault)
      throw cause
    }
  }
}

const WHERE = { keychain: 'the keychain', keyFile: 'the key file' } as const satisfies Record<
  KeySource,
  string
>

/** What has to be so before the key can be moved there. A daemon knows the keychain of the session it was started in. */
const TO_MOVE = {
  keychain:
    'unlock the keychain, or start one (gnome-keyring, KWallet), then in a terminal of your desktop ' +
    '`fob down && fob up && fob vault move keychain`',
  keyFile: 'make the directory of the state writable, then `fob vault move key-file`',
} as const satisfies Record<KeySource, string>

const MISSING = {
  keychain: 'did not return the key: it is locked, or another installation has it',
  keyFile: 'is missing, and connections are sealed with its key: put it back beside vault.json from a copy',
} as const satisfies Record<KeySource, string>

const locked = (reason: string, fix: string): Refusal => new Refusal('vault_locked', reason, { fix })

const textOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))

/** Rejects when `work` takes longer; what it still does then is nobody's concern. */
async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`it did not answer within ${ms / 1000} s`)), ms)
  })
  try {
    return await Promise.race([work, deadline])
  } finally {
    clearTimeout(timer)
  }
}
