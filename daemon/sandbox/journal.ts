/**
 * An append-only file of transactions, one JSON line each. A line counts once its newline is on disk: whatever a
 * crash leaves behind the last newline was never answered for and is dropped. Appends keep their order.
 */
import { open, type FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { Refusal } from '../../shared/contract/errors.js'
import { quoted } from '../../shared/contract/shellWord.js'
import { PRIVATE_FILE, replaceFile, textAt } from './durableFile.js'

const Model = z.string()
/** SHA-256 of an identifier: identifiers themselves, which are tokens, never come here. */
const Key = z.string()

export const Entry = z.object({
  payload: z.record(z.string(), z.unknown()),
  /** Digest of the grant it belongs to. */
  grant: z.string().nullable(),
  /** Epoch milliseconds; null never expires. */
  expiresAt: z.number().nullable(),
  /** Epoch milliseconds of the first use of a thing that may be used once. */
  consumedAt: z.number().nullable(),
})
export type Entry = z.output<typeof Entry>

export const Change = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('put'), model: Model, key: Key, entry: Entry }),
  z.object({ kind: z.literal('consume'), model: Model, key: Key, at: z.number() }),
  z.object({ kind: z.literal('remove'), model: Model, key: Key }),
  z.object({ kind: z.literal('removeGrant'), model: Model, grant: Key }),
])
export type Change = z.output<typeof Change>

const Transaction = z.array(Change)

/** Rewritten after this many changes: a restart reads at most these and the live records. */
const CHANGES_BEFORE_REWRITE = 10_000

export class Journal {
  readonly #path: string
  #file: FileHandle | undefined
  #changes = 0
  #tail: Promise<void> = Promise.resolve()
  #broken: Refusal | undefined

  constructor(path: string) {
    this.#path = path
  }

  /** All changes since the last rewrite. Refuses a file it cannot read rather than take it for empty. */
  async load(): Promise<Change[]> {
    const text = (await textAt(this.#path)) ?? ''
    const lines = text.split('\n').slice(0, -1)
    return lines.flatMap((line, index) => this.#parse(line, index + 1))
  }

  #parse(line: string, number: number): Change[] {
    try {
      return Transaction.parse(JSON.parse(line))
    } catch (cause) {
      throw new Refusal('store_unwritable', `line ${number} of ${this.#path} is damaged`, {
        fix: `mv ${quoted(this.#path)} ${quoted(`${this.#path}.damaged`)}`,
        cause,
      })
    }
  }

  /**
   * Resolves once the changes are on disk. After a failure memory is ahead of the disk, so everything is refused
   * until a restart reads what really is there.
   */
  append(changes: readonly Change[], all: () => Iterable<Change>): Promise<void> {
    const turn = this.#tail.then(() => this.#write(changes, all))
    this.#tail = turn.catch(() => undefined)
    return turn
  }

  async #write(changes: readonly Change[], all: () => Iterable<Change>): Promise<void> {
    if (this.#broken !== undefined) throw this.#broken
    try {
      this.#changes += changes.length
      if (this.#file === undefined || this.#changes > CHANGES_BEFORE_REWRITE) await this.#rewrite(all())
      else {
        await this.#file.appendFile(`${JSON.stringify(changes)}\n`)
        await this.#file.datasync()
      }
    } catch (cause) {
      this.#broken = new Refusal('store_unwritable', `cannot write ${this.#path}`, {
        fix: 'fob sandbox stop && fob sandbox start',
        cause,
      })
      throw this.#broken
    }
  }

  async #rewrite(all: Iterable<Change>): Promise<void> {
    let text = ''
    for (const change of all) text += `${JSON.stringify([change])}\n`
    await this.#file?.close()
    this.#file = undefined
    await replaceFile(this.#path, text)
    this.#file = await open(this.#path, 'a', PRIVATE_FILE)
    this.#changes = 0
  }

  /** Waits for what was begun. */
  async close(): Promise<void> {
    await this.#tail
    await this.#file?.close()
    this.#file = undefined
  }
}
