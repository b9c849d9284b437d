/**
 * What was approved or refused for longer, as one document of the state. It holds no secret.
 * Invariant: a document that cannot be read is set aside, and then nothing counts as approved.
 */
import { dirname, join } from 'node:path'
import { z } from 'zod'
import { StandingApproval } from '../../../shared/contract/approvals.js'
import type { StandingApprovals } from '../../core/ports.js'
import { fileSystem, type FileSystem } from './fileSystem.js'
import { documentAt, FORMAT } from './stateDocument.js'
import { closedDirectory, setAside, Unreadable } from './stateFiles.js'

const Document = z.object({ format: z.literal(FORMAT), approvals: z.array(StandingApproval) })
type Document = z.output<typeof Document>

export class ApprovalFile implements StandingApprovals {
  readonly #files: FileSystem
  readonly #path: string

  constructor(state: string, files: FileSystem = fileSystem) {
    this.#files = files
    this.#path = join(state, 'approvals.json')
  }

  async load(): Promise<readonly StandingApproval[]> {
    const document = this.#document()
    try {
      await document.read()
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error
      await setAside(this.#files, this.#path, join(dirname(this.#path), 'quarantine'), error.why)
      return []
    }
    return document.data?.approvals ?? []
  }

  async save(all: readonly StandingApproval[]): Promise<void> {
    await closedDirectory(this.#files, dirname(this.#path))
    const document = this.#document()
    document.data = { format: FORMAT, approvals: [...all] }
    await document.write()
  }

  #document() {
    return documentAt<Document>(this.#files, this.#path, (value) => Document.parse(value), 'leave')
  }
}
