/**
 * Files that are whole or absent: what resolves has reached the disk, and a crash at any moment leaves the old
 * text or the new one. Only the owner may read them.
 */
import { mkdir, open, readFile, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { systemCode } from '../../shared/contract/systemCode.js'

export const PRIVATE_FILE = 0o600
const PRIVATE_DIRECTORY = 0o700

/** Makes the directory and its parents, for the owner alone. */
export async function makePrivateDirectory(path: string): Promise<void> {
  await mkdir(path, { recursive: true, mode: PRIVATE_DIRECTORY })
}

/** A rename is durable once the directory that holds the name is. */
export async function syncDirectory(path: string): Promise<void> {
  const directory = await open(path, 'r')
  try {
    await directory.sync()
  } finally {
    await directory.close()
  }
}

/** undefined where nothing was kept yet. */
export async function textAt(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Replaces the file's text. Rejects with the system's error and leaves the old text. */
export async function replaceFile(path: string, text: string): Promise<void> {
  const draft = `${path}.tmp`
  const file = await open(draft, 'w', PRIVATE_FILE)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(draft, path)
  await syncDirectory(dirname(path))
}
