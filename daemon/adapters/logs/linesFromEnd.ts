/** The lines of a file from the last to the first, a chunk at a time, so that a long file is never held whole. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { systemCode } from '../../../shared/contract/systemCode.js'

const CHUNK_BYTES = 65_536
const NEWLINE = 0x0a

/** Yields nothing for a file that is not there. Empty lines are passed over. */
export function* linesFromEnd(path: string): Generator<string> {
  const file = opened(path)
  if (file === undefined) return
  try {
    let position = fstatSync(file).size
    /** The beginning of this line lies in the chunk before. */
    let rest = Buffer.alloc(0)
    while (position > 0) {
      const length = Math.min(CHUNK_BYTES, position)
      position -= length
      const chunk = Buffer.alloc(length)
      const read = readSync(file, chunk, 0, length, position)
      let bytes = Buffer.concat([chunk.subarray(0, read), rest])
      for (let at = bytes.lastIndexOf(NEWLINE); at >= 0; at = bytes.lastIndexOf(NEWLINE)) {
        if (at + 1 < bytes.length) yield bytes.toString('utf8', at + 1)
        bytes = bytes.subarray(0, at)
      }
      rest = bytes
    }
    if (rest.length > 0) yield rest.toString('utf8')
  } finally {
    closeSync(file)
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, 'r')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
}
