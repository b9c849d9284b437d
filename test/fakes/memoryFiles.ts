/** A file system in memory, for tests that read a great many small files. Directories need not be made. */
import { dirname } from 'node:path'
import type { FileSystem, OpenFile } from '../../daemon/adapters/vault/fileSystem.js'

export class MemoryFiles implements FileSystem {
  readonly contents = new Map<string, Buffer>()

  /** Paths of all files below this directory. */
  below(directory: string): string[] {
    return [...this.contents.keys()].filter((path) => path.startsWith(`${directory}/`))
  }

  async readFile(path: string): Promise<Buffer> {
    return this.#of(path)
  }

  async readdir(path: string): Promise<string[]> {
    const inside = this.below(path).filter((file) => dirname(file) === path)
    return inside.map((file) => file.slice(path.length + 1))
  }

  async rename(from: string, to: string): Promise<void> {
    this.contents.set(to, this.#of(from))
    this.contents.delete(from)
  }

  async link(from: string, to: string): Promise<void> {
    this.contents.set(to, this.#of(from))
  }

  async unlink(path: string): Promise<void> {
    this.#of(path)
    this.contents.delete(path)
  }

  async open(path: string): Promise<OpenFile> {
    return {
      write: async (bytes, offset, length) => {
        this.contents.set(path, Buffer.from(bytes.subarray(offset, offset + length)))
        return { bytesWritten: length }
      },
      sync: () => Promise.resolve(),
      close: () => Promise.resolve(),
    }
  }

  async lstat(path: string): Promise<{ readonly ino: number }> {
    return { ino: [...this.contents.keys()].indexOf(path) }
  }

  mkdir(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  chmod(): Promise<void> {
    return Promise.resolve()
  }

  #of(path: string): Buffer {
    const bytes = this.contents.get(path)
    if (bytes === undefined) throw Object.assign(new Error(`ENOENT: ${path}`), { code: 'ENOENT' })
    return bytes
  }
}
