/**
 * The data key in a file, for machines without a keychain. It protects copies of the state that come without
 * it (a synced folder, a support bundle), not against programs of the same user.
 */
import type { FileSystem } from './fileSystem.js'
import type { KeyName, KeyStore } from './keyStore.js'
import { DataKey } from './sealing.js'
import { readIfThere, removeFiles, replaceFile } from './stateFiles.js'

export class KeyFile implements KeyStore {
  readonly path: string
  readonly #files: FileSystem

  constructor(files: FileSystem, path: string) {
    this.#files = files
    this.path = path
  }

  /** Whatever key is there; the vault compares ids. Rejects when the content is no key. */
  async read(): Promise<Uint8Array | null> {
    const bytes = await readIfThere(this.#files, this.path)
    if (bytes === null) return null
    return new DataKey(Buffer.from(bytes.toString('utf8').trim(), 'base64url')).reveal()
  }

  async write(_name: KeyName, key: Uint8Array): Promise<void> {
    await replaceFile(this.#files, this.path, `${Buffer.from(key).toString('base64url')}\n`, 'leave')
  }

  async remove(name: KeyName): Promise<void> {
    const bytes = await this.read()
    if (bytes !== null && new DataKey(bytes).id === name.keyId) await removeFiles(this.#files, [this.path])
  }
}
