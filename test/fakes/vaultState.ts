/** A state directory of a test's own, and what is in it. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'

const StateDocument = z.looseObject({ vaultId: z.string(), keyId: z.string() })
const ConnectionDocument = z.looseObject({ record: z.unknown(), sealed: z.string() })

export class VaultState {
  readonly path = mkdtempSync(join(tmpdir(), 'fob-vault-'))

  fileOf(name: string): string {
    return join(this.path, 'connections', `${name}.json`)
  }

  previousOf(name: string): string {
    return `${this.fileOf(name)}.prev`
  }

  vaultDocument() {
    return StateDocument.parse(JSON.parse(readFileSync(join(this.path, 'vault.json'), 'utf8')))
  }

  /** A connection's file as plain JSON. */
  connectionDocument(path: string) {
    return ConnectionDocument.parse(JSON.parse(readFileSync(path, 'utf8')))
  }

  /** Paths of all files below, from the state directory on, sorted. */
  files(): string[] {
    return readdirSync(this.path, { recursive: true })
      .map(String)
      .filter((path) => statSync(join(this.path, path)).isFile())
      .sort()
  }

  /** All bytes of all files, and their names. */
  everything(): string {
    return this.files()
      .map((path) => `${path}\n${readFileSync(join(this.path, path), 'latin1')}`)
      .join('\n')
  }

  remove(): void {
    rmSync(this.path, { recursive: true })
  }
}
