/**
 * The real file system, counted: each call that reaches it is one step, and at a chosen step it fails once, or
 * the process "dies": the step is cut short and nothing after it happens any more.
 */
import { fileSystem, type FileSystem, type OpenFile } from '../../daemon/adapters/vault/fileSystem.js'

const CHANGING = new Set(['write', 'chmod', 'mkdir', 'link', 'rename', 'unlink'])

type Plan = { readonly at: number; readonly fault: 'kill' | { readonly errno: string } }

export class FaultyFiles implements FileSystem {
  /** What was called, in order: `write`, `sync`, `rename` … */
  readonly steps: string[] = []
  /** While set, nothing can be changed, as on a disk mounted read-only. */
  readOnly = false
  /** What one `write` takes at most, as on a disk that is filling up. */
  mostBytes = Infinity
  #plan: Plan | undefined
  #next: { readonly name: string; readonly fault: string | Error } | undefined
  #dead = false
  #onWrite: (() => Promise<void>) | undefined

  /** Makes the step numbered `at`, counted from now and from 1, the process's last. */
  killAt(at: number): void {
    this.#plan = { at: this.steps.length + at, fault: 'kill' }
  }

  failAt(at: number, errno: string): void {
    this.#plan = { at: this.steps.length + at, fault: { errno } }
  }

  /** Fails the next call of this kind. */
  failNext(name: string, fault: string | Error): void {
    this.#next = { name, fault }
  }

  /** Holds the next `write` back until it is let go; resolves when one has come. */
  holdWrite(): Promise<{ letGo: () => void }> {
    return new Promise((arrived) => {
      this.#onWrite = () => new Promise<void>((letGo) => arrived({ letGo }))
    })
  }

  /** Whether the chosen step was reached. */
  get struck(): boolean {
    return this.#plan !== undefined && this.steps.length >= this.#plan.at
  }

  async open(path: string, flags: number, mode?: number): Promise<OpenFile> {
    const file = await this.#step('open', () => fileSystem.open(path, flags, mode))
    return {
      write: async (bytes, offset, length, position) => {
        const onWrite = this.#onWrite
        this.#onWrite = undefined
        await onWrite?.()
        const torn = () => file.write(bytes, offset, Math.floor(length / 2), position)
        const taken = Math.min(length, this.mostBytes)
        return this.#step('write', () => file.write(bytes, offset, taken, position), torn)
      },
      sync: () => this.#step('sync', () => file.sync()),
      // Not a step that can fail: a descriptor left open would be the test's own leak.
      close: () => file.close(),
    }
  }

  readFile(path: string, options: { flag: number }): Promise<Buffer> {
    return this.#step('readFile', () => fileSystem.readFile(path, options))
  }

  readdir(path: string): Promise<string[]> {
    return this.#step('readdir', () => fileSystem.readdir(path))
  }

  mkdir(path: string, options: { recursive: true; mode: number }): Promise<string | undefined> {
    return this.#step('mkdir', () => fileSystem.mkdir(path, options))
  }

  chmod(path: string, mode: number): Promise<void> {
    return this.#step('chmod', () => fileSystem.chmod(path, mode))
  }

  link(from: string, to: string): Promise<void> {
    return this.#step('link', () => fileSystem.link(from, to))
  }

  rename(from: string, to: string): Promise<void> {
    return this.#step('rename', () => fileSystem.rename(from, to))
  }

  unlink(path: string): Promise<void> {
    return this.#step('unlink', () => fileSystem.unlink(path))
  }

  lstat(path: string): Promise<{ readonly ino: number }> {
    return this.#step('lstat', () => fileSystem.lstat(path))
  }

  async #step<T>(name: string, work: () => Promise<T>, cutShort?: () => Promise<unknown>): Promise<T> {
    if (this.#dead) throw new Error('the process is dead')
    this.steps.push(name)
    if (this.readOnly && CHANGING.has(name)) {
      throw Object.assign(new Error(`EROFS: read-only file system, ${name}`), { code: 'EROFS' })
    }
    if (this.#next?.name === name) {
      const { fault } = this.#next
      this.#next = undefined
      throw typeof fault === 'string' ? injected(fault, name) : fault
    }
    const plan = this.#plan
    if (plan === undefined || this.steps.length !== plan.at) return work()
    if (plan.fault !== 'kill') {
      throw injected(plan.fault.errno, name)
    }
    this.#dead = true
    await cutShort?.()
    throw new Error('the process is dead')
  }
}

const injected = (errno: string, name: string): Error =>
  Object.assign(new Error(`${errno}: injected, ${name}`), { code: errno })
