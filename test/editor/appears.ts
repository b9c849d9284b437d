/** Files that others leave, each renamed when whole. */
import { watch } from 'node:fs'

/** Resolves once `file` appears in `folder`; to be called before it can. */
export function appears(folder: string, file: string): Promise<void> {
  return new Promise((resolve) => {
    const watcher = watch(folder, (_event, name) => {
      if (name !== file) return
      watcher.close()
      resolve()
    })
  })
}
