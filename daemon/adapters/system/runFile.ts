/** Small files beside the socket, which others read at any moment: whole by a rename, and of this run only. */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Not synced: a machine that lost power has lost the run as well. Throws the system's error. */
export function writeRunFile(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 })
  const fresh = `${path}.new`
  writeFileSync(fresh, text, { mode: 0o600 })
  renameSync(fresh, path)
}
