/**
 * The rules that were accepted, as one document of the state. It holds no secret.
 * Invariant: what cannot be read throws, and is never taken for "no rules".
 */
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { Policy } from '../../../shared/contract/config.js'
import { Refusal } from '../../../shared/contract/errors.js'
import { quoted } from '../../../shared/contract/shellWord.js'
import type { AcceptedPolicy } from '../../core/ports.js'
import { fileSystem, type FileSystem } from './fileSystem.js'
import { documentAt, FORMAT } from './stateDocument.js'
import { closedDirectory, Unreadable } from './stateFiles.js'

const Document = z.object({ format: z.literal(FORMAT), policy: Policy })
type Document = z.output<typeof Document>

export class PolicyFile implements AcceptedPolicy {
  readonly #files: FileSystem
  readonly #path: string

  constructor(state: string, files: FileSystem = fileSystem) {
    this.#files = files
    this.#path = join(state, 'accepted.json')
  }

  async load(): Promise<Policy | null> {
    const document = this.#document()
    try {
      await document.read()
    } catch (cause) {
      if (!(cause instanceof Unreadable)) throw cause
      throw new Refusal('misconfigured', `the accepted rules cannot be read: ${cause.message}`, {
        fix: `rm ${quoted(this.#path)} && fob up && fob config accept`,
        cause,
      })
    }
    return document.data?.policy ?? null
  }

  async save(policy: Policy): Promise<void> {
    await closedDirectory(this.#files, dirname(this.#path))
    const document = this.#document()
    document.data = { format: FORMAT, policy }
    await document.write()
  }

  #document() {
    return documentAt<Document>(this.#files, this.#path, (value) => Document.parse(value), 'leave')
  }
}
